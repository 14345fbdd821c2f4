"""`weighbridge run -- true`, against `true`: what a program's start costs more."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from benchmarks.place import NAME, place
from benchmarks.process import run
from benchmarks.result import MIB, BenchmarkError, Row, seconds, within

if TYPE_CHECKING:
    from benchmarks.result import Bench

LIMIT_SECONDS = 0.300
_TIMES = 3
# Files that changed just now are read again.
_SETTLE_SECONDS = 3


def measure(bench: Bench) -> list[Row]:
    """Both, in turn."""
    bare = shutil.which("true")
    if bare is None:
        raise BenchmarkError("there is no program `true`")
    more: list[float] = []
    peer: list[float] = []
    with place(bench, "run", size_bytes=4 * MIB, shards=1) as at:
        root = at.project("project")
        at.run("weighbridge", "add", at.ref, "--name", NAME, "--no-push", cwd=root)
        at.run("weighbridge", "approve", NAME, "--stage", "production", cwd=root)
        time.sleep(_SETTLE_SECONDS)
        for _ in range(_TIMES * bench.rounds):
            peer.append(run([bare], cwd=root, env=at.environment()).seconds)
            ours = at.run("weighbridge", "run", "--quiet", "--stage", "production", "--", bare, cwd=root).seconds
            more.append(ours - peer[-1])
    cost, best, most, kept = within(more, LIMIT_SECONDS, 1e-3, "ms")
    why = "the interpreter, the replay of the evidence, two signed records flushed to the disk"
    text = f"`true`: {seconds(peer)}"
    return [Row("weighbridge run, start", cost, text, best, most, kept, why, {"more": more, "true": peer})]
