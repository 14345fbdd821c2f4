"""Findings as Markdown, for a pull request. Hostile text stays text: it can't end a cell, a code span or a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.reports.findings import MAX_LISTED, counts, fix, grouped, title, waived_mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.finding import Finding

_ESCAPED = str.maketrans({letter: "\\" + letter for letter in "\\`*_{}[]<>()#+-!|~&@"})


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return "".join(letter if letter.isprintable() else " " for letter in text).translate(_ESCAPED)


def _row(finding: Finding, mark: str) -> str:
    return f"- {escaped(finding.path)}: {escaped(finding.message)}" + (f" ({escaped(mark)})" if mark else "")


def markdown(
    found: Mapping[str, tuple[str, Sequence[Finding]]], waived: Mapping[str, Mapping[tuple[str, str], Sequence[str]]]
) -> str:
    """A page.

    Args:
        found: Verdict (``allow`` or ``deny``) and findings, by model.
        waived: The stages in which approvals waive a finding, by model, then by check and path.
    """
    parts = ["## Weighbridge inspection", ""]
    for model, (verdict, findings) in found.items():
        mark = "✅" if verdict == "allow" else "⛔"
        parts += [f"### {mark} {escaped(model)}: {verdict}", "", f"{counts(findings)}.", ""]
        for severity, check, rows in grouped(findings):
            parts += [f"**{severity}: [{check}]({rows[0].url})**, {escaped(title(check))}", ""]
            parts += [_row(item, waived_mark(item, waived.get(model, {}))) for item in rows[:MAX_LISTED]]
            if len(rows) > MAX_LISTED:
                parts.append(f"- and {len(rows) - MAX_LISTED} more")
            parts += ["", f"Fix: {escaped(fix(check))}.", ""]
    return "\n".join(parts).rstrip() + "\n"
