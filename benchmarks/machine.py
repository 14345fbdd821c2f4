"""How fast this machine is at the pieces that everything is made of, so that a reader sees what limits a row."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from functools import cache
from typing import TYPE_CHECKING

from blake3 import blake3

from benchmarks.result import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

_SAMPLE_BYTES = 128 * MIB


def _best(work: Callable[[], object]) -> float:
    """Megabytes a second, the best of three."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return _SAMPLE_BYTES / min(taken) / 1e6


def _together(sample: bytes) -> None:
    """MD5 in one thread, SHA-256 and BLAKE3 in another: what one file costs while it streams in."""

    def others() -> None:
        hashlib.sha256(sample)
        blake3(sample)

    other = threading.Thread(target=others)
    other.start()
    hashlib.md5(sample, usedforsecurity=False)
    other.join()


@cache
def speeds() -> dict[str, float]:
    """Megabytes a second by kind of work."""
    sample = os.urandom(MIB) * (_SAMPLE_BYTES // MIB)
    return {
        "MD5": _best(lambda: hashlib.md5(sample, usedforsecurity=False)),
        "SHA-256": _best(lambda: hashlib.sha256(sample)),
        "BLAKE3": _best(lambda: blake3(sample)),
        "BLAKE3 all cores": _best(lambda: blake3(sample, max_threads=blake3.AUTO)),
        "all three together": _best(lambda: _together(sample)),
    }


def describe() -> str:
    """The machine in one line."""
    parts = ", ".join(f"{name} {speed:.0f}" for name, speed in speeds().items())
    return f"{os.cpu_count()} cores; MB/s: {parts}"
