"""Scanner: what every other scanner looks like to the inspector.

That a scanner finds nothing is no reason to pass anything: its report can only add findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from weighbridge.checks.tree import WHOLE, finding
from weighbridge.core.inspection import COMPLETE, INCOMPLETE, MISSING, Tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from weighbridge.core.finding import Finding

FAILED, FOUND, ABSENT = "scanner-failed", "scanner-finding", "scanner-missing"


@dataclass(frozen=True, slots=True)
class Job:
    """What a scanner is to look at.

    Args:
        folder: The real path of the folder.
        descriptor: The folder, held open.
        files: Size in bytes by path.
        formats: The recognised format by path.
        linked: Files may be links to a store's cache.
    """

    folder: Path
    descriptor: int
    files: Mapping[str, int]
    formats: Mapping[str, str]
    linked: bool = False

    def of_kinds(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """The files of these formats, in the manifest's order."""
        wanted = {str(kind) for kind in kinds}
        return tuple(path for path in self.files if self.formats.get(path) in wanted)


@dataclass(frozen=True, slots=True)
class Report:
    """What a scanner said, and whether it came to the end.

    Args:
        findings: ``scanner-finding``, ``scanner-failed`` and ``scanner-missing``.
        tool: Name, exact version and status.
    """

    findings: list[Finding] = field(default_factory=list)
    tool: Tool = field(default_factory=lambda: Tool("", "", MISSING))


class Scanner(Protocol):
    """Another program that looks for the same dangers."""

    @property
    def name(self) -> str:
        """What policies call it."""

    def version(self) -> str:
        """Its exact version; empty if it is not installed."""

    def scan(self, job: Job) -> Report:
        """Look at all files of the formats that it knows; never raises for what they hold."""


def report(name: str, version: str, findings: list[Finding]) -> Report:
    """A report whose status follows from its findings."""
    failed = any(item.check == FAILED for item in findings)
    return Report(findings, Tool(name, version, INCOMPLETE if failed else COMPLETE))


def missing(name: str) -> Report:
    """The report of a scanner that is not there."""
    return Report([finding(ABSENT, WHOLE, f"{name} is not installed")], Tool(name, "", MISSING))
