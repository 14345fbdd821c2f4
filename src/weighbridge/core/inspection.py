"""Inspection: everything that the checks saw in one pin, by which tools and rules.

It is evidence and holds no judgement: `weighbridge.core.assess` decides under a policy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge.core import shape
from weighbridge.core.digest import require_digest
from weighbridge.core.errors import IntegrityError
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.canonical import Json

MAX_FINDINGS = 5_000
BUNDLED = "picklescan"
"""The other scanner that comes along: it looks whether a rule asks for it or not."""
COMPLETE, INCOMPLETE, MISSING = "complete", "incomplete", "missing"
_STATUSES = frozenset({COMPLETE, INCOMPLETE, MISSING})
_UNKNOWN_FORMAT = "unknown"
# Who signed the model is the one fact that helps it: all must have seen it.
_HELPS = "publisher"


@dataclass(frozen=True, slots=True, order=True)
class Tool:
    """One program that looked.

    Args:
        name: Such as ``weighbridge`` or ``picklescan``.
        version: Exact; empty if it is missing.
        status: ``complete``, ``incomplete`` or ``missing``.
    """

    name: str
    version: str
    status: str


@dataclass(frozen=True)
class Inspection:
    """What was seen.

    Args:
        findings: Sorted; at most `MAX_FINDINGS`.
        formats: The recognised format of every file, by path.
        facts: What the checks learnt beside findings: ``licences`` (SPDX expressions), ``code`` (paths of program
            code), ``references`` (other repositories), ``requirements`` (``name==version`` as named).
        tools: Who looked.
        ruleset: Digest of the checks and their tables.
    """

    findings: tuple[Finding, ...]
    formats: Mapping[str, str]
    facts: Mapping[str, tuple[str, ...]]
    tools: tuple[Tool, ...]
    ruleset: str

    @cached_property
    def groups(self) -> Mapping[tuple[str, Severity], tuple[Finding, ...]]:
        """Findings by check and severity: rules weigh a check at once."""
        found: dict[tuple[str, Severity], list[Finding]] = {}
        for item in self.findings:
            found.setdefault((item.check, item.severity), []).append(item)
        return {key: tuple(items) for key, items in found.items()}

    @property
    def counts(self) -> str:
        """How many findings of each weight there are, such as ``2 deny, 1 note``; empty for none."""
        weights = Counter(str(item.severity) for item in self.findings)
        return ", ".join(f"{count} {weight}" for weight, count in sorted(weights.items()))

    def to_body(self) -> dict[str, Json]:
        """The inspection as it stands in a statement."""
        return {
            "findings": [
                {"check": item.check, "path": item.path, "severity": str(item.severity), "message": item.message}
                for item in self.findings
            ],
            "formats": dict(self.formats),
            "facts": {name: list(values) for name, values in self.facts.items()},
            "tools": [{"name": tool.name, "version": tool.version, "status": tool.status} for tool in self.tools],
            "ruleset": self.ruleset,
        }


def united(seen: Sequence[Inspection]) -> Inspection:
    """What inspections of the same bytes say together whose writers had not seen each other: the cautious reading.

    Every finding and fact of each counts, the fact ``publisher`` only if all have it; a format that they do not agree
    on is ``unknown``.

    Args:
        seen: At least one, the newest last; its ruleset is taken.
    """
    if len(seen) == 1:
        return seen[0]
    paths, names = ({path for item in seen for path in item.formats}, {name for item in seen for name in item.facts})
    formats = {path: {item.formats.get(path, _UNKNOWN_FORMAT) for item in seen} for path in sorted(paths)}
    facts = {name: [set(item.facts.get(name, ())) for item in seen] for name in sorted(names)}
    return Inspection(
        findings=tuple(sorted({finding for item in seen for finding in item.findings})),
        formats={path: min(found) if len(found) == 1 else _UNKNOWN_FORMAT for path, found in formats.items()},
        facts={
            name: tuple(sorted(set.intersection(*values) if name == _HELPS else set.union(*values)))
            for name, values in facts.items()
        },
        tools=tuple(sorted({tool for item in seen for tool in item.tools})),
        ruleset=seen[-1].ruleset,
    )


def _finding(value: Json) -> Finding:
    row = shape.record(value, "finding", {"check", "path", "severity", "message"})
    texts = {key: shape.text(row[key], key) for key in ("check", "path", "severity", "message")}
    if texts["severity"] not in set(Severity):
        raise IntegrityError("a finding has an unknown severity", code="bad-statement")
    return Finding(texts["check"], texts["path"], Severity(texts["severity"]), texts["message"])


def _tool(value: Json) -> Tool:
    row = shape.record(value, "tool", {"name", "version", "status"})
    tool = Tool(*(shape.text(row[key], key) for key in ("name", "version", "status")))
    if tool.status not in _STATUSES:
        raise IntegrityError("a tool has an unknown status", code="bad-statement")
    return tool


def inspection_from(body: Mapping[str, Json]) -> Inspection:
    """Read the body of an inspection.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(dict(body), "inspection", {"findings", "formats", "facts", "tools", "ruleset"})
    return Inspection(
        findings=tuple(_finding(item) for item in shape.array(row["findings"], "findings")),
        formats=shape.texts(row["formats"], "formats"),
        facts={key: shape.text_list(value, key) for key, value in shape.mapping(row["facts"], "facts").items()},
        tools=tuple(_tool(item) for item in shape.array(row["tools"], "tools")),
        ruleset=require_digest(row["ruleset"]),
    )
