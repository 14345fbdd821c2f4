"""Record: the evidence of one model, replayed in ledger order.

Ledger order is the order of parents; where two branches met, the claimed time and then the id decide. Replaying
gives, for each stage, the votes that count and the head: the last digest to reach its quorum. Evidence that is not
evidence at all (forged, of another project, with a missing parent) breaks the record; evidence that may merely not
count (an unknown key, a wrong role, a date in the future) stays in it with its fault and moves nothing.
This module reads no files and does not say whether a deployment is allowed: `weighbridge.core.judge` does.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.core.approval import Approval, approval_from, revocation_from
from weighbridge.core.attestation import Attestation, open_envelope
from weighbridge.core.errors import IntegrityError
from weighbridge.core.inspection import Inspection, inspection_from, united
from weighbridge.core.pin import Pin, pin_from_json
from weighbridge.core.policy import ROLE_ADDER, ROLE_MACHINE, Person, Policy, Stage
from weighbridge.core.quorum import Vote, counted
from weighbridge.core.times import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from weighbridge.core.ports import VerifySignature

_PIN_ROLES = frozenset({ROLE_ADDER, ROLE_MACHINE})


@dataclass(frozen=True, slots=True)
class Event:
    """One attestation in ledger order.

    Args:
        attestation: The attestation.
        people: Who signed it, as far as trusted.
        fault: Why it moves nothing: ``untrusted``, ``role``, ``future``, ``backdated``, ``unpinned``, ``partial`` or
            ``revoked``; empty if it counts.
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


