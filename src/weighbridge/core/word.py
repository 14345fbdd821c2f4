"""What people's words did, and what waits for one: outcomes of revoke, reject and request, and the queue of approvals.

Each is a value with one published JSON. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.outcome import pin_summary
from weighbridge.core.quorum import counted
from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weighbridge.core.attestation import Subject
    from weighbridge.core.canonical import Json
    from weighbridge.core.checkpoint import Checkpoint
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.core.record import Ask, Record


@dataclass(frozen=True, slots=True)
class RevocationOutcome:
    """Approvals were taken back.

    Args:
        subjects: What the revocation is about, also where it was taken back before.
        stage: The stage; None for all of them.
        reason: Why.
        changed: Whether anything had to be done.
        published: Whether the remote has it now.
        kept_out: The pattern of sources that is kept out from now on; None if nobody is.
        by_trust_file: Whether rules stand in a trust file, whose owners must add that pattern.
        until: The latest time until which those who can't ask may still load, by stage; empty if nobody can.
    """

    subjects: tuple[Subject, ...]
    stage: str | None
    reason: str
    changed: bool
    published: bool
    kept_out: str | None
    by_trust_file: bool
    until: Mapping[str, datetime]

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        return {
            "changed": self.changed,
            "stage": self.stage,
            "reason": self.reason,
            "published": self.published,
            "denied_source": self.kept_out,
            "offline_until": {stage: time_text(at) for stage, at in self.until.items()},
            "models": [{"name": item.name, "digest": item.digest} for item in self.subjects],
        }


@dataclass(frozen=True, slots=True)
class WordOutcome:
    """Somebody rejected pins, or asked for their approval.

    Args:
        pins: The pins.
        stage: The stage.
        text: The reason or comment.
        changed: Whether anything was signed.
        published: Whether the remote has it now.
    """

    pins: tuple[Pin, ...]
    stage: str
    text: str
    changed: bool
    published: bool

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        return {
            "changed": self.changed,
            "stage": self.stage,
            "text": self.text,
            "published": self.published,
            "models": [pin_summary(pin) for pin in self.pins],
        }


def loads_until(policy: Policy, stage: str | None, before: Checkpoint | None) -> dict[str, datetime]:
    """Until when those who hold a checkpoint and can't ask for a newer one may still load, by stage.

    Args:
        policy: The present rules.
        stage: Only this stage; None for all of them.
        before: The newest checkpoint that does not know of the revocation; None if there was none.
    """
    if before is None:
        return {}
    found = {}
    for item in policy.stages:
        if stage in {None, item.name}:
            age = item.max_evidence_age
            found[item.name] = before.expires if age is None else min(before.expires, before.issued_at + age)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pin that was asked for, or approved by too few, and has not reached a stage.

    Args:
        stage: The stage.
        digest: The pin's digest.
        asks: Who asks, since when and why; none where nobody did.
        approved_by: Ids of the people whose approvals count so far.
        needed: How many people the stage asks for.
    """

    stage: str
    digest: str
    asks: tuple[Ask, ...]
    approved_by: tuple[str, ...]
    needed: int

    def to_json(self) -> dict[str, Json]:
        """The published JSON."""
        return {
            "stage": self.stage,
            "digest": self.digest,
            "asked": [{"by": list(ask.people), "at": time_text(ask.at), "comment": ask.comment} for ask in self.asks],
            "approved_by": list(self.approved_by),
            "needed": self.needed,
        }


def queue(record: Record, policy: Policy, now: datetime) -> tuple[Waiting, ...]:
    """What waits for approvals of a model, by stage in order."""
    found = []
    for stage in policy.stages:
        state = record.stages[stage.name]
        for digest in sorted(record.pins.keys() & (state.asked.keys() | state.votes.keys() | state.pending.keys())):
            if digest not in state.reached:
                votes = [*state.votes.get(digest, ()), *state.pending.get(digest, ())]
                people = counted(stage, votes, record.pins[digest].adders, now)
                asks = tuple(state.asked.get(digest, ()))
                found.append(Waiting(stage.name, digest, asks, tuple(sorted(people)), stage.approvals))
    return tuple(found)
