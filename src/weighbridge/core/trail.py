"""The audit trail: a record told in words. It adds nothing to the evidence and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.approval import approval_from, revocation_from
from weighbridge.core.deployment import Deployment
from weighbridge.core.errors import IntegrityError
from weighbridge.core.inspection import COMPLETE, inspection_from
from weighbridge.core.judge import judge
from weighbridge.core.outcome import Trail, TrailEntry
from weighbridge.core.pin import pin_from_json
from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from datetime import datetime

    from weighbridge.core.approval import Approval
    from weighbridge.core.attestation import Statement
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Evaluate
    from weighbridge.core.record import Event, Record


def _inspected(inspection: Inspection) -> str:
    """What an inspection saw, and who looked."""
    done = ", ".join(f"{tool.name} {tool.version}" for tool in inspection.tools if tool.status == COMPLETE)
    rest = [f"{tool.name} {tool.version}".strip() + f" is {tool.status}" for tool in inspection.tools]
    others = [text for text, tool in zip(rest, inspection.tools, strict=True) if tool.status != COMPLETE]
    pushed = [f"pushed whatever was found ({item})" for item in inspection.facts.get("push", ())]
    return "; ".join([f"inspected: {inspection.counts or 'no finding'}, by {done or 'nobody'}", *others, *pushed])


def _waived(approval: Approval) -> str:
    """What an approval accepts."""
    said = [f"{item.check} in {item.path} until {time_text(item.until)} ({item.reason})" for item in approval.waivers]
    return f"; waives {', '.join(said)}" if said else ""


def _told(statement: Statement, *, counts: bool) -> str:
    """One line about a statement."""
    if statement.type == "pin":
        pin = pin_from_json(dict(statement.body))
        return (
            f"pinned {pin.ref} at {pin.revision}: {len(pin.files)} files, {pin.size} bytes, {len(pin.omitted)} left out"
        )
    if statement.type == "approval":
        approval = approval_from(statement.body)
        comment = f": {approval.comment}" if approval.comment else ""
        return f"approved for {approval.stage}{comment}{_waived(approval)}"
    if statement.type == "inspection" and counts:
        return _inspected(inspection_from(statement.body))
    if statement.type == "revocation":
        revocation = revocation_from(statement.body)
        return f"revoked for {revocation.stage or 'every stage'}: {revocation.reason}"
    return f"added evidence of type {statement.type}"


def _text(event: Event) -> str:
    """One line about an event; what counts for nothing may be malformed."""
    statement = event.attestation.statement
    try:
        return _told(statement, counts=not event.fault)
    except IntegrityError as error:
        return f"added malformed evidence of type {statement.type}: {error.message}"


def _entry(event: Event, name: str) -> TrailEntry:
    statement = event.attestation.statement
    return TrailEntry(
        id=event.attestation.id,
        type=statement.type,
        at=statement.issued_at,
        people=tuple(person.id for person in event.people),
        digests=tuple(item.digest for item in statement.subjects if item.name == name),
        text=_text(event),
        fault=event.fault,
    )


def trail(
    record: Record, policy: Policy, at: datetime, digest: str | None = None, evaluate: Evaluate | None = None
) -> Trail:
    """The chain of custody at a time, by claimed times.

    Args:
        record: The record, replayed at that time with no tolerance.
        policy: The present rules.
        at: The time.
        digest: Only what concerns this digest; None for everything.
        evaluate: Evaluates expressions; without one, each of them denies.
    """
    entries = [_entry(event, record.name) for event in record.events if event.fault != "future"]
    verdicts = [
        judge(record, Deployment(policy.project, record.name, stage.name, digest), policy, at, None, evaluate)
        for stage in policy.stages
    ]
    newest = sorted(record.pins.values(), key=lambda item: item.added_at, reverse=True)
    return Trail(
        name=record.name,
        at=at,
        entries=tuple(item for item in entries if digest is None or digest in item.digests),
        pins=tuple(item.pin for item in newest if digest in {None, item.pin.digest}),
        verdicts=tuple(verdicts),
    )
