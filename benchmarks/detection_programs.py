"""Detection beside scanners that are programs with reports of their own.

Their reports are read as `weighbridge inspect --scanner` reads them; whatever they rate as a warning or more counts.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from benchmarks.detection import LIMIT_SECONDS, Peer, case_of, compare, run
from benchmarks.result import BenchmarkError
from benchmarks.side import python_with
from weighbridge.checks.scanners.program import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.result import Bench, Row
    from weighbridge.checks.scanners.program import Dialect


APART_SECONDS = 60


def beside(bench: Bench, dialect: Dialect, package: str, *, apart: bool = False) -> list[Row]:
    """Counts and times.

    Args:
        bench: How to measure.
        dialect: How to talk to the program.
        package: With its exact version.
        apart: Run it once for each check's samples, `APART_SECONDS` at most, after which it has not spoken of any.

    Raises:
        PeerMissingError: It can't be installed.
    """
    python = python_with(bench.peers.with_name(f"venv-{dialect.name}"), dialect.name, package)
    program = python.with_name(dialect.name)

    def look(part: Path, folder: Path, limit_seconds: float) -> set[str]:
        home, report = folder.with_name("home"), folder.with_name("report.json")
        report.unlink(missing_ok=True)
        run([program, *dialect.arguments(str(part), str(report))], home, {0, 1, 2}, limit_seconds)
        # That it failed on one file takes nothing away from what it found in others.
        reading = dialect.read({**json.loads(report.read_text(encoding="utf-8")), "has_errors": False})
        return {case_of(path, folder) for path, _, _ in reading.found}

    def speaks(folder: Path) -> set[str]:
        if not apart:
            return look(folder, folder, LIMIT_SECONDS)
        spoke: set[str] = set()
        for part in sorted(folder.iterdir()):
            with contextlib.suppress(BenchmarkError, UnreadableError, FileNotFoundError):
                spoke |= look(part, folder, APART_SECONDS)
        return spoke

    return compare(bench, Peer(package.replace("==", " "), speaks))
