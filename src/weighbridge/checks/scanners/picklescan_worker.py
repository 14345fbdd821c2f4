"""Picklescan in a worker of its own: one open file in, its opinion out.

``python -I -m weighbridge.checks.scanners.picklescan_worker``: see `weighbridge.checks.serving`. The library is told
the format that was recognised here, so that a file's name can't choose how it is read (CVE-2025-10155).
"""

from __future__ import annotations

import logging
from typing import BinaryIO, Final

from picklescan.scanner import SafetyLevel, ScanResult, scan_bytes

from weighbridge.checks.answer import Answer, Request
from weighbridge.checks.serving import serve
from weighbridge.checks.tree import finding
from weighbridge.core.finding import Finding, Severity
from weighbridge.formats.fault import quoted
from weighbridge.formats.kinds import Kind
from weighbridge.formats.pickle_globals import ALLOWED, JOBLIB

_SHOWN: Final = 5
_SEVERITIES: Final = {SafetyLevel.Dangerous: Severity.DENY, SafetyLevel.Suspicious: Severity.WARN}
# The library reads the five pickles of such a file only if its name says so.
_EXTENSIONS: Final = {Kind.TORCH_LEGACY: ".pt"}
# Arrays stand between the opcodes: the library stops at the first.
_READ_IN_PART: Final = frozenset({Kind.JOBLIB})


class _Complaints(logging.Handler):
    """Remembers that the library logged something other than a finding."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard = False

    def emit(self, record: logging.LogRecord) -> None:
        """Hear one line of the log."""
        self.heard = self.heard or "FOUND" not in str(record.msg)


COMPLAINTS: Final = _Complaints()
_LOG: Final = logging.getLogger("picklescan")
_LOG.addHandler(COMPLAINTS)
_LOG.propagate = False


def _opinions(result: ScanResult, kind: Kind, path: str) -> list[Finding]:
    """What it calls dangerous, and suspicious: of little weight where our exact allow-list holds the very name."""
    listed = ALLOWED | JOBLIB if kind is Kind.JOBLIB else ALLOWED
    named: dict[tuple[SafetyLevel, Severity], set[str]] = {}
    for item in result.globals:
        severity = _SEVERITIES.get(item.safety)
        if severity is Severity.WARN and (item.module, item.name) in listed:
            severity = Severity.NOTE
        if severity is not None:
            named.setdefault((item.safety, severity), set()).add(f"{item.module}.{item.name}")
    return [_opinion(level, severity, sorted(names), path) for (level, severity), names in named.items()]


def _opinion(level: SafetyLevel, severity: Severity, names: list[str], path: str) -> Finding:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    shown = ", ".join(quoted(name) for name in names[:_SHOWN])
    text = f"picklescan calls {shown}{more} {level.value}"
    return finding("scanner-finding", path, text, severity)


def handle(request: Request, file: BinaryIO) -> Answer:
    """Let the library look at one file."""
    kind = Kind(request.what)
    COMPLAINTS.heard = False
    try:
        result = scan_bytes(file, "file", _EXTENSIONS.get(kind))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the library raises, it did not finish
        why = f"picklescan failed ({type(error).__name__})"
        return Answer([finding("scanner-failed", request.path, why)])
    found = _opinions(result, kind, request.path)
    if kind not in _READ_IN_PART and (result.scan_err or COMPLAINTS.heard):
        found.append(finding("scanner-failed", request.path, "picklescan could not read all of it"))
    return Answer(found)


if __name__ == "__main__":
    serve(handle)
