"""What is said of a merge: lines for a terminal, and Markdown for the pull request. Hostile text stays text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from weighbridge.core.digest import short
from weighbridge.core.merge import DOCS_URL, Weight, shown
from weighbridge.reports.markdown import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.core.merge import MergeFinding, MergeReport, ModelChange

MAX_ROWS: Final = 200
"""Rows of one table of Markdown: a pull request's comment has 65,536 letters at most."""
_MARKS: Final = {Weight.BROKEN: "💥", Weight.REFUSED: "⛔", Weight.NOTE: "👁️"}
_COMMIT: Final = 12


def merge_lines(report: MergeReport) -> Iterable[str]:
    """Lines for a terminal."""
    for item in report.findings:
        yield f"{item.weight}  {item.code}  {shown(item.path)}: {item.message}"
        if item.weight is not Weight.NOTE:
            yield f"  next: {item.hint}"
    for change in report.models:
        yield f"{change.name}: {change_text(change)}"
    for what in report.left_out:
        yield f"not looked at: {what}"
    yield summary(report)


def summary(report: MergeReport) -> str:
    """The verdict in one line."""
    counts = Counter(item.weight for item in report.findings)
    said = ", ".join(f"{counts[weight]} {weight}" for weight in (Weight.BROKEN, Weight.REFUSED, Weight.NOTE))
    head = report.head[:_COMMIT] or "the working tree"
    return f"{report.verdict}: {head} against {report.base[:_COMMIT]} under trust {report.trust}: {said}"


def change_text(change: ModelChange) -> str:
    """What becomes of a model, in words."""
    digest, people = short(change.digest), ", ".join(change.people)
    before, after = shown(change.before), shown(change.after)
    if change.kind == "updated":
        return f"updated {before} -> {after} ({digest}) {change.text}"
    if change.kind in {"added", "removed"}:
        return f"{change.kind} {after or before} ({digest}) {change.text}".rstrip()
    more = f": {change.text}" if change.text else ""
    return f"{change.kind} for {change.stage} by {people} ({digest}){more}"


def merge_markdown(report: MergeReport) -> str:
    """A page for the pull request."""
    mark = "✅" if report.verdict == "allow" else "⛔"
    parts = [f"## {mark} Weighbridge check: {report.verdict}", "", f"{escaped(summary(report))}.", ""]
    refusing = [item for item in report.findings if item.weight is not Weight.NOTE]
    notes = [item for item in report.findings if item.weight is Weight.NOTE]
    if refusing:
        parts += _table(("finding", "where", "what", "next"), map(_row, refusing))
    if report.models:
        rows = [(escaped(item.name), escaped(change_text(item))) for item in report.models]
        parts += ["### Models, under the base's trust", "", *_table(("model", "what changes"), rows)]
    if notes:
        parts += ["### To be seen", "", *_table(("note", "where", "what"), (_row(item)[:3] for item in notes))]
    parts += [f"- not looked at: {escaped(what)}" for what in report.left_out]
    return "\n".join(parts).rstrip() + "\n"


def _row(item: MergeFinding) -> tuple[str, str, str, str]:
    link = f"{_MARKS[item.weight]} [{item.code}]({DOCS_URL})"
    return link, escaped(shown(item.path)), escaped(item.message), escaped(item.hint)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table whose cells are escaped already."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    more = [f"| and {len(lines) - MAX_ROWS} more |{' |' * (len(head) - 1)}"] if len(lines) > MAX_ROWS else []
    return [f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *lines[:MAX_ROWS], *more, ""]
