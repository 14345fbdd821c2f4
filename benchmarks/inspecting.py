"""Examining one file: its structure, against a limit, and all of its bytes, beside SHA-256."""

from __future__ import annotations

import hashlib
import io
import time
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.inspect_files import FILES
from benchmarks.result import MIB, BenchmarkError, Row, gib, seconds, within
from benchmarks.weights import weights
from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.result import Bench
    from weighbridge.checks.subject import Readable

LIMIT_SECONDS, LEAST_MB_PER_SECOND = 0.050, 200.0
_MOST_BYTES = 1 << 30


def _examined(name: str, file: Readable, size_bytes: int) -> float:
    """Seconds that one file takes, the worker's own process and its start left out.

    Raises:
        BenchmarkError: The examination found fault with a file that has none.
    """
    notes = Notes(name)
    start = time.perf_counter()
    examine(Subject(name, file, size_bytes, Budget(), examine), notes)
    taken = time.perf_counter() - start
    faults = [item.message for item in notes.findings if not item.passes]
    if faults:
        raise BenchmarkError(f"{name} is a good file, but: {faults[0]}")
    return taken


def _structure(bench: Bench) -> list[Row]:
    found = []
    for what, (name, made) in FILES.items():
        data = made()
        taken = [_examined(name, io.BytesIO(data), len(data)) for _ in range(bench.rounds)]
        cost, best, most, kept = within(taken, LIMIT_SECONDS, 1e-3, "ms")
        size = f"{len(data) / MIB:.1f} MiB"
        why = "the parsers are Python"
        found.append(Row(f"inspect structure, {what}, {size}", cost, "none", best, most, kept, why, {"ours": taken}))
    return found


def _scanned(path: Path) -> float:
    with path.open("rb") as file:
        return _examined(path.name, file, path.stat().st_size)


def _hashed(path: Path) -> float:
    start = time.perf_counter()
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - start


def _scan(bench: Bench) -> Row:
    size = min(bench.size_bytes, _MOST_BYTES)
    (file,) = weights(bench.folder, size, 1).values()
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(bench.rounds):
        peer.append(_hashed(file.path))
        ours.append(_scanned(file.path))
    speed = file.size / median(ours) / 1e6
    return Row(
        f"inspect every byte, safetensors, {gib(size)}",
        seconds(ours),
        f"SHA-256 of the same file: {seconds(peer)}",
        f"{speed:.0f} MB/s",
        f"≥ {LEAST_MB_PER_SECOND:g} MB/s",
        speed >= LEAST_MB_PER_SECOND,
        "the search for payloads in the bytes, on one core; workers take files side by side",
        {"ours": ours, "sha256": peer},
    )


def measure(bench: Bench) -> list[Row]:
    """Structure by format, and the scan of a large file."""
    return [*_structure(bench), _scan(bench)]
