"""Findings grouped by check, for people: what is wrong, where, and what to do."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin

ORDER = (Severity.DENY, Severity.UNEXAMINED, Severity.WARN, Severity.NOTE)
_WORDS = {
    Severity.DENY: "denied",
    Severity.UNEXAMINED: "unexamined",
    Severity.WARN: "warning",
    Severity.NOTE: "note",
}
MAX_LISTED = 20


def grouped(findings: Iterable[Finding]) -> Iterator[tuple[Severity, str, list[Finding]]]:
    """Severity, check and its findings: the gravest first."""
    ordered = sorted(findings, key=lambda item: (ORDER.index(item.severity), item.check, item.path, item.message))
    for (severity, check), rows in groupby(ordered, key=lambda item: (item.severity, item.check)):
        yield severity, check, list(rows)


def title(check: str) -> str:
    """What a check is about; a newer release's check is known by its id alone."""
    return CATALOGUE[check].title if check in CATALOGUE else check


def fix(check: str) -> str:
    """The next step."""
    return CATALOGUE[check].fix if check in CATALOGUE else "see the documentation of the check"


def counts(findings: Iterable[Finding]) -> str:
    """Such as ``2 denied, 1 note``; ``nothing found`` for none."""
    found = Counter(item.severity for item in findings)
    return ", ".join(f"{found[item]} {_WORDS[item]}" for item in ORDER if found[item]) or "nothing found"


def licence_text(pin: Pin, inspection: Inspection | None) -> str:
    """The licence as the source says it, else what an inspection saw among the files."""
    seen = inspection.facts.get("licences", ()) if inspection else ()
    return str(pin.metadata.get("licence") or ", ".join(seen) or "not stated")


def waived_mark(finding: Finding, waived: Mapping[tuple[str, str], Sequence[str]]) -> str:
    """The stages in which approvals waive a finding; empty for none."""
    stages = waived.get((finding.check, finding.path))
    return f"waived in {', '.join(stages)}" if stages else ""


def finding_lines(findings: Sequence[Finding], waived: Mapping[tuple[str, str], Sequence[str]]) -> list[str]:
    """Every finding below its check, with the fix and the documentation.

    Args:
        findings: In any order.
        waived: The stages in which approvals waive a finding, by check and path.
    """
    lines = []
    for severity, check, rows in grouped(findings):
        lines.append(f"  {_WORDS[severity]}  {check}: {title(check)}")
        for item in rows[:MAX_LISTED]:
            mark = waived_mark(item, waived)
            lines.append(f"    {item.path}: {item.message}" + (f" ({mark})" if mark else ""))
        if len(rows) > MAX_LISTED:
            lines.append(f"    and {len(rows) - MAX_LISTED} more: see --json")
        if severity is not Severity.NOTE:
            lines.append(f"    fix: {fix(check)}")
        lines.append(f"    {rows[0].url}")
    return lines
