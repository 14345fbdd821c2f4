"""SARIF 2.1.0 (OASIS): findings for code scanning dashboards.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. One run; paths are relative to ``MODEL``, one base a
model. A finding about a whole model has no region and stands at its folder.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Finding, Severity
from weighbridge.reports.findings import fix, title, waived_mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.canonical import Json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.DENY: "error", Severity.UNEXAMINED: "error", Severity.WARN: "warning", Severity.NOTE: "note"}


def _rule(check: str) -> Json:
    default = CATALOGUE[check].severity if check in CATALOGUE else Severity.DENY
    return {
        "id": check,
        "shortDescription": {"text": title(check)},
        "help": {"text": fix(check)},
        "helpUri": Finding(check, "", default, "").url,
        "defaultConfiguration": {"level": _LEVELS[default]},
    }


def _uri(model: str, path: str) -> str:
    inside = "" if path == "." else path
    return quote(f"{model}/{inside}".strip("/") if model else inside or ".")


def _result(model: str, finding: Finding, index: int, waived: str) -> Json:
    identity = f"{model}\n{finding.check}\n{finding.path}\n{finding.message}"
    result: dict[str, Json] = {
        "ruleId": finding.check,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "kind": "fail",
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(model, finding.path)}}}],
        "partialFingerprints": {"weighbridge/v1": sha256(identity.encode()).hexdigest()},
    }
    if waived:
        result["suppressions"] = [{"kind": "external", "justification": f"{waived}, by signed approvals"}]
    return result


def sarif(
    found: Mapping[str, Sequence[Finding]],
    version: str,
    waived: Mapping[str, Mapping[tuple[str, str], Sequence[str]]],
) -> dict[str, Json]:
    """One SARIF log.

    Args:
        found: Findings by the folder that paths are relative to.
        version: The program's version.
        waived: The stages in which approvals waive a finding, by the same folder, then by check and path.
    """
    checks = sorted({item.check for findings in found.values() for item in findings})
    index = {check: number for number, check in enumerate(checks)}
    results: list[Json] = [
        _result(model, item, index[item.check], waived_mark(item, waived.get(model, {})))
        for model, findings in found.items()
        for item in sorted(findings)
    ]
    driver: dict[str, Json] = {
        "name": "weighbridge",
        "version": version,
        "informationUri": "https://weighbridge.dev",
        "rules": [_rule(check) for check in checks],
    }
    complete = not any(item.severity is Severity.UNEXAMINED for rows in found.values() for item in rows)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [{"executionSuccessful": complete}],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
