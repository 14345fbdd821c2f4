"""The audit trail: a record told in words. It adds nothing to the evidence and decides nothing.

A time is *claimed* as long as its signer alone speaks of it. It is *witnessed* once somebody else's counted evidence
descends from the entry: then the entry existed no later than that person's own claimed time. This bounds it from above
alone, and as far as that person is honest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.deployment import Deployment
from weighbridge.core.judge import judge
from weighbridge.core.telling import Circumstances, tell
from weighbridge.core.trail_entry import Trail, TrailEntry
from weighbridge.core.witnessing import Lineage

if TYPE_CHECKING:
    from datetime import datetime

    from weighbridge.core.judge import Heads
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Evaluate
    from weighbridge.core.record import Event, Record


def _entry(event: Event, name: str, policy: str, lineage: Lineage) -> TrailEntry:
    statement = event.attestation.statement
    digests = tuple(item.digest for item in statement.subjects if item.name == name)
    asked = digests if statement.type == "approval" else ()
    looked = [key for digest in asked for key in lineage.inspections(event, digest)]
    around = Circumstances(name, policy, tuple(dict.fromkeys(looked)), not event.fault)
    return TrailEntry(
        id=event.attestation.id,
        type=statement.type,
        at=statement.issued_at,
        people=tuple(person.id for person in event.people),
        keys=event.attestation.key_ids,
        digests=digests,
        told=tell(statement.type, statement.body, around),
        fault=event.fault,
        witness=lineage.witness(event),
    )


def trail(
    record: Record,
    policy: Policy,
    at: datetime,
    digest: str | None = None,
    evaluate: Evaluate | None = None,
    *,
    until: datetime | None = None,
    heads: Heads | None = None,
) -> Trail:
    """The chain of custody at a time, by claimed times.

    Args:
        record: The record, replayed at that time.
        policy: The present rules.
        at: The time.
        digest: Only what concerns this digest; None for everything.
        evaluate: Evaluates expressions; without one, each of them denies.
        until: Tell nothing that is dated later; None to tell all there is, also what is dated in the future.
        heads: Tells what stages let run then under the names that a pin needs.
    """
    lineage = Lineage(record)
    told = [event for event in record.events if until is None or event.attestation.statement.issued_at <= until]
    entries = [_entry(event, record.name, policy.digest, lineage) for event in told]
    verdicts = [
        judge(
            record,
            Deployment(policy.project, record.name, stage.name, digest),
            policy,
            at,
            evaluate=evaluate,
            heads=heads,
        )
        for stage in policy.stages
    ]
    newest = sorted(record.pins.values(), key=lambda item: item.added_at, reverse=True)
    return Trail(
        project=policy.project,
        name=record.name,
        at=at,
        digest=digest,
        policy=policy.digest,
        trust=policy.trust,
        entries=tuple(item for item in entries if digest is None or digest in item.digests),
        pins=tuple(item.pin for item in newest if digest in {None, item.pin.digest}),
        verdicts=tuple(verdicts),
    )
