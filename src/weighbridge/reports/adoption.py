"""An adoption for people and for programs: what would be pinned, what can't be, and what was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.adoption_plan import spots_json
from weighbridge.core.digest import short
from weighbridge.reports.sizes import size_text
from weighbridge.reports.text import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weighbridge.core.adoption_plan import Plan, Proposal
    from weighbridge.core.canonical import Json
    from weighbridge.core.lint_report import Remark
    from weighbridge.core.mention import Spot
    from weighbridge.core.outcome import AddOutcome
    from weighbridge.core.policy import Policy

    Shown = Callable[[str], str]

_MOST: Final = 4
"""As many places of a model are named; JSON has all."""
_TITLES: Final = ("NAME", "SOURCE", "FOLLOWS", "REVISION", "FILES", "SIZE", "LICENCE", "USED IN")


def plan_lines(plan: Plan, shown: Shown) -> list[str]:
    """What would be pinned, as a table; then what can't be, and what nobody can tell.

    Args:
        plan: The plan.
        shown: Gives a path as a person here names it.
    """
    lines = _table([_TITLES, *(_row(each, shown) for each in plan.ready)]) if plan.ready else []
    lines += [f"note: {text}" for text in plan.remarks]
    lines += [line for each in plan.failed for line in failed_lines(each, shown)]
    for item in plan.survey.refused:
        lines += [_refusal(item.model, item.spots, shown), f"  {item.why}", f"  next: {item.hint}"]
    for mention in plan.survey.unclear:
        what = f"which revision of {mention.ref}" if mention.model else "which model"
        lines.append(f"unresolved: look yourself: {_place(mention.spot, shown)}: {what} {mention.what} names")
    if not plan.proposals:
        lines.append("nothing to adopt")
    return lines


def failed_lines(each: Proposal, shown: Shown) -> list[str]:
    """Why a model can't be pinned now, with its source's own next step; nothing if it can."""
    error = each.trouble
    if error is None:
        return []
    said = [f"  {error.message} [{error.code}]", f"  next: {error.hint}"]
    return [_refusal(str(each.use.ref), each.use.spots, shown), *said]


def _refusal(model: str, spots: Sequence[Spot], shown: Shown) -> str:
    return f"can't be adopted: {model}, used in {_places(spots, shown)}"


def _row(each: Proposal, shown: Shown) -> tuple[str, ...]:
    follows = each.use.ref.revision or "(default)"
    return (
        each.name,
        each.use.ref.source,
        brief(follows) if each.use.is_fixed else follows,
        brief(each.revision),
        str(len(each.taken)),
        size_text(each.size),
        each.licence or "not stated",
        _places(each.use.spots, shown),
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _places(spots: Sequence[Spot], shown: Shown) -> str:
    listed = ", ".join(_place(spot, shown) for spot in spots[:_MOST])
    return listed + (f" and {len(spots) - _MOST} more" if len(spots) > _MOST else "")


def _place(spot: Spot, shown: Shown) -> str:
    cell = f"cell {spot.cell}:" if spot.cell is not None else ""
    return f"{shown(spot.path)}:{cell}{spot.line}"


def remark_lines(remarks: Iterable[Remark], shown: Shown) -> list[str]:
    """Files that were not read, or not wholly."""
    return [f"note: {shown(item.path)}: {item.message}" for item in remarks]


def adopted_lines(outcomes: Sequence[AddOutcome], policy: Policy) -> list[str]:
    """What was pinned, with all that came with it; and the next steps.

    Args:
        outcomes: One for each model that was pinned.
        policy: The project's rules.
    """
    lines: list[str] = []
    denied: list[str] = []
    names: list[str] = []
    for outcome in _with_taken(outcomes):
        pin, looked = outcome.pin, outcome.inspection
        verdict = looked.verdict if looked else "not inspected"
        kept = "" if outcome.pushed else ", kept on this machine"
        names.append(pin.name)
        denied += [pin.name] if verdict == "deny" else []
        lines.append(f"pinned {pin.name} {short(pin.digest)}: {pin.source} at {brief(pin.revision)}, {verdict}{kept}")
        lines += [f"  missing {item.reference}: {item.why}" for item in outcome.missing]
    if not lines:
        return lines
    lines += [f"next: weighbridge inspect {name}" for name in dict.fromkeys(denied)]
    stage = f" --stage {policy.stages[0].name}" if policy.stages else ""
    able = [name for name in dict.fromkeys(names) if name not in denied]
    lines += [f"next: weighbridge approve {' '.join(able)}{stage}"] if able else []
    return [*lines, "next: weighbridge lint --fix"]


def _with_taken(outcomes: Iterable[AddOutcome]) -> list[AddOutcome]:
    return [item for outcome in outcomes for item in (*_with_taken(outcome.taken), outcome)]


def adoption_json(
    plan: Plan, remarks: Iterable[Remark], shown: Shown, outcomes: Sequence[AddOutcome] | None, *, changed: bool
) -> dict[str, Json]:
    """The published JSON.

    Args:
        plan: The plan.
        remarks: Files that were not read, or not wholly.
        shown: Gives a path as it is to be read.
        outcomes: One for each of `Plan.ready`; None if nothing was to be pinned yet.
        changed: Whether anything was written.
    """
    ready = iter(outcomes or ())
    models: list[Json] = []
    for each in plan.proposals:
        outcome = next(ready, None) if each.trouble is None else None
        models.append({**each.to_json(shown), "pinned": outcome.to_json() if outcome else None})
    return {
        "changed": changed,
        "carried_out": outcomes is not None,
        "models": models,
        "notes": list(plan.remarks),
        "refused": [
            {"model": item.model, "why": item.why, "hint": item.hint, "used": spots_json(item.spots, shown)}
            for item in plan.survey.refused
        ],
        "unresolved": [
            {"what": item.what, "model": item.ref or None, "used": spots_json([item.spot], shown)}
            for item in plan.survey.unclear
        ],
        "remarks": [item.to_json(shown) for item in remarks],
    }
