"""Modelaudit's reports (0.2): its list of popular models that weigh less is turned off, and so is its cache."""

from __future__ import annotations

from typing import Any, Final

from weighbridge.checks.scanners.program import Reading, UnreadableError
from weighbridge.core.finding import Severity
from weighbridge.formats.kinds import Kind

_SEVERITIES: Final = {"critical": Severity.DENY, "warning": Severity.WARN}


class Modelaudit:
    """A `weighbridge.checks.scanners.program.Dialect`."""

    name = "modelaudit"
    kinds = (
        Kind.PICKLE,
        Kind.TORCH_ZIP,
        Kind.TORCH_LEGACY,
        Kind.TORCHSCRIPT,
        Kind.JOBLIB,
        Kind.NPY,
        Kind.NPZ,
        Kind.KERAS,
        Kind.SAFETENSORS,
        Kind.GGUF,
        Kind.ONNX,
    )
    per_file = False
    version_arguments = ("--version",)
    exit_codes = frozenset({0, 1})

    def arguments(self, target: str, output: str) -> list[str]:
        """Scan a folder."""
        return ["scan", target, "--format", "json", "--output", output, "--no-whitelist", "--no-cache", "--quiet"]

    def read(self, data: Any) -> Reading:
        """Read a report."""
        if not isinstance(data, dict) or data["has_errors"] is not False:
            raise UnreadableError
        reading = Reading(seen={str(asset["path"]) for asset in data["assets"]})
        for issue in data["issues"]:
            severity = _SEVERITIES.get(issue["severity"])
            if severity:
                reading.found.append((str(issue.get("location") or ""), severity, str(issue["message"])))
        for path, known in data["file_metadata"].items():
            if known.get("analysis_incomplete") or known.get("scan_outcome", "complete") == "inconclusive":
                reading.failed.append((path, "did not finish it"))
        return reading
