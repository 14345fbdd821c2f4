"""Modelscan's reports (0.8); it chooses files by extension, and what it skips counts as not looked at."""

from __future__ import annotations

from typing import Any, Final

from weighbridge.checks.scanners.program import Reading
from weighbridge.core.finding import Severity
from weighbridge.formats.kinds import Kind

_SEVERITIES: Final = {
    "CRITICAL": Severity.DENY,
    "HIGH": Severity.DENY,
    "MEDIUM": Severity.WARN,
    "LOW": Severity.WARN,
}


class Modelscan:
    """A `weighbridge.checks.scanners.program.Dialect`."""

    name = "modelscan"
    kinds = (
        Kind.PICKLE,
        Kind.TORCH_ZIP,
        Kind.TORCH_LEGACY,
        Kind.TORCHSCRIPT,
        Kind.JOBLIB,
        Kind.NPY,
        Kind.NPZ,
        Kind.KERAS,
    )
    per_file = False
    version_arguments = ("scan", "--version")
    exit_codes = frozenset({0, 1, 2, 3})

    def arguments(self, target: str, output: str) -> list[str]:
        """Scan a folder."""
        return ["scan", "--path", target, "--reporting-format", "json", "--output-file", output, "--show-skipped"]

    def read(self, data: Any) -> Reading:
        """Read a report."""
        summary = data["summary"]
        reading = Reading(seen={str(path) for path in summary["scanned"].get("scanned_files", ())})
        for issue in data["issues"]:
            severity = _SEVERITIES.get(issue["severity"], Severity.DENY)
            reading.found.append((str(issue["source"]), severity, str(issue["description"])))
        for error in data["errors"]:
            why = f"could not read it: {error['description']}"
            reading.failed.append((str(error.get("source", "")), why))
        for skipped in summary.get("skipped", {}).get("skipped_files", ()):
            reading.failed.append((str(skipped["source"]), f"skipped it: {skipped['description']}"))
        return reading
