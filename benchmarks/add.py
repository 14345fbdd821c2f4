"""`weighbridge add` with its push, against the same by hand: `hf download`, SHA-256, `dvc add`, `dvc push`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks import process, taking_in
from benchmarks.peers import sha256_files
from benchmarks.place import NAME, REPO, Place, place
from benchmarks.result import MIB, Row, gib

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.process import Cost
    from benchmarks.result import Bench

FASTER, WRITTEN = 3.0, 0.52
# What an interpreter and its libraries read before they do anything.
_PROGRAM_BYTES = 128 * MIB


def ours(at: Place) -> taking_in.Way:
    """One command."""

    def add(folder: Path) -> Cost:
        return at.run("weighbridge", "add", at.ref, "--name", NAME, cwd=folder)

    return taking_in.Way("weighbridge add", at.project, [("add", add)], ".weighbridge/remote")


def peer(at: Place) -> taking_in.Way:
    """Four commands."""

    def download(folder: Path) -> Cost:
        return at.run("hf", "download", REPO, "--revision", at.commit, "--local-dir", "model", cwd=folder)

    def sha256(folder: Path) -> Cost:
        command = [sys.executable, "-I", sha256_files.__file__, "model"]
        return process.run(command, cwd=folder, env=at.environment())

    def add(folder: Path) -> Cost:
        return at.run("dvc", "add", "model", cwd=folder)

    def push(folder: Path) -> Cost:
        return at.run("dvc", "push", cwd=folder)

    steps = [("hf download", download), ("sha256", sha256), ("dvc add", add), ("dvc push", push)]
    return taking_in.Way("hf and dvc", at.dvc_project, steps, "remote")


def measure(bench: Bench) -> list[Row]:
    """Time, bytes written, and whether hashing read anything again."""
    with place(bench, "add") as at:
        us, them = taking_in.in_turn(at, ours(at), peer(at))
        found = taking_in.rows(
            at, (us, them), "add with push", "download, sha256, dvc add, dvc push", (FASTER, WRITTEN)
        )
        # The push reads every byte once; hashing must not add to that.
        allowed = at.size_bytes + _PROGRAM_BYTES
        return [
            *found,
            Row(
                "add with push, bytes read from disk",
                gib(us.read),
                gib(them.read),
                f"{us.read / at.size_bytes:.2f} copies",
                "1 copy (the push) and no more",
                us.read <= allowed,
                "the push reads what it copies",
            ),
        ]
