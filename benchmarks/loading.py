"""Loading weights verified, after `load` and by `verified_safetensors`, against loading them unverified."""

from __future__ import annotations

import contextlib
import time
from statistics import median
from typing import TYPE_CHECKING

from safetensors.numpy import load_file

import weighbridge
from benchmarks.machine import speeds
from benchmarks.place import NAME, place
from benchmarks.result import Row, gib, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.result import Bench

MOST, MOST_BYTES = 1.3, 1 << 30
_STAGE = "production"


def _read(folder: Path) -> None:
    for path in sorted(folder.glob("*.safetensors")):
        load_file(path)


def _verified() -> tuple[float, float]:
    """Seconds of both together, and of ours alone."""
    start = time.perf_counter()
    folder = weighbridge.load(NAME, stage=_STAGE, paranoid=True)
    middle = time.perf_counter()
    _read(folder)
    return time.perf_counter() - start, middle - start


def _tensors() -> float:
    """Seconds of a load that hashes what it reads."""
    start = time.perf_counter()
    weighbridge.verified_safetensors(NAME, stage=_STAGE)
    return time.perf_counter() - start


def _plain(folder: Path) -> float:
    start = time.perf_counter()
    _read(folder)
    return time.perf_counter() - start


def _row(size_bytes: int, ours: Sequence[float], alone: Sequence[float], peer: Sequence[float]) -> Row:
    ratio = median(ours) / median(peer)
    return Row(
        f"load + load_file, {gib(size_bytes)}",
        f"{seconds(ours)} ({seconds(alone)} of it to verify)",
        f"safetensors numpy load_file: {seconds(peer)}",
        f"{ratio:.2f}",
        f"≤ {MOST:g}",
        ratio <= MOST,
        f"BLAKE3 on all cores, {speeds()['BLAKE3 all cores']:.0f} MB/s, against a copy into fresh memory",
        {"ours": ours, "verify": alone, "load_file": peer},
    )


def _row_of_tensors(size_bytes: int, ours: Sequence[float], peer: Sequence[float]) -> Row:
    ratio = median(ours) / median(peer)
    return Row(
        f"verified_safetensors, {gib(size_bytes)}",
        seconds(ours),
        f"safetensors numpy load_file: {seconds(peer)}",
        f"{ratio:.2f}",
        f"≤ {MOST:g}",
        ratio <= MOST,
        "both read into fresh memory; ours reads with two threads and hashes what they have read meanwhile",
        {"ours": ours, "load_file": peer},
    )


def measure(bench: Bench) -> list[Row]:
    """Both, in turn."""
    with place(bench, "load", size_bytes=min(bench.size_bytes, MOST_BYTES), shards=1) as at:
        root = at.project("project")
        at.run("weighbridge", "add", at.ref, "--name", NAME, "--no-push", cwd=root)
        at.run("weighbridge", "approve", NAME, "--stage", _STAGE, cwd=root)
        ours: list[float] = []
        alone: list[float] = []
        tensors: list[float] = []
        peer: list[float] = []
        with contextlib.chdir(root):
            folder = weighbridge.load(NAME, stage=_STAGE, paranoid=True)
            _read(folder)
            for _ in range(bench.rounds):
                both, first = _verified()
                ours.append(both)
                alone.append(first)
                tensors.append(_tensors())
                peer.append(_plain(folder))
        return [_row(at.size_bytes, ours, alone, peer), _row_of_tensors(at.size_bytes, tensors, peer)]
