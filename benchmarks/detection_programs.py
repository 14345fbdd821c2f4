"""Detection beside scanners that are programs with reports of their own.

Their reports are read as `weighbridge inspect --scanner` reads them; whatever they rate as a warning or more counts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.detection import Peer, case_of, compare, run
from benchmarks.side import python_with

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.result import Bench, Row
    from weighbridge.checks.scanners.program import Dialect


def beside(bench: Bench, dialect: Dialect, package: str) -> list[Row]:
    """Counts and times.

    Args:
        bench: How to measure.
        dialect: How to talk to the program.
        package: With its exact version.

    Raises:
        PeerMissingError: It can't be installed.
    """
    python = python_with(bench.peers.with_name(f"venv-{dialect.name}"), dialect.name, package)
    program = python.with_name(dialect.name)

    def speaks(folder: Path) -> set[str]:
        home, report = folder.with_name("home"), folder.with_name("report.json")
        run([program, *dialect.arguments(str(folder), str(report))], home, {0, 1, 2})
        reading = dialect.read(json.loads(report.read_text(encoding="utf-8")))
        return {case_of(path, folder) for path, _, _ in reading.found}

    return compare(bench, Peer(package.replace("==", " "), speaks))
