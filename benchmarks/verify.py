"""A warm verification of a pinned model, against raw BLAKE3 and the programs that verify models today.

In process where the work is a library's, by command where it is a command's; every round runs everything once.
"""

from __future__ import annotations

import hashlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from blake3 import blake3
from huggingface_hub import HfApi

from benchmarks.machine import speeds
from benchmarks.peers import model_signing_script
from benchmarks.place import NAME, REPO, Place, place
from benchmarks.result import MIB, BenchmarkError, Row, faster, gib, seconds
from benchmarks.side import python_with_model_signing
from weighbridge.wiring import open_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.result import Bench

MEMORY_BYTES = 200 * MIB
_THREADS = 2


def _blake3(files: Sequence[Path]) -> None:
    for path in files:
        blake3(max_threads=blake3.AUTO).update_mmap(path).digest()


def _sha256_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _sha256(files: Sequence[Path]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(_sha256_of, files))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _works(bench: Bench, at: Place, root: Path) -> dict[str, Callable[[], float]]:
    """Everything that a round runs, each giving its seconds."""
    project = open_project(root)
    (pin,) = project.workspace.pins(NAME)
    folder = project.custody.store.path(pin)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    python, api = python_with_model_signing(bench.peers), HfApi(endpoint=at.url, token=False)

    def hub() -> None:
        found = api.verify_repo_checksums(REPO, revision=at.commit, local_dir=folder, token=False)
        if found.mismatches or found.checked_count < len(at.files):
            raise BenchmarkError("hf cache verify did not check the model")

    def model_signing() -> float:
        command = [str(python), "-I", str(model_signing_script()), str(folder)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def command(*arguments: str) -> Callable[[], float]:
        return lambda: at.run(*arguments, cwd=root).seconds

    hf = ("hf", "cache", "verify", REPO, "--revision", at.commit, "--local-dir", str(folder))
    return {
        "ours": lambda: _timed(lambda: project.custody.verify([NAME])),
        "blake3": lambda: _timed(lambda: _blake3(files)),
        "hub": lambda: _timed(hub),
        "model_signing": model_signing,
        "hashlib": lambda: _timed(lambda: _sha256(files)),
        "our_command": command("weighbridge", "verify", NAME),
        "hf_command": command(*hf),
    }


def _rows(size: str, taken: dict[str, list[float]]) -> list[Row]:
    ours, limit = taken["ours"], f"BLAKE3 on all cores: {speeds()['BLAKE3 all cores']:.0f} MB/s from memory"
    compared = (
        ("blake3", "blake3.update_mmap on all cores", 0.8, limit),
        (
            "hub",
            "what `hf cache verify` runs (SHA-256 on one core), in process",
            4.0,
            "SHA-256 has instructions of its own here",
        ),
        (
            "model_signing",
            "model-signing BLAKE3, in process",
            3.0,
            "it runs the same BLAKE3 on all cores, so that only the way of reading can differ",
        ),
        ("hashlib", "hashlib SHA-256 on two threads", 2.0, "SHA-256 has instructions of its own here"),
    )
    found = []
    for name, peer, least, why in compared:
        ratio, target, reached = faster("", ours, taken[name], least)
        text = f"{peer}: {seconds(taken[name])}"
        found.append(Row(f"verify, warm, {size}", seconds(ours), text, ratio, target, reached, why, taken))
    ratio, target, reached = faster("", taken["our_command"], taken["hf_command"], 4.0)
    text = f"`hf cache verify`: {seconds(taken['hf_command'])}"
    why = "both with the start of their programs"
    found.append(Row(f"verify as a command, {size}", seconds(taken["our_command"]), text, ratio, target, reached, why))
    return found


def measure(bench: Bench) -> list[Row]:
    """Time against each peer, and peak memory."""
    with place(bench, "verify") as at:
        root = at.project("project")
        at.run("weighbridge", "add", at.ref, "--name", NAME, "--no-push", cwd=root)
        works = _works(bench, at, root)
        taken: dict[str, list[float]] = {name: [] for name in works}
        for work in works.values():
            work()
        for _ in range(bench.rounds):
            for name, work in works.items():
                taken[name].append(work())
        memory = at.run("weighbridge", "verify", NAME, cwd=root).memory_bytes
        row = Row(
            "verify, peak memory",
            gib(memory),
            "none",
            "",
            f"< {gib(MEMORY_BYTES)}",
            memory < MEMORY_BYTES,
            "the interpreter and its libraries; a file is never held whole",
            {"memory_bytes": memory},
        )
        return [*_rows(gib(at.size_bytes), taken), row]
