"""Inspections for people, for dashboards and for pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.core.listing import retirement
from weighbridge.reports.findings import counts, finding_lines, licence_text
from weighbridge.reports.markdown import markdown
from weighbridge.reports.sarif import sarif
from weighbridge.reports.sizes import size_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.outcome import AddOutcome, InspectionOutcome
    from weighbridge.core.policy import Policy


def summary(outcome: InspectionOutcome) -> str:
    """What was seen, in a few words."""
    if outcome.inspection is None:
        return "not inspected"
    return f"{counts(outcome.findings)} in {len(outcome.inspection.formats)} files"


def add_summary(outcome: AddOutcome) -> str:
    """What `add` saw, and what became of the bytes."""
    looked = outcome.inspection
    if looked is None:
        return "no: the policy asks for no inspection"
    kept = "" if looked.verdict == "allow" or outcome.pushed else "; kept on this machine, not pushed"
    return f"{looked.verdict}: {summary(looked)}{kept}"


def add_next(outcome: AddOutcome, policy: Policy) -> str:
    """What to do after `add`."""
    name = outcome.pin.name
    if outcome.inspection and outcome.inspection.verdict == "deny":
        return f"weighbridge inspect {name}"
    stage = f" --stage {policy.stages[0].name}" if policy.stages else ""
    return f"weighbridge approve {name}{stage}"


def add_lines(outcome: AddOutcome, policy: Policy) -> list[str]:
    """What `add` and `update` did to one model."""
    pin, day = outcome.pin, retirement(outcome.pin.metadata)
    left_out = f", {len(pin.omitted)} left out" if pin.omitted else ""
    seen = outcome.inspection.inspection if outcome.inspection else None
    taken = [line for item in outcome.taken for line in add_lines(item, policy)]
    needs = ", ".join(f"{name} {short(digest)}" for name, digest in sorted(pin.references.items()))
    return [
        *taken,
        f"{'pinned' if outcome.changed else 'already pinned:'} {pin.name} {short(pin.digest)}",
        f"  source    {pin.ref}",
        f"  revision  {pin.revision}",
        f"  files     {len(pin.files)} ({size_text(pin.size)}){left_out}",
        f"  licence   {licence_text(pin, seen)}",
        *([f"  retires   {day}"] if day else []),
        f"  inspected {add_summary(outcome)}",
        *([f"  needs     {needs}"] if needs else []),
        *[f"  missing   {item.reference}: {item.why}" for item in outcome.missing],
        f"next: {add_next(outcome, policy)}",
    ]


def inspection_lines(outcomes: Sequence[InspectionOutcome]) -> list[str]:
    """Verdict, findings by check with their fix, rules that fail, and who looked."""
    lines = []
    for item in outcomes:
        digest = f" {short(item.pin.digest)}" if item.pin else ""
        lines.append(f"{item.label}{digest}: {item.verdict}, {summary(item)}")
        lines += finding_lines(item.findings, item.waived)
        for rule in item.assessment.failures:
            if rule.code != "findings":
                lines += [f"  rule {rule.rule}: {rule.why} [{rule.code}]", f"    next: {rule.hint}"]
        if item.inspection:
            tools = ", ".join(f"{tool.name} {tool.version}".strip() for tool in item.inspection.tools)
            lines.append(f"  looked: {tools}; ruleset {short(item.inspection.ruleset)}")
    return lines


def _place(outcome: InspectionOutcome) -> str:
    """The folder that paths are relative to: a model may have several pins."""
    return f"{outcome.label}/{short(outcome.pin.digest)}" if outcome.pin else outcome.label


def _waived(outcomes: Sequence[InspectionOutcome]) -> dict[str, Mapping[tuple[str, str], tuple[str, ...]]]:
    return {_place(item): item.waived for item in outcomes}


def inspection_sarif(outcomes: Sequence[InspectionOutcome], version: str) -> dict[str, Json]:
    """One SARIF log of all of them."""
    return sarif({_place(item): item.findings for item in outcomes}, version, _waived(outcomes))


def inspection_markdown(outcomes: Sequence[InspectionOutcome]) -> str:
    """One page of all of them."""
    return markdown({_place(item): (item.verdict, item.findings) for item in outcomes}, _waived(outcomes))
