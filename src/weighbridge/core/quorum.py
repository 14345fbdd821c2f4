"""Quorum: whose approvals count at a time, and until when they suffice.

It counts people, never approvals, and knows nothing of what was approved: `weighbridge.core.record` collects votes,
`weighbridge.core.judge` decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.core.approval import Waiver
from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from weighbridge.core.canonical import Json
    from weighbridge.core.policy import Stage


@dataclass(frozen=True, slots=True)
class Vote:
    """An approval by one person that counted when it was given.

    Args:
        person: The person's id.
        issued_at: The claimed time.
        until: When it ends; None for ever.
        attestation: The approval's id.
        waivers: The findings that it accepts.
    """

    person: str
    issued_at: datetime
    until: datetime | None
    attestation: str
    waivers: tuple[Waiver, ...] = ()

    def holds(self, now: datetime) -> bool:
        """Whether it has not ended."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Grant:
    """One person's waiver, of those that count.

    Args:
        check: The check's id.
        path: The file.
        reason: Why, in that person's words.
        until: When that person's waiver or approval ends, whichever is first.
        by: The person's id.
        ends: When too few such waivers are left.
    """

    check: str
    path: str
    reason: str
    until: datetime
    by: str
    ends: datetime

    @property
    def waiver(self) -> Waiver:
        """It, as an approval says it."""
        return Waiver(self.check, self.path, self.reason, self.until)

    def to_json(self) -> dict[str, Json]:
        """The waiver's published JSON."""
        return {
            "check": self.check,
            "path": self.path,
            "reason": self.reason,
            "until": time_text(self.until),
            "by": self.by,
        }


def counted(stage: Stage, votes: Iterable[Vote], adders: frozenset[str], now: datetime) -> frozenset[str]:
    """Ids of the people whose votes count towards the quorum now."""
    people = frozenset(vote.person for vote in votes if vote.holds(now))
    return people if stage.adder_may_approve else people - adders


def lasts_until(stage: Stage, votes: Iterable[Vote], people: frozenset[str]) -> datetime | None:
    """When so many of these people's votes have ended that the quorum is lost; None for never."""
    latest: dict[str, datetime | None] = {}
    for vote in votes:
        if vote.person in people:
            known = latest.get(vote.person, vote.until)
            latest[vote.person] = None if known is None or vote.until is None else max(known, vote.until)
    ends = sorted(end for end in latest.values() if end)
    spare = len(latest) - stage.approvals
    return ends[spare] if spare < len(ends) else None


def granted(stage: Stage, votes: Sequence[Vote], adders: frozenset[str], now: datetime) -> tuple[Grant, ...]:
    """The waivers that count now: those for which the people who give them are a quorum themselves.

    A later approval by the same person without the waiver takes nothing back: a revocation does.

    Args:
        stage: The stage.
        votes: The votes for one digest.
        adders: Ids of the people who added it.
        now: The time of asking.
    """
    given: dict[tuple[str, str], list[tuple[Waiver, Vote]]] = {}
    for vote in votes:
        for item in vote.waivers:
            end = item.until if vote.until is None else min(vote.until, item.until)
            given.setdefault((item.check, item.path), []).append((item, replace(vote, until=end)))
    found = []
    for (check, path), pairs in given.items():
        holding = [vote for _, vote in pairs if vote.holds(now)]
        people = counted(stage, holding, adders, now)
        if len(people) < stage.approvals:
            continue
        ends = lasts_until(stage, holding, people)
        found += [
            Grant(check, path, item.reason, vote.until, vote.person, ends)
            for item, vote in pairs
            if vote.person in people and vote.until and ends and vote.holds(now)
        ]
    return tuple(found)
