"""Outcomes as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.core.listing import retirement
from weighbridge.core.times import time_text
from weighbridge.reports.findings import licence_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.approval import Waiver
    from weighbridge.core.explanation import Explanation
    from weighbridge.core.judge import Verdict
    from weighbridge.core.outcome import ApprovalOutcome, Drift
    from weighbridge.core.quorum import Grant

_REVISION_LENGTH = 12
_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def brief(revision: str) -> str:
    """The first digits of a revision: a readable name."""
    return revision.removeprefix("sha256:")[:_REVISION_LENGTH]


def verdict_text(verdict: Verdict) -> str:
    """One line: what a stage says."""
    if not verdict.allow:
        codes = ", ".join(item.code for item in verdict.reasons)
        return f"denied: {verdict.reasons[0].message} [{codes}]{waived_text(verdict.waived)}"
    until = f" until {time_text(verdict.until)}" if verdict.until else ""
    who = ", ".join(verdict.approvers)
    return (
        f"allowed: {short(verdict.digest or '')} by {who}{until}"
        f" (trust: {verdict.trust}, separation: {verdict.separation}){waived_text(verdict.waived)}"
    )


def waived_text(grants: Sequence[Grant]) -> str:
    """How many findings are waived, which, by whom and until when; empty if none is."""
    by: dict[tuple[str, str], list[Grant]] = {}
    for item in grants:
        by.setdefault((item.check, item.path), []).append(item)
    said = [
        f"{check} in {path} by {', '.join(sorted({item.by for item in items}))}"
        f" until {time_text(min(item.ends for item in items))}"
        for (check, path), items in by.items()
    ]
    return f"; {len(said)} waived: {', '.join(said)}" if said else ""


def signing_lines(shown: Sequence[Explanation], stage: str, waivers: Sequence[Waiver]) -> list[str]:
    """What an approver is about to sign: the pins, what was found in them, and what is waived."""
    lines = [f"approving for {stage}:"]
    for item in shown:
        pin, day = item.pin, retirement(item.pin.metadata)
        lines += [
            f"  {pin.name} {short(pin.digest)}",
            f"    source    {pin.ref} at {pin.revision}",
            f"    files     {len(pin.files)}, {pin.size} bytes, {len(pin.omitted)} left out",
            f"    licence   {licence_text(pin, item.inspection)}",
            *([f"    retires   {day}"] if day else []),
            f"    against   {_against(item)}",
            *_no_lines(item),
            *_inspection_lines(item),
        ]
    lines += [f"  waiving {item.check} in {item.path} until {time_text(item.until)}: {item.reason}" for item in waivers]
    return lines


def _no_lines(item: Explanation) -> list[str]:
    """That somebody said no before."""
    if not item.taken_back:
        return []
    return [f"    before    it was {item.taken_back} in {item.stage}; weighbridge audit {item.pin.name} says why"]


def _against(item: Explanation) -> str:
    """How a pin differs from what the stage lets run now."""
    if item.head is None:
        return f"nothing: {item.stage} has no version of it"
    if item.head.digest == item.pin.digest:
        return f"itself: it is the head of {item.stage}"
    paths = ", ".join(f"{_MARKS[change.kind]}{change.path}" for change in item.changes)
    return f"{short(item.head.digest)}, the head of {item.stage}: {paths}"


def _inspection_lines(item: Explanation) -> list[str]:
    """How many findings of each weight, and each that does not pass."""
    if item.inspection is None:
        return ["    findings  not inspected"]
    denying = [*item.assessment.denying, *item.assessment.waived]
    return [
        f"    findings  {item.inspection.counts or 'none'}",
        *[f"      {finding.severity}  {finding.check}  {finding.path}: {finding.message}" for finding in denying],
        *[f"    waived    {grant.check} in {grant.path} by {grant.by}: {grant.reason}" for grant in item.grants],
    ]


def approval_lines(outcomes: Sequence[ApprovalOutcome]) -> list[str]:
    """What an approval did."""
    lines = []
    for item in outcomes:
        did = "approved" if item.changed else "was approved already:"
        lines.append(f"{did} {item.pin.name} {short(item.pin.digest)}; MLflow version {item.version}")
        lines.append(f"  {item.verdict.stage}: {verdict_text(item.verdict)}")
    return lines


def drift_lines(found: Sequence[Drift]) -> list[str]:
    """Pins beside what their references name now."""
    lines = []
    for item in found:
        pinned = brief(item.pin.revision)
        if item.state == "current":
            lines.append(f"{item.pin.name}: current, {item.pin.ref} is still {pinned}{_life(item)}")
        elif item.state == "retired":
            lines.append(f"{item.pin.name}: retired, {item.pin.ref} may stop to answer any time{_life(item)}")
        elif item.state == "gone":
            lines.append(
                f"{item.pin.name}: gone, {item.pin.ref} no longer exists; the pinned bytes stay usable{_life(item)}"
            )
        else:
            paths = ", ".join(f"{_MARKS[change.kind]}{change.path}" for change in item.changes) or "no governed file"
            now = brief(item.revision or "")
            lines.append(
                f"{item.pin.name}: {item.state}, {item.pin.ref} was {pinned} and is now {now}: {paths}{_life(item)}"
            )
    return lines


def _life(item: Drift) -> str:
    """The day from which a model is not served, if its source says one."""
    if item.retires is None or item.days_left is None:
        return ""
    if item.days_left < 1:
        return f"; retired since {item.retires}"
    return f"; retiring on {item.retires}, in {item.days_left} day{'s' * (item.days_left != 1)}"


def diff_lines(found: Sequence[Drift]) -> list[str]:
    """Every change, file by file."""
    lines = []
    for item in found:
        lines.append(f"{item.pin.name}: {item.pin.ref}, {brief(item.pin.revision)} -> {brief(item.revision or 'gone')}")
        lines += [
            f"  {_MARKS[change.kind]} {change.path}  {_size(change.before_bytes)} -> {_size(change.after_bytes)}"
            for change in item.changes
        ]
    return lines


def _size(size_bytes: int | None) -> str:
    return "none" if size_bytes is None else f"{size_bytes} B"
