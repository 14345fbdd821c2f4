"""Findings grouped by check, for people: what is wrong, where, and what to do."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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


def finding_lines(findings: Sequence[Finding], waived: frozenset[tuple[str, str]] = frozenset()) -> list[str]:
    """Every finding below its check, with the fix and the documentation.

    Args:
        findings: In any order.
        waived: The (check, path) pairs that an approval waives.
    """
    lines = []
    for severity, check, rows in grouped(findings):
        lines.append(f"  {_WORDS[severity]}  {check}: {title(check)}")
        for item in rows[:MAX_LISTED]:
            mark = " (waived)" if (item.check, item.path) in waived else ""
            lines.append(f"    {item.path}: {item.message}{mark}")
        if len(rows) > MAX_LISTED:
            lines.append(f"    and {len(rows) - MAX_LISTED} more: see --json")
        if severity is not Severity.NOTE:
            lines.append(f"    fix: {fix(check)}")
        lines.append(f"    {rows[0].url}")
    return lines
