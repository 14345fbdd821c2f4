"""What becomes of the models, for the reader of a pull request: pins that come and go, and who said what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.approval import approval_from, rejection_from, request_from, revocation_from
from weighbridge.core.merge import ModelChange, shown
from weighbridge.core.quorum import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from weighbridge.core.merge_evidence import Evidence
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.core.record import Event, Record


def model_changes(
    name: str, before: Sequence[Pin], after: Sequence[Pin], evidence: Evidence, policy: Policy, now: datetime
) -> Iterator[ModelChange]:
    """What becomes of one model.

    Args:
        name: The governed name.
        before: The base's pins.
        after: The merge's pins.
        evidence: The evidence on both sides.
        policy: The base's rules.
        now: The time of asking.
    """
    old, new = {pin.digest: pin for pin in before}, {pin.digest: pin for pin in after}
    newest = _newest(before, evidence.before)
    for digest, pin in new.items():
        if digest not in old:
            kind = "updated" if newest else "added"
            yield ModelChange(name, kind, newest, pin.revision, digest, text=f"from {shown(pin.source)}")
    for digest, pin in old.items():
        if digest not in new:
            yield ModelChange(name, "removed", pin.revision, "", digest)
    if evidence.after is not None:
        yield from _said(name, evidence.after, evidence.new, policy, now)


def _newest(pins: Sequence[Pin], record: Record | None) -> str:
    """The revision that was pinned last; empty if none was."""
    order = list(record.pins) if record else []
    ranked = sorted(pins, key=lambda pin: order.index(pin.digest) if pin.digest in order else -1)
    return ranked[-1].revision if ranked else ""


def _said(name: str, record: Record, new: frozenset[str], policy: Policy, now: datetime) -> Iterator[ModelChange]:
    """What new evidence comes to, by stage and digest, people together."""
    found: dict[tuple[str, str, str], set[str]] = {}
    waived: dict[tuple[str, str, str], set[str]] = {}
    for event in record.events:
        if event.attestation.id in new and event.fault in {"", "together"}:
            for key in _keys(event, name, policy):
                found.setdefault(key, set()).update(person.id for person in event.people)
                waived.setdefault(key, set()).update(_waived(event))
    for key, people in found.items():
        kind, stage, digest = key
        votes = _votes(record, stage, digest, policy, now) if kind == "approved" else ""
        waivers = f"waives {', '.join(sorted(waived[key]))}" if waived[key] else ""
        text = "; ".join(item for item in (votes, waivers) if item)
        pin = record.pins[digest].pin.revision if digest in record.pins else ""
        yield ModelChange(name, "voted" if votes else kind, "", pin, digest, stage, tuple(sorted(people)), text)


def _waived(event: Event) -> set[str]:
    """The findings that an approval waives."""
    statement = event.attestation.statement
    if statement.type != "approval":
        return set()
    return {f"{shown(item.check)} in {shown(item.path)}" for item in approval_from(statement.body).waivers}


def _keys(event: Event, name: str, policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Kind, stage and digest of all that an attestation says."""
    statement = event.attestation.statement
    stages: list[str] = []
    if statement.type == "approval":
        stages, kind = [approval_from(statement.body).stage], "approved"
    elif statement.type == "request":
        stages, kind = [request_from(statement.body).stage], "requested"
    elif statement.type == "rejection":
        stages, kind = [rejection_from(statement.body).stage], "rejected"
    elif statement.type == "revocation":
        stage = revocation_from(statement.body).stage
        stages, kind = [stage] if stage else [item.name for item in policy.stages], "revoked"
    else:
        return
    for subject in statement.subjects:
        if subject.name == name:
            for stage in stages:
                yield kind, stage, subject.digest


def _votes(record: Record, stage: str, digest: str, policy: Policy, now: datetime) -> str:
    """How many approvals there are of how many; empty if they are enough."""
    state, rules = record.stages[stage], policy.stage(stage)
    if digest in state.reached or rules is None:
        return ""
    adders = record.pins[digest].adders if digest in record.pins else frozenset()
    people = counted(rules, state.all_votes(digest), adders, now)
    waits = " (waits for other models)" if digest in state.together else ""
    return f"{len(people)} of {rules.approvals} approvals{waits}"
