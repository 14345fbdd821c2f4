"""Where models stand, and what the registry shows of them, as lines for people."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.core.divergence import Code
from weighbridge.core.times import time_text
from weighbridge.reports.text import brief, verdict_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.divergence import Divergence
    from weighbridge.core.outcome import ModelStatus, Overview, PinOutcome, Reconciliation
    from weighbridge.core.word import Waiting

MAX_LISTED = 10
"""As many registered models without evidence, and as many divergences of one kind, are named."""
_MANY = {
    Code.MODEL_UNPROVEN: "! registered models tagged as this project's, of which nothing was signed here",
    Code.MODEL_UNGOVERNED: "! registered models that nobody governs",
    Code.MODEL_ELSEWHERE: "  registered models tagged as other projects'",
}


def status_lines(found: Overview) -> list[str]:
    """Where models stand, then what concerns the registry as a whole."""
    lines = [line for item in found.models for line in _model_lines(item)]
    if found.trouble is not None:
        code, message, hint = found.trouble
        lines += [f"! the registry was not compared: {message} [{code}]", f"  next: {hint}"]
    return [*lines, *_ungoverned_lines(found.ungoverned or ())]


def registered_lines(outcomes: Sequence[PinOutcome]) -> list[str]:
    """Pins with their versions."""
    return [
        f"{item.pin.name} {short(item.pin.digest)} is version {item.version}{'' if item.changed else ', as before'}"
        for item in outcomes
    ]


def reconciled_lines(found: Reconciliation) -> list[str]:
    """What was put back, and what people have to mend."""
    lines = [f"put back: {item.message} [{item.code}]" for item in found.restored]
    lines += divergence_lines(found.left)
    return lines or ["the registry shows what was signed"]


def divergence_lines(items: Sequence[Divergence], indent: str = "") -> list[str]:
    """Each divergence, and the next step once where it is the same for several in a row."""
    lines = []
    for hint, group in groupby(items, key=lambda item: item.hint):
        for _, same in groupby(group, key=lambda item: item.code):
            listed = list(same)
            lines += [f"{indent}! {item.message} [{item.code}]" for item in listed[:MAX_LISTED]]
            if len(listed) > MAX_LISTED:
                lines.append(f"{indent}  and {len(listed) - MAX_LISTED} more [{listed[0].code}]: see --json")
        lines.append(f"{indent}  next: {hint}")
    return lines


def _model_lines(item: ModelStatus) -> list[str]:
    lines = [item.name]
    for pin in item.pins:
        heads = [stage for stage, digest in item.heads.items() if digest == pin.digest]
        at = f"  <- {', '.join(heads)}" if heads else ""
        lines.append(f"  {short(pin.digest)}  {pin.ref} at {brief(pin.revision)}  {len(pin.files)} files{at}")
    lines += [f"  {verdict.stage}: {verdict_text(verdict)}" for verdict in item.verdicts]
    lines += [line for waiting in item.waiting for line in _waiting_lines(waiting)]
    for problem in item.problems:
        lines += [f"  ! {problem.message} [{problem.code}]", f"    next: {problem.hint}"]
    return [*lines, *divergence_lines(item.divergences or (), "  ")]


def _waiting_lines(item: Waiting) -> list[str]:
    """One pin that waits for approvals, and who asked."""
    so_far = f"approved by {', '.join(item.approved_by)}" if item.approved_by else "approved by nobody yet"
    lines = [f"  ? {short(item.digest)} waits for {item.stage}: {so_far}, {item.needed} needed"]
    for ask in item.asks:
        why = f": {ask.comment}" if ask.comment else ""
        lines.append(f"    asked by {', '.join(ask.people)} at {time_text(ask.at)}{why}")
    return lines


def _ungoverned_lines(items: Sequence[Divergence]) -> list[str]:
    """Registered models without evidence, one line a kind: a shared registry may hold hundreds."""
    lines = []
    for code, said in _MANY.items():
        names = [item.name for item in items if item.code is code]
        if names:
            more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
            lines.append(f"{said}: {', '.join(names[:MAX_LISTED])}{more} [{code}]")
    return [*divergence_lines([item for item in items if item.code not in _MANY]), *lines]
