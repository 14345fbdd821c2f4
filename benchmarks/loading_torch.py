"""Loading weights as torch's tensors by `verified_safetensors`, against loading them unverified."""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.loading import MOST_BYTES
from benchmarks.peers import load_torch_script
from benchmarks.place import NAME, place
from benchmarks.result import BenchmarkError, PeerMissingError, Row, gib, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.place import Place
    from benchmarks.result import Bench

MOST = 1.25
_STAGE = "production"
_TOLD_CHARACTERS = 2000
# What was done, our seconds, what the peer does, its seconds, and what limits it.
_PAIRS = (
    (
        "verified_safetensors for torch",
        "ours",
        'safetensors torch load_file(backend="pread")',
        "load_file, read",
        "both read into memory of their own; load_file without a backend only maps, see the next row",
    ),
    (
        "the same, mapped",
        "ours, mapped",
        "safetensors torch load_file",
        "load_file",
        "both map; to hash is to read, and load_file reads nothing before it is used",
    ),
)


def _python(bench: Bench) -> Path:
    """An interpreter that has torch.

    Raises:
        PeerMissingError: There is none.
    """
    path = bench.fronts / "bin" / "python"
    if not path.exists():
        raise PeerMissingError(f"torch is not installed in {bench.fronts}: run `make fronts` first")
    return path


def _measured(python: Path, at: Place) -> Mapping[str, Sequence[float]]:
    """Seconds of every way.

    Raises:
        BenchmarkError: It failed.
    """
    root = at.project("project")
    at.run("weighbridge", "add", at.ref, "--name", NAME, "--no-push", cwd=root)
    at.run("weighbridge", "approve", NAME, "--stage", _STAGE, cwd=root)
    (file,) = root.glob("models/*/*/*.safetensors")
    done = subprocess.run(
        [python, load_torch_script(), NAME, _STAGE, file, str(at.bench.rounds)],
        cwd=root,
        env=at.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"loading failed: {done.stderr[-_TOLD_CHARACTERS:]}")
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def measure(bench: Bench) -> list[Row]:
    """A copy beside a copy, and a mapping beside a mapping; both in turn."""
    python = _python(bench)
    with place(bench, "load-torch", size_bytes=min(bench.size_bytes, MOST_BYTES), shards=1) as at:
        found, size_bytes = _measured(python, at), at.size_bytes
    hashing = median(found["BLAKE3"])
    rows = []
    for work, ours, name, peer, why in _PAIRS:
        more = (median(found[ours]) - median(found[peer])) / hashing
        rows.append(
            Row(
                f"{work}, {gib(size_bytes)}",
                seconds(found[ours]),
                f"{name}: {seconds(found[peer])}; BLAKE3 in memory on all cores: {seconds(found['BLAKE3'])}",
                f"{more:+.2f} BLAKE3",
                f"≤ load_file + {MOST:g} BLAKE3",
                more <= MOST,
                why,
                {"ours": found[ours], "load_file": found[peer], "blake3": found["BLAKE3"]},
            )
        )
    return rows
