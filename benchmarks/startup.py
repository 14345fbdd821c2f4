"""`weighbridge --version`, against `dvc --version`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.place import place
from benchmarks.result import MIB, Row, faster, seconds, within

if TYPE_CHECKING:
    from benchmarks.result import Bench

LIMIT_SECONDS = 0.150
_TIMES = 3


def measure(bench: Bench) -> list[Row]:
    """Both, in turn."""
    ours: list[float] = []
    peer: list[float] = []
    with place(bench, "startup", size_bytes=MIB, shards=1) as at:
        for _ in range(_TIMES * bench.rounds):
            ours.append(at.run("weighbridge", "--version", cwd=at.folder).seconds)
            peer.append(at.run("dvc", "--version", cwd=at.folder).seconds)
    ratio, target, reached = faster("dvc", ours, peer, 1.0)
    cost, best, most, kept = within(ours, LIMIT_SECONDS, 1e-3, "ms")
    taken = {"ours": ours, "dvc": peer}
    text, why = f"`dvc --version`: {seconds(peer)}", "the interpreter itself and click"
    return [
        Row("weighbridge --version", seconds(ours), text, ratio, target, reached, why, taken),
        Row("weighbridge --version", cost, text, best, most, kept, why),
    ]
