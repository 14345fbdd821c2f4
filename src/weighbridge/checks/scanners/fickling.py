"""Fickling's reports (0.1). It is LGPL, run as a program and never imported.

It calls most real models with custom classes unsafe: only what it calls overtly malicious denies, the rest warns.
"""

from __future__ import annotations

from typing import Any, Final

from weighbridge.checks.scanners.program import Reading
from weighbridge.core.finding import Severity
from weighbridge.formats.kinds import Kind

_SAFE: Final = "LIKELY_SAFE"
_SEVERITIES: Final = {
    "POSSIBLY_UNSAFE": Severity.WARN,
    "SUSPICIOUS": Severity.WARN,
    "LIKELY_UNSAFE": Severity.WARN,
    "LIKELY_OVERTLY_MALICIOUS": Severity.DENY,
    "OVERTLY_MALICIOUS": Severity.DENY,
}


class Fickling:
    """A `weighbridge.checks.scanners.program.Dialect`."""

    name = "fickling"
    kinds = (Kind.PICKLE,)
    per_file = True
    version_arguments = ("--version",)
    exit_codes = frozenset({0, 1})

    def arguments(self, target: str, output: str) -> list[str]:
        """Check one file."""
        return ["--check-safety", "--json-output", output, target]

    def read(self, data: Any) -> Reading:
        """Read a report."""
        text = str(data["analysis"])
        if "invalid opcode" in text:
            return Reading(failed=[("", "could not read all of it")])
        if data["severity"] == _SAFE:
            return Reading()
        severity = _SEVERITIES[data["severity"]]
        return Reading(found=[("", severity, f"{data['severity']}: {text}")])
