"""Replay: what the evidence of a model comes to, each attestation checked at its place in the ledger.

Checked are type, subjects, signatures, the roles and limits of keys at that place, parents, order and dates. This
module reads no files and gives no verdict: `weighbridge.core.judge` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.approval import (
    Approval,
    approval_from,
    key_revocation_from,
    rejection_from,
    request_from,
    revocation_from,
)
from weighbridge.core.attestation import OUTSIDE, Attestation, Statement, Subject, open_envelope
from weighbridge.core.errors import IntegrityError
from weighbridge.core.inspection import inspection_from, united
from weighbridge.core.lineage import in_order, leaves, past
from weighbridge.core.memo import Memo
from weighbridge.core.pin import Pin, pin_from_json
from weighbridge.core.policy import ROLE_ADDER, ROLE_MACHINE, Person, Policy, Stage
from weighbridge.core.quorum import Vote, counted
from weighbridge.core.record import Ask, Event, InspectionRecord, PinRecord, Record, StageState
from weighbridge.core.ref import is_name
from weighbridge.core.said import Said
from weighbridge.core.times import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from weighbridge.core.ports import VerifySignature

_PIN_ROLES = frozenset({ROLE_ADDER, ROLE_MACHINE})
_NOES = frozenset({"rejection", "revocation"})
_VOICES = frozenset({"", "together"})
"""Faults of approvals that count, or that wait for nothing but other models."""
_PINS: Final = Memo[Pin](100_000, lambda pin: len(pin.files) + len(pin.omitted))
"""By the id of their attestation; a file takes some 500 bytes."""


class _Replay:
    """The state while one record is replayed."""

    def __init__(
        self,
        name: str,
        policy: Policy,
        latest: datetime,
        spans: Mapping[str, frozenset[str]],
        waiting: Mapping[str, frozenset[str]],
    ) -> None:
        self.name = name
        self.policy = policy
        self.latest = latest
        self.spans = spans
        self.waiting = waiting
        self.pins: dict[str, PinRecord] = {}
        self.stages: dict[str, StageState] = {stage.name: StageState() for stage in policy.stages}
        self.newest: dict[str, tuple[InspectionRecord, ...]] = {}
        self.events: list[Event] = []
        self.ancestors: dict[str, frozenset[str]] = {}
        self.times: dict[str, datetime] = {}
        self.said = Said()

    def digests(self, attestation: Attestation) -> list[str]:
        """The digests of this model that a statement speaks of."""
        return [item.digest for item in attestation.statement.subjects if item.name == self.name]

    def take(self, attestation: Attestation) -> None:
        """Replay one attestation."""
        statement = attestation.statement
        parents = statement.parents[self.name]
        self.ancestors[attestation.id] = frozenset(parents).union(*(self.ancestors[key] for key in parents))
        people = self._signers(attestation)
        seen = max((self.times[key] for key in parents if key in self.times), default=None)
        fault = self._dated(statement, seen) if people else self._unsigned(attestation)
        if not fault:
            # Only what counts dates what follows: else a stranger's far future would silence everybody after it.
            seen = max(statement.issued_at, seen or statement.issued_at)
            steps = {
                "pin": self._on_pin,
                "inspection": self._on_inspection,
                "request": self._on_request,
                "approval": self._on_approval,
                "rejection": self._on_rejection,
                "revocation": self._on_revocation,
                "key-revocation": self._on_key_revocation,
            }
            step = steps.get(statement.type)
            fault = step(attestation, people) if step else ""
        if not fault:
            self.said.add(statement, [key for key in attestation.signed_by if not self._ended(key, attestation)])
        if seen is not None:
            self.times[attestation.id] = seen
        self.events.append(Event(attestation, people, fault))

    def _signers(self, attestation: Attestation) -> tuple[Person, ...]:
        """The people who signed it with a key that counts there."""
        counting = [key for key in attestation.signed_by if not self._ended(key, attestation)]
        owners = {person.id: person for key in counting if (person := self.policy.owner(key))}
        return tuple(owners[key] for key in sorted(owners))

    def _unsigned(self, attestation: Attestation) -> str:
        """Why nobody's signature on it counts."""
        if not attestation.signed_by:
            return "untrusted"
        return max(self._ended(key, attestation) for key in attestation.signed_by)

    def _ended(self, key: str, attestation: Attestation) -> str:
        """Why a trusted key does not count there; empty if it does."""
        expires = self.policy.limits(key).expires
        if key in self.spans and attestation.id not in self.spans[key]:
            return "key-revoked"
        if expires is not None and attestation.statement.issued_at >= expires:
            return "key-expired"
        return "repeated" if self.said.holds(attestation.statement, key) else ""

    def _dated(self, statement: Statement, seen: datetime | None) -> str:
        if statement.issued_at > self.latest:
            return "future"
        # A no counts whatever its writer's clock said: refusing one is never the cautious choice.
        late = seen is not None and statement.issued_at < seen - CLOCK_TOLERANCE
        return "backdated" if late and statement.type not in _NOES else ""

    def _on_pin(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
        signers = {person.id for person in people if person.roles & _PIN_ROLES}
        if not signers:
            return "role"
        pin = _PINS.of(attestation.id, lambda: pin_from_json(dict(attestation.statement.body)))
        if pin.name != self.name or pin.project != self.policy.project or self.digests(attestation) != [pin.digest]:
            raise IntegrityError(f"a pin of {self.name} speaks of something else", code="bad-statement")
        known = self.pins.get(pin.digest)
        same = known is not None and known.pin.references == pin.references
        if known and not same:
            # It needs other pins now: nobody has approved it with those.
            for state in self.stages.values():
                state.forget(pin.digest)
        self.pins[pin.digest] = PinRecord(
            pin=pin,
            newest=attestation.id,
            ids=(known.ids if known and same else frozenset()) | {attestation.id},
            adders=(known.adders if known else frozenset()) | signers,
            added_at=attestation.statement.issued_at,
        )
        return ""

    def _on_inspection(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
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

    def _on_request(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
        request = request_from(attestation.statement.body)
        if self.policy.stage(request.stage) is None:
            return "role"
        state = self.stages[request.stage]
        for digest in self.digests(attestation):
            if not self._is_about(request.pins, digest):
                return "unpinned"
            who = tuple(person.id for person in people)
            ask = Ask(who, attestation.statement.issued_at, request.comment, attestation.id)
            state.asked.setdefault(digest, []).append(ask)
        return ""

    def _is_about(self, pins: Mapping[str, str], digest: str) -> bool:
        """Whether somebody means the pin of a digest as it was signed."""
        record = self.pins.get(digest)
        return record is not None and pins.get(self.name) in record.ids

    def _on_approval(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
        approval = approval_from(attestation.statement.body)
        stage = self.policy.stage(approval.stage)
        voters = [person for person in people if stage and person.roles & stage.roles]
        if stage is None or not voters:
            return "role"
        faults = {self._vote(stage, approval, attestation, voters, digest) for digest in self.digests(attestation)}
        return min(faults)

    def _vote(
        self, stage: Stage, approval: Approval, attestation: Attestation, voters: list[Person], digest: str
    ) -> str:
        state = self.stages[stage.name]
        if not self._is_about(approval.pins, digest):
            return "unpinned"
        if not state.noes.get(digest, set()) <= self.ancestors[attestation.id]:
            # Its writer had not seen the no, be it answered since: of two concurrent words the cautious one holds.
            return "revoked"
        if any(digest not in self.stages[earlier.name].reached for earlier in self.policy.before(stage)):
            return "order"
        now = attestation.statement.issued_at
        end = min((end for end in (approval.until, now + stage.lasts if stage.lasts else None) if end), default=None)
        given = [Vote(person.id, now, end, attestation.id, approval.waivers) for person in voters]
        if attestation.id in self.waiting:
            state.pending.setdefault(digest, []).extend(given)
            state.together.setdefault(digest, set()).update(self.waiting[attestation.id])
            return "together"
        votes = state.votes.setdefault(digest, [])
        votes += given
        if len(counted(stage, votes, self.pins[digest].adders, now)) >= stage.approvals:
            state.reach(digest)
        return ""

    def _on_rejection(self, attestation: Attestation, people: tuple[Person, ...]) -> str:
        stage = self.policy.stage(rejection_from(attestation.statement.body).stage)
        if stage is None or not any(person.roles & stage.roles for person in people):
            return "role"
        for digest in self.digests(attestation):
            self.stages[stage.name].take_back(digest, attestation.id)
            self.stages[stage.name].rejected.add(digest)
        return ""

    def _on_revocation(self, attestation: Attestation, _people: tuple[Person, ...]) -> str:
        stage = revocation_from(attestation.statement.body).stage
        for name, state in self.stages.items():
            if stage in {None, name}:
                for digest in self.digests(attestation):
                    state.take_back(digest, attestation.id)
                    state.rejected.discard(digest)
        return ""

    def _on_key_revocation(self, attestation: Attestation, _people: tuple[Person, ...]) -> str:
        # The rules name it, or it does nothing: no signature alone ends another person's key.
        key_revocation_from(attestation.statement.body)
        return ""


def _together(seen: tuple[InspectionRecord, ...]) -> InspectionRecord:
    """Inspections that had not seen each other, as one: where branches met, the cautious word holds."""
    return InspectionRecord(
        inspection=united([item.inspection for item in seen]),
        ids=tuple(key for item in seen for key in item.ids),
        at=min(item.at for item in seen),
        people=tuple(sorted({person for item in seen for person in item.people})),
    )


def opened(name: str, envelopes: Iterable[bytes], policy: Policy, verify: VerifySignature) -> Mapping[str, Attestation]:
    """Every attestation of a model by its id, each checked for shape, signature, project and place.

    Raises:
        IntegrityError: An envelope is malformed, forged, or of another project or model.
    """
    found: dict[str, Attestation] = {}
    for envelope in envelopes:
        attestation = open_envelope(envelope, policy.keys, verify)
        statement = attestation.statement
        # A checkpoint speaks of all models and belongs beside the bytes, a deployment to the machine that it ran on.
        if statement.project != policy.project or name not in statement.parents or statement.type in OUTSIDE:
            raise IntegrityError(
                f"a {statement.type} of project {statement.project!r} lies among the evidence of {name}",
                code="foreign-evidence",
                hint="remove it: evidence counts only in the project and for the model it names",
            )
        found[attestation.id] = attestation
    return found


def replayed(
    name: str,
    found: Mapping[str, Attestation],
    policy: Policy,
    latest: datetime,
    waiting: Mapping[str, frozenset[str]],
) -> Record:
    """One model's record.

    Args:
        name: The governed name.
        found: Its attestations by id.
        policy: The present rules and keys.
        latest: What is dated later is in the future.
        waiting: Approvals of several models that wait for others of them, with the names of these.

    Raises:
        IntegrityError: A parent is missing, or a statement that counts is malformed.
    """
    limits = {key: policy.limits(key).last for key in policy.keys}
    spans = {key: past(found, name, last) for key, last in limits.items() if last is not None}
    state = _Replay(name, policy, latest, spans, waiting)
    for attestation in in_order(found, name):
        state.take(attestation)
    return Record(
        project=policy.project,
        name=name,
        events=tuple(state.events),
        pins=state.pins,
        stages=state.stages,
        inspections={digest: _together(seen) for digest, seen in state.newest.items()},
        leaves=leaves(found, name),
    )


def _companions(found: Mapping[str, Attestation], name: str) -> dict[str, tuple[Subject, ...]]:
    """What the approvals of several models name beside one of them, by the approval's id."""
    return {
        key: tuple(item for item in attestation.statement.subjects if item.name != name)
        for key, attestation in found.items()
        if attestation.statement.type == "approval" and len(attestation.statement.parents) > 1 and attestation.signed_by
    }


def _circle(name: str, ledgers: Callable[[str], Mapping[str, Attestation]]) -> dict[str, Mapping[str, Attestation]]:
    """The ledgers of a model and of all that its approvals tie it to, near or far."""
    found: dict[str, Mapping[str, Attestation]] = {}
    waiting = [name]
    while waiting:
        here = waiting.pop()
        if here not in found:
            # A name that can't be governed has no ledger; whoever signed it waits for ever.
            found[here] = ledgers(here) if is_name(here) else {}
            waiting += sorted({item.name for rest in _companions(found[here], here).values() for item in rest})
    return found


def _lacking(
    records: Mapping[str, Record], found: Mapping[str, Mapping[str, Attestation]]
) -> dict[str, frozenset[str]]:
    """The approvals of several models that move nothing in some, or took none there, with the names of these."""
    faults = {name: {event.attestation.id: event.fault for event in record.events} for name, record in records.items()}
    lacking: dict[str, set[str]] = {}
    for name in records:
        for key, rest in _companions(found[name], name).items():
            if faults[name][key] not in _VOICES:
                continue
            stage = approval_from(found[name][key].statement.body).stage
            for item in rest:
                # One that was killed lies in some of the folders only: it is nobody's word yet.
                heard = faults[item.name].get(key, "missing") in _VOICES
                if not heard or item.digest not in records[item.name].stages[stage].ever:
                    lacking.setdefault(key, set()).add(item.name)
    return {key: frozenset(names) for key, names in lacking.items()}


def replay(
    name: str,
    ledger: Callable[[str], Iterable[bytes]],
    policy: Policy,
    verify: VerifySignature,
    now: datetime,
    *,
    tolerance: timedelta = CLOCK_TOLERANCE,
) -> Record:
    """Check and replay all evidence of one model, and of those that were approved together with it.

    An approval of several models counts for all of them or for none: it moves nothing in one while it counts for
    nothing in another, or that one never reached the stage.

    Args:
        name: The governed name.
        ledger: Gives the attestations of a model in any order; the same one twice counts once.
        policy: The present rules and keys.
        verify: Checks a signature.
        now: The time of asking; an earlier time gives the record as it stood then, by claimed times.
        tolerance: How far after now evidence may be dated.

    Raises:
        IntegrityError: An envelope is malformed, forged, of another project or model, or a parent is missing.
    """
    found = _circle(name, lambda each: opened(each, ledger(each), policy, verify))
    waiting: dict[str, frozenset[str]] = {}
    while True:
        records = {each: replayed(each, items, policy, now + tolerance, waiting) for each, items in found.items()}
        lacking = _lacking(records, found)
        if lacking.keys() <= waiting.keys():
            return replace(records[name], tied=tuple(sorted(found.keys() - {name})))
        waiting |= lacking
