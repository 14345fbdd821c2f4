"""Rows of the table, and what every comparison is given."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIB = 1 << 20
ROOT = Path(__file__).resolve().parent.parent


class BenchmarkError(Exception):
    """A comparison could not be made."""


class PeerMissingError(BenchmarkError):
    """What Weighbridge is compared with is not here and can't be installed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        work: What was done.
        ours: What it cost Weighbridge, in words.
        peer: Who did the same, and what it cost, in words.
        ratio: The number that the target is about.
        target: The target, in words.
        reached: Whether it was reached.
        limit: What limits it.
        values: Every number measured, for readers of the JSON.
    """

    work: str
    ours: str
    peer: str
    ratio: str
    target: str
    reached: bool
    limit: str = ""
    values: Mapping[str, float | Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """How to measure.

    Args:
        size_bytes: Of the model.
        repeats: Times that each long command runs; the median counts.
        rounds: Times that each short piece of work in process runs.
        folder: For generated weights and work in progress; needs about six times the model's size.
        peers: Folder of the virtual environment for peers that Weighbridge itself does not need.
        programs: Folder of the installed commands.
        fronts: Folder of the virtual environment that `make fronts` makes, with torch.
    """

    size_bytes: int
    repeats: int = 3
    rounds: int = 7
    folder: Path = ROOT / ".bench"
    peers: Path = ROOT / ".bench" / "venv"
    programs: Path = Path(sys.executable).parent
    fronts: Path = ROOT / ".venv-fronts"

    def program(self, name: str) -> str:
        """The path of an installed command.

        Raises:
            PeerMissingError: It is not installed.
        """
        path = shutil.which(name, path=str(self.programs))
        if path is None:
            raise PeerMissingError(f"{name} is not installed beside this Python: run `make setup`")
        return path


def faster(name: str, ours: Sequence[float], peer: Sequence[float], least: float) -> tuple[str, str, bool]:
    """Ratio and target in words, and whether the peer's median is at least so many times ours.

    Args:
        name: Of the peer, for the target.
        ours: Seconds.
        peer: Seconds.
        least: The target.
    """
    ratio = median(peer) / median(ours)
    return f"{ratio:.2f}x", f"≥ {least:g}x {name}".rstrip(), ratio >= least


def within(values: Sequence[float], most: float, unit: float, name: str) -> tuple[str, str, str, bool]:
    """Cost, ratio and target in words, and whether the best run keeps within a limit.

    A limit in seconds is about the program, not about what else the machine does: the best run is the least disturbed.

    Args:
        values: Seconds.
        most: The limit in seconds.
        unit: In seconds, to show both in.
        name: Of the unit.
    """
    best = min(values)
    cost = f"best {seconds([best])}, median {seconds(values)}"
    return cost, f"{best / unit:.1f} {name}", f"≤ {most / unit:g} {name}", best <= most


def seconds(values: Sequence[float]) -> str:
    """The median in words."""
    middle = median(values)
    if middle < 1e-3:  # noqa: PLR2004 - a unit that can be read
        return f"{middle * 1e6:.1f} µs"
    return f"{middle * 1e3:.0f} ms" if middle < 1 else f"{middle:.2f} s"


def gib(size_bytes: float) -> str:
    """A size in words."""
    return f"{size_bytes / 2**30:.2f} GiB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.0f} MiB"
