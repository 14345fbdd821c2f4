"""Record: the evidence of one model, replayed in ledger order.

Ledger order is the order of parents; where two branches met, the claimed time and then the id decide. Replaying
(`weighbridge.core.replay`) gives, for each stage, the votes that count and the head: the last digest to reach its
quorum. Evidence that is not evidence at all (forged, of another project, with a missing parent) breaks the record;
evidence that may merely not count (an unknown key, a wrong role, a date in the future) stays in it with its fault and
moves nothing. This module holds values; it does not say whether a deployment is allowed: `weighbridge.core.judge` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weighbridge.core.attestation import Attestation
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Person
    from weighbridge.core.quorum import Vote


@dataclass(frozen=True, slots=True)
class Event:
    """One attestation in ledger order.

    Args:
        attestation: The attestation.
        people: Who signed it, as far as trusted.
        fault: Why it moves nothing: ``untrusted``, ``key-revoked``, ``key-expired``, ``role``, ``future``,
            ``backdated``, ``repeated``, ``unpinned``, ``partial``, ``order``, ``revoked`` or ``together``; empty if it
            counts.
    """

    attestation: Attestation
    people: tuple[Person, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PinRecord:
    """A pin as signed.

    Args:
        pin: The newest signed pin of its digest.
        newest: The id of the attestation that holds it.
        ids: Ids of every attestation that pinned this digest.
        adders: Ids of the people who signed them.
        added_at: The newest claimed time.
    """

    pin: Pin
    newest: str
    ids: frozenset[str]
    adders: frozenset[str]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class InspectionRecord:
    """The newest inspection of a digest that counts, or several together whose writers had not seen each other.

    Args:
        inspection: What was seen.
        ids: The attestations' ids, in ledger order.
        at: The claimed time; the earliest of several.
        people: Ids of those who signed it and may inspect.
    """

    inspection: Inspection
    ids: tuple[str, ...]
    at: datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody asks for approvals of a digest.

    Args:
        people: Ids of those who ask.
        at: The claimed time.
        comment: Why it is wanted.
        attestation: The request's id.
    """

    people: tuple[str, ...]
    at: datetime
    comment: str
    attestation: str


@dataclass(slots=True)
class StageState:
    """What the evidence says of one stage.

    Args:
        head: The last digest to reach its quorum; None if there is none, or if it was revoked.
        votes: Votes by digest, since the digest was last superseded or revoked.
        superseded: Former heads.
        revoked: Digests taken back, with the ids of the revocations and rejections.
        rejected: Those of them of which the last such word was a rejection.
        reached: Digests that reached their quorum and were not taken back since.
        ever: Digests that ever reached it.
        asked: What is asked for and not yet answered, by digest.
        pending: Votes that wait, by digest: they approve several models at once, and some did not reach the stage.
        together: The names of the models that they wait for, by digest.
        noes: Ids of every revocation and rejection of a digest, also where it was approved again since.
    """

    head: str | None = None
    votes: dict[str, list[Vote]] = field(default_factory=dict)
    superseded: dict[str, list[Vote]] = field(default_factory=dict)
    revoked: dict[str, set[str]] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    ever: set[str] = field(default_factory=set)
    asked: dict[str, list[Ask]] = field(default_factory=dict)
    pending: dict[str, list[Vote]] = field(default_factory=dict)
    together: dict[str, set[str]] = field(default_factory=dict)
    noes: dict[str, set[str]] = field(default_factory=dict)

    def reach(self, digest: str) -> None:
        """A digest has its quorum: it is the head now."""
        for former in (self.revoked, self.superseded, self.asked, self.together):
            former.pop(digest, None)
        self.rejected.discard(digest)
        self.reached.add(digest)
        self.ever.add(digest)
        if self.head not in {None, digest}:
            old = str(self.head)
            self.superseded[old] = self.votes.pop(old)
        self.head = digest

    def take_back(self, digest: str, by: str) -> None:
        """What was said for a digest so far counts no more, by the word of an attestation."""
        self.forget(digest)
        for noes in (self.revoked, self.noes):
            noes.setdefault(digest, set()).add(by)

    def forget(self, digest: str) -> None:
        """What was said for a digest so far was about something else; nobody said no."""
        for said in (self.votes, self.superseded, self.asked, self.pending, self.together):
            said.pop(digest, None)
        self.reached.discard(digest)
        if self.head == digest:
            self.head = None

    def all_votes(self, digest: str) -> list[Vote]:
        """Every vote for a digest that nothing has taken back, in ledger order."""
        return [*self.superseded.get(digest, []), *self.votes.get(digest, [])]

    def is_asked_or_answered(self, digest: str) -> bool:
        """Whether anybody said or asked anything for a digest that nothing has taken back."""
        return bool(self.all_votes(digest)) or digest in self.asked or digest in self.together


@dataclass(frozen=True, slots=True)
class Record:
    """The replayed evidence of one model.

    Args:
        project: The project.
        name: The governed name.
        events: Every attestation in ledger order.
        pins: Signed pins by digest.
        stages: State by stage.
        inspections: The newest inspection that counts, by digest; several that had not seen each other, as one.
        leaves: Ids of the newest attestations: the parents of whatever comes next.
        tied: Names of the models that approvals tie to this one, near or far, sorted.
    """

    project: str
    name: str
    events: tuple[Event, ...]
    pins: Mapping[str, PinRecord]
    stages: Mapping[str, StageState]
    inspections: Mapping[str, InspectionRecord]
    leaves: tuple[str, ...]
    tied: tuple[str, ...] = ()