@dataclass(slots=True)
class StageState:
    """What the evidence says of one stage.

    Args:
        head: The last digest to reach its quorum; None if there is none, or if it was revoked.
        votes: Votes by digest, since the digest was last superseded or revoked.
        superseded: Former heads.
        revoked: Digests taken back, with the ids of the revocations.
    """

    head: str | None = None
    votes: dict[str, list[Vote]] = field(default_factory=dict)
    superseded: dict[str, list[Vote]] = field(default_factory=dict)
    revoked: dict[str, set[str]] = field(default_factory=dict)

    def all_votes(self, digest: str) -> list[Vote]:
        """Every vote for a digest that nothing has taken back, in ledger order."""
        return [*self.superseded.get(digest, []), *self.votes.get(digest, [])]


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
    """

    project: str
    name: str
    events: tuple[Event, ...]
    pins: Mapping[str, PinRecord]
    stages: Mapping[str, StageState]
    inspections: Mapping[str, InspectionRecord]
    leaves: tuple[str, ...]


def _in_order(found: Mapping[str, Attestation], name: str) -> list[Attestation]:
    """Parents first; among the free ones the earlier claimed time, then the id."""
    waiting = {key: len(item.statement.parents[name]) for key, item in found.items()}
    children: dict[str, list[str]] = {key: [] for key in found}
    for key, item in found.items():
        for parent in item.statement.parents[name]:
            if parent not in found:
                raise IntegrityError(
                    f"evidence {parent[:16]} of {name} is missing",
                    code="missing-parent",
                    hint="restore it from Git: git log --diff-filter=D -- models/*/evidence",
                    details={"missing": parent, "named_by": key},
                )
            children[parent].append(key)
    free = [(item.statement.issued_at, key) for key, item in found.items() if not waiting[key]]
    heapq.heapify(free)
    ordered = []
    while free:
        _, key = heapq.heappop(free)
        ordered.append(found[key])
        for child in children[key]:
            waiting[child] -= 1
            if not waiting[child]:
                heapq.heappush(free, (found[child].statement.issued_at, child))
    return ordered


class _Replay:
    """The state while one record is replayed."""

    def __init__(self, name: str, policy: Policy, latest: datetime) -> None:
        self.name = name
        self.policy = policy
        self.latest = latest
        self.pins: dict[str, PinRecord] = {}
        self.stages: dict[str, StageState] = {stage.name: StageState() for stage in policy.stages}
        self.newest: dict[str, tuple[InspectionRecord, ...]] = {}
        self.events: list[Event] = []
        self.ancestors: dict[str, frozenset[str]] = {}
        self.times: dict[str, datetime] = {}

    def digests(self, attestation: Attestation) -> list[str]:
        """The digests of this model that a statement speaks of."""
        return [item.digest for item in attestation.statement.subjects if item.name == self.name]

    def take(self, attestation: Attestation) -> None:
        """Replay one attestation."""
        statement = attestation.statement
        parents = statement.parents[self.name]
        self.ancestors[attestation.id] = frozenset(parents).union(*(self.ancestors[key] for key in parents))
        owners = {person.id: person for key in attestation.signed_by if (person := self.policy.owner(key))}
        people = tuple(owners[key] for key in sorted(owners))
        seen = max((self.times[key] for key in parents if key in self.times), default=None)
        fault = self._fault(attestation, people, seen)
        if not fault:
            # Only what counts dates what follows: else a stranger's far future would silence everybody after it.
            seen = max(statement.issued_at, seen or statement.issued_at)
            steps = {
                "pin": self._pin,
                "inspection": self._inspect,
                "approval": self._approve,
                "revocation": self._revoke,
            }
            step = steps.get(statement.type)
            fault = step(attestation, people) if step else ""
        if seen is not None:
            self.times[attestation.id] = seen
        self.events.append(Event(attestation, people, fault))

    def _fault(self, attestation: Attestation, people: tuple[Person, ...], seen: datetime | None) -> str:
        statement = attestation.statement
        if not people:
            return "untrusted"
        if statement.issued_at > self.latest:
            return "future"
        # A revocation counts whatever its writer's clock said: refusing one is never the cautious choice.
        late = seen is not None and statement.issued_at < seen - CLOCK_TOLERANCE
        return "backdated" if late and statement.type != "revocation" else ""

    def _pin(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
        signers = {person.id for person in people if person.roles & _PIN_ROLES}
        if not signers:
            return "role"
        pin = pin_from_json(dict(attestation.statement.body))
        if pin.name != self.name or pin.project != self.policy.project or self.digests(attestation) != [pin.digest]:
            raise IntegrityError(f"a pin of {self.name} speaks of something else", code="bad-statement")
        known = self.pins.get(pin.digest)
        self.pins[pin.digest] = PinRecord(
            pin=pin,
            newest=attestation.id,
            ids=(known.ids if known else frozenset()) | {attestation.id},
            adders=(known.adders if known else frozenset()) | signers,
            added_at=attestation.statement.issued_at,
        )
        return ""

    def _inspect(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
        signers = tuple(person.id for person in people if person.roles & self.policy.rules.inspected_by)
        if not signers:
            return "role"
        inspection = inspection_from(attestation.statement.body)
        digests = self.digests(attestation)
        if len(digests) != 1:
            raise IntegrityError(f"an inspection of {self.name} speaks of several digests", code="bad-statement")
        known = self.pins.get(digests[0])
        if known is None:
            return "unpinned"
        looked = inspection.formats.keys() | {finding.path for finding in inspection.findings}
        if not all(file.entry.path in looked for file in known.pin.files):
            # What says nothing of a file must not stand for the whole pin.
            return "partial"
        unseen = self.newest.get(digests[0], ())
        unseen = tuple(item for item in unseen if item.ids[0] not in self.ancestors[attestation.id])
        found = InspectionRecord(inspection, (attestation.id,), attestation.statement.issued_at, signers)
        self.newest[digests[0]] = (*unseen, found)
        return ""

    def _approve(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
        approval = approval_from(attestation.statement.body)
        stage = self.policy.stage(approval.stage)
        if stage is None:
            return "role"
        voters = [person for person in people if person.roles & stage.roles]
        if not voters:
            return "role"
        faults = {self._vote(stage, approval, attestation, voters, digest) for digest in self.digests(attestation)}
        return min(faults)

    def _vote(
        self, stage: Stage, approval: Approval, attestation: Attestation, voters: list[Person], digest: str
    ) -> str:
        record, state = self.pins.get(digest), self.stages[stage.name]
        if record is None or approval.pins.get(self.name) not in record.ids:
            return "unpinned"
        if not state.revoked.get(digest, set()) <= self.ancestors[attestation.id]:
            # Its writer had not seen the revocation: of two concurrent words the cautious one holds.
            return "revoked"
        now = attestation.statement.issued_at
        ends = [end for end in (approval.until, now + stage.lasts if stage.lasts else None) if end]
        votes = state.votes.setdefault(digest, [])
        end = min(ends, default=None)
        votes += [Vote(person.id, now, end, attestation.id, approval.waivers) for person in voters]
        if len(counted(stage, votes, record.adders, now)) >= stage.approvals:
            state.revoked.pop(digest, None)
            state.superseded.pop(digest, None)
            if state.head not in {None, digest}:
                old = str(state.head)
                state.superseded[old] = state.votes.pop(old)
            state.head = digest
        return ""

    def _revoke(self, attestation: Attestation, _people: tuple[Person, ...]) -> str:
        stage = revocation_from(attestation.statement.body).stage
        for name, state in self.stages.items():
            if stage in {None, name}:
                for digest in self.digests(attestation):
                    state.votes.pop(digest, None)
                    state.superseded.pop(digest, None)
                    state.revoked.setdefault(digest, set()).add(attestation.id)
                    if state.head == digest:
                        state.head = None
        return ""


def _together(seen: tuple[InspectionRecord, ...]) -> InspectionRecord:
    """Inspections that had not seen each other, as one: where branches met, the cautious word holds."""
    return InspectionRecord(
        inspection=united([item.inspection for item in seen]),
        ids=tuple(key for item in seen for key in item.ids),
        at=min(item.at for item in seen),
        people=tuple(sorted({person for item in seen for person in item.people})),
    )


def replay(
    name: str,
    envelopes: Iterable[bytes],
    policy: Policy,
    verify: VerifySignature,
    now: datetime,
    *,
    tolerance: timedelta = CLOCK_TOLERANCE,
) -> Record:
    """Check and replay all evidence of one model.

    Args:
        name: The governed name.
        envelopes: Its attestations in any order; the same one twice counts once.
        policy: The present rules and keys.
        verify: Checks a signature.
        now: The time of asking; an earlier time gives the record as it stood then, by claimed times.
        tolerance: How far after now evidence may be dated.

    Raises:
        IntegrityError: An envelope is malformed, forged, of another project or model, or a parent is missing.
    """
    found: dict[str, Attestation] = {}
    for envelope in envelopes:
        attestation = open_envelope(envelope, policy.keys, verify)
        statement = attestation.statement
        if statement.project != policy.project or name not in statement.parents:
            raise IntegrityError(
                f"a {statement.type} of project {statement.project!r} lies among the evidence of {name}",
                code="foreign-evidence",
                hint="remove it: evidence counts only in the project and for the model it names",
            )
        found[attestation.id] = attestation
    state = _Replay(name, policy, now + tolerance)
    for attestation in _in_order(found, name):
        state.take(attestation)
    named = {parent for item in found.values() for parent in item.statement.parents[name]}
    return Record(
        project=policy.project,
        name=name,
        events=tuple(state.events),
        pins=state.pins,
        stages=state.stages,
        inspections={digest: _together(seen) for digest, seen in state.newest.items()},
        leaves=tuple(sorted(set(found) - named)),
    )
