"""Detection beside modelaudit, check by check: from some samples, such as aliases in YAML, it does not return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.detection_programs import beside
from weighbridge.checks.scanners.modelaudit import Modelaudit

if TYPE_CHECKING:
    from benchmarks.result import Bench, Row

PACKAGE = "modelaudit==0.2.54"


def measure(bench: Bench) -> list[Row]:
    """Counts and times.

    Raises:
        PeerMissingError: It can't be installed.
    """
    return beside(bench, Modelaudit(), PACKAGE, apart=True)
