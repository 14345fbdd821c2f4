"""Detection beside picklescan, which looks at the pickle family alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.detection import Peer, case_of, compare, run
from benchmarks.peers import picklescan_script
from benchmarks.side import python_with

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.result import Bench, Row

PACKAGE = "picklescan[7z]==1.0.5"


def measure(bench: Bench) -> list[Row]:
    """Counts and times.

    Raises:
        PeerMissingError: It can't be installed.
    """
    python = python_with(bench.peers.with_name("venv-picklescan"), "py7zr", PACKAGE)

    def speaks(folder: Path) -> set[str]:
        home = folder.with_name("home")
        paths = json.loads(run([python, "-I", picklescan_script(), folder], home, {0}))
        return {case_of(path, folder) for path in paths}

    return compare(bench, Peer("picklescan 1.0.5", speaks))
