"""Detection beside purser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.detection_programs import beside
from weighbridge.checks.scanners.purser import Purser

if TYPE_CHECKING:
    from benchmarks.result import Bench, Row

PACKAGE = "purser==0.3.0"


def measure(bench: Bench) -> list[Row]:
    """Counts and times.

    Raises:
        PeerMissingError: It can't be installed.
    """
    return beside(bench, Purser(), PACKAGE)
