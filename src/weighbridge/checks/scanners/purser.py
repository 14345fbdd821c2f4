"""Purser's reports (0.3). What its own policy thinks of origin and signature is left to ours."""

from __future__ import annotations

from typing import Any, Final

from weighbridge.checks.scanners.program import Reading
from weighbridge.core.finding import Severity
from weighbridge.formats.kinds import Kind

_SEVERITIES: Final = {"CRITICAL": Severity.DENY, "HIGH": Severity.DENY, "MEDIUM": Severity.WARN, "LOW": Severity.WARN}
_UNREAD: Final = "PICKLE_UNPARSEABLE"


class Purser:
    """A `weighbridge.checks.scanners.program.Dialect`."""

    name = "purser"
    kinds = (
        Kind.PICKLE,
        Kind.TORCH_ZIP,
        Kind.TORCH_LEGACY,
        Kind.TORCHSCRIPT,
        Kind.SAFETENSORS,
        Kind.GGUF,
        Kind.ONNX,
        Kind.KERAS,
    )
    per_file = False
    version_arguments = ("version",)
    exit_codes = frozenset({0, 1})

    def arguments(self, target: str, output: str) -> list[str]:
        """Scan a folder."""
        return ["scan", target, "--format", "json", "--output", output]

    def read(self, data: Any) -> Reading:
        """Read a report."""
        reading = Reading(seen={str(file["path"]) for file in data["files"]})
        for file in data["files"]:
            if file["error"] is not None:
                reading.failed.append((str(file["path"]), f"could not read it: {file['error']}"))
            self._add(reading, file["findings"])
        self._add(reading, data.get("deep_findings", ()))
        return reading

    @staticmethod
    def _add(reading: Reading, findings: Any) -> None:
        for item in findings:
            severity = _SEVERITIES.get(item["severity"])
            place = str(item.get("file") or "")
            if item.get("rule_id") == _UNREAD:
                reading.failed.append((place, str(item["title"])))
            elif severity:
                reading.found.append((place, severity, str(item["title"])))
