"""A load of many unchanged files that were verified before, against reading every byte of them again."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

import weighbridge
from benchmarks.place import NAME, place
from benchmarks.result import MIB, Row, seconds, within

if TYPE_CHECKING:
    from benchmarks.result import Bench

LIMIT_SECONDS = 0.050
FILES = 1000
_STAGE = "production"
# Files that changed just now are not noted as read: the coarsest clock of a file system is two seconds.
_SETTLE_SECONDS = 3


def _load(*, paranoid: bool) -> float:
    start = time.perf_counter()
    weighbridge.load(NAME, stage=_STAGE, paranoid=paranoid)
    return time.perf_counter() - start


def measure(bench: Bench) -> list[Row]:
    """Both, in turn."""
    with place(bench, "reload", size_bytes=64 * MIB, shards=FILES) as at:
        root = at.project("project")
        at.run("weighbridge", "add", at.ref, "--name", NAME, "--no-push", cwd=root)
        at.run("weighbridge", "approve", NAME, "--stage", _STAGE, cwd=root)
        time.sleep(_SETTLE_SECONDS)
        ours: list[float] = []
        peer: list[float] = []
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = str(at.folder / "cache")
        try:
            with contextlib.chdir(root):
                _load(paranoid=False)
                for _ in range(bench.rounds):
                    ours.append(_load(paranoid=False))
                    peer.append(_load(paranoid=True))
        finally:
            if before is None:
                del os.environ["XDG_CACHE_HOME"]
            else:
                os.environ["XDG_CACHE_HOME"] = before
    cost, best, most, kept = within(ours, LIMIT_SECONDS, 1e-3, "ms")
    why = "evidence is replayed and every file's status is asked for, in one thread"
    values = {"ours": ours, "paranoid": peer}
    return [
        Row(
            f"load again, {FILES} files",
            cost,
            f"the same with paranoid: {seconds(peer)}",
            best,
            most,
            kept,
            why,
            values,
        )
    ]
