"""What taking a model in costs: our commands and a peer's, run in turn in fresh projects."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.machine import speeds
from benchmarks.result import BenchmarkError, Row, faster, gib, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.place import Place
    from benchmarks.process import Cost


@dataclass(frozen=True, slots=True)
class Way:
    """One way to take a model in.

    Args:
        name: Who does it.
        prepare: Makes an empty project of a folder's name; not measured.
        steps: Each runs one command in the project, and says which.
        remote: Where in the project the bytes must be at the end.
    """

    name: str
    prepare: Callable[[str], Path]
    steps: Sequence[tuple[str, Callable[[Path], Cost]]]
    remote: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The costs of one way, one entry a repetition, and of each of its steps."""

    totals: list[Cost]
    steps: dict[str, list[float]]

    @property
    def seconds(self) -> list[float]:
        """Of each repetition."""
        return [cost.seconds for cost in self.totals]

    @property
    def written(self) -> float:
        """Bytes, median."""
        return median(cost.written_bytes for cost in self.totals)

    @property
    def read(self) -> float:
        """Bytes, median."""
        return median(cost.read_bytes for cost in self.totals)

    def in_words(self) -> str:
        """Seconds of each step."""
        return ", ".join(f"{name} {seconds(values)}" for name, values in self.steps.items())

    def numbers(self, who: str) -> dict[str, float | Sequence[float]]:
        """Everything measured."""
        return {
            f"{who}_seconds": self.seconds,
            f"{who}_cpu_seconds": [cost.cpu_seconds for cost in self.totals],
            f"{who}_read_bytes": self.read,
            f"{who}_written_bytes": self.written,
            f"{who}_stored_bytes": median(cost.stored_bytes for cost in self.totals),
            f"{who}_memory_bytes": median(cost.memory_bytes for cost in self.totals),
            **{f"{who}_{name}_seconds": values for name, values in self.steps.items()},
        }


def _once(place: Place, way: Way, taken: Taken) -> None:
    folder = way.prepare(f"project-{len(way.remote)}")
    costs = [(name, step(folder)) for name, step in way.steps]
    kept = sum(path.stat().st_size for path in (folder / way.remote).rglob("*") if path.is_file())
    place.discard(folder)
    if kept < place.size_bytes:
        raise BenchmarkError(f"{way.name} left only {kept} of {place.size_bytes} bytes in the remote")
    for name, cost in costs:
        taken.steps.setdefault(name, []).append(cost.seconds)
    first, *others = (cost for _, cost in costs)
    taken.totals.append(sum(others, first))


def in_turn(place: Place, *ways: Way) -> list[Taken]:
    """Run every way as often as the bench says, one after the other in turn."""
    found = [Taken([], {}) for _ in ways]
    for _ in range(place.bench.repeats):
        for way, taken in zip(ways, found, strict=True):
            _once(place, way, taken)
    return found


def _limit(place: Place, us: Taken) -> str:
    """Where our time goes, against the least that hashing takes."""
    cpu, wall = median(cost.cpu_seconds for cost in us.totals), median(us.seconds)
    shard = max(file.size for file in place.files.values())
    alone, together = shard / speeds()["MD5"] / 1e6, place.size_bytes / speeds()["all three together"] / 1e6
    return (
        f"{us.in_words()}; {cpu:.1f} CPU seconds in {wall:.1f} ({cpu / wall:.2f} cores busy); hashing alone takes "
        f"{alone:.1f} s for the MD5 of the largest file and {together:.1f} s for all hashes of all bytes on two cores; "
        "both copies are flushed to the disk, the peer's are not"
    )


def rows(place: Place, taken: tuple[Taken, Taken], work: str, peer: str, targets: tuple[float, float]) -> list[Row]:
    """The rows for time and for bytes written.

    Args:
        place: Where it happened.
        taken: Our costs and the peer's.
        work: What was done.
        peer: The peer's steps in words.
        targets: How many times faster, and the part of the bytes.
    """
    us, them = taken
    ratio, target, reached = faster("faster", us.seconds, them.seconds, targets[0])
    part = us.written / them.written
    numbers = {**us.numbers("ours"), **them.numbers("peer")}
    size = gib(place.size_bytes)
    return [
        Row(
            f"{work}, {size}",
            seconds(us.seconds),
            f"{peer}: {seconds(them.seconds)} ({them.in_words()})",
            ratio,
            target,
            reached,
            _limit(place, us),
            numbers,
        ),
        Row(
            f"{work}, bytes written",
            gib(us.written),
            gib(them.written),
            f"{part:.2f}",
            f"≤ {targets[1]:g}",
            part <= targets[1],
            f"{us.written / place.size_bytes:.2f} copies of the model against {them.written / place.size_bytes:.2f}; "
            "cache and remote are two, and there is no less",
        ),
    ]
