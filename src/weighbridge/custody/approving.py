"""Verbs of people: approve, remove. What they sign is published beside the bytes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from weighbridge.core.approval import Approval, Revocation
from weighbridge.core.attestation import Subject, open_envelope, sign
from weighbridge.core.bundle import Bundle, bundle_key, checkpoint_key
from weighbridge.core.checkpoint import Checkpoint, checkpoint_from
from weighbridge.core.errors import SigningError, StoreError, UsageError
from weighbridge.core.outcome import ApprovalOutcome, PinOutcome
from weighbridge.core.policy import ROLE_ADDER
from weighbridge.custody.waiving import Waiving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from weighbridge.core.approval import Waiver
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Stage
    from weighbridge.core.ports import Signer
    from weighbridge.core.record import Record


class Approving(Waiving):
    """The verbs by which people answer for a model."""

    __slots__ = ()

    def approve(
        self,
        asked: Sequence[str],
        stage: str,
        *,
        digest: str | None = None,
        key: str | None = None,
        until: datetime | None = None,
        comment: str = "",
        waivers: Sequence[Waiver] = (),
    ) -> tuple[ApprovalOutcome, ...]:
        """Recompute the hashes of the bytes, sign one approval for all named models, and show the new heads.

        Raises:
            DeniedError: A rule is against one of them, and no waiver helps (codes such as ``findings``).
            IntegrityError: The bytes are not those of the pin.
            UsageError: No such stage or model, ``until`` has passed, or a waiver is about nothing that was found.
            SigningError: The key's owner may not approve here (codes ``role``, ``adder-approves``).
        """
        rules = self.stage(stage)
        if until is not None and until <= self.clock():
            raise UsageError("an approval can't end in the past", code="past", hint="give a later day to --until")
        signer = self.signer_for(key, rules.roles, f"approve for {stage}")
        names = self.names(asked)
        with ExitStack() as locks:
            for name in sorted(names):
                locks.enter_context(self.workspace.exclusive(name))
            pins = [self.candidate(name, digest) for name in names]
            records = {pin.name: self.record(pin.name) for pin in pins}
            self._require(pins, records, rules, signer, waivers)
            versions = {pin.name: self.registry().register(pin)[0] for pin in pins}
            due = [pin for pin in pins if self._vote_is_new(records[pin.name], pin, rules, signer, until, waivers)]
            if due:
                approval = Approval(
                    stage=stage,
                    pins={pin.name: records[pin.name].pins[pin.digest].newest for pin in due},
                    policy=self.policy.digest,
                    until=until,
                    waivers=tuple(waivers),
                    comment=comment,
                )
                about = [(records[pin.name], Subject(pin.name, pin.digest)) for pin in due]
                self.append("approval", about, approval.to_body(), signer)
            for pin in pins:
                self.show_heads(pin.name)
                if waivers or not self.shown(pin, changed=False).assessment.passes:
                    self._push(pin)
            published = self.publish([pin.name for pin in pins], signer)
        return tuple(
            ApprovalOutcome(
                pin,
                changed=pin in due,
                verdict=self.verdict(self.record(pin.name), stage, pin.digest),
                version=versions[pin.name],
                published=published,
            )
            for pin in pins
        )

    def _require(
        self,
        pins: Sequence[Pin],
        records: Mapping[str, Record],
        rules: Stage,
        signer: Signer,
        waivers: Sequence[Waiver],
    ) -> None:
        """See that the signer may approve these pins, that the rules let them pass, and that the bytes are theirs."""
        self.require_findings([(records[pin.name], pin) for pin in pins], waivers)
        for pin in pins:
            self._may_approve(records[pin.name], pin, rules, signer)
            own = self.held(records[pin.name], pin, rules, self._person(signer))
            self.require_passing(records[pin.name], pin, rules, [*own, *waivers])
        for pin in pins:
            self.store.verify(pin, self.progress, algorithm="sha256")
            self.store.verify(pin, self.progress, algorithm="blake3")

    def _person(self, signer: Signer) -> str:
        owner = self.policy.owner(signer.key.id)
        return owner.id if owner else ""

    def _push(self, pin: Pin) -> None:
        """What `add` kept from the remote may go there once people waive the findings, or the stage's rules differ."""
        try:
            self.store.push(pin, self.progress)
        except StoreError as error:
            if error.code != "no-remote":
                raise

    def _may_approve(self, record: Record, pin: Pin, rules: Stage, signer: Signer) -> None:
        owner = self.policy.owner(signer.key.id)
        if owner and not rules.adder_may_approve and owner.id in record.pins[pin.digest].adders:
            raise SigningError(
                f"{owner.id} added {pin.name} and may not approve it for {rules.name}",
                code="adder-approves",
                hint=f"ask a colleague; stages.{rules.name}.adder_may_approve decides",
            )

    def _vote_is_new(
        self,
        record: Record,
        pin: Pin,
        rules: Stage,
        signer: Signer,
        until: datetime | None,
        waivers: Sequence[Waiver],
    ) -> bool:
        """Whether this person's approval would change anything."""
        person = self._person(signer)
        held = [
            vote
            for vote in record.stages[rules.name].votes.get(pin.digest, [])
            if person and vote.person == person and vote.holds(self.clock())
        ]
        moves = not held or (until is not None and held[-1].until != until)
        return moves or not set(waivers) <= set(self.held(record, pin, rules, person))

    def remove(
        self, name: str, *, digest: str | None = None, key: str | None = None, reason: str = "removed"
    ) -> tuple[PinOutcome, ...]:
        """Revoke pins everywhere, then take them out of the project; evidence and cached bytes stay.

        Raises:
            UsageError: No such model or pin.
            SigningError: No key may do it.
        """
        signer = self.signer_for(key, frozenset({ROLE_ADDER, *self._approver_roles()}), "remove models")
        self.names([name])
        with self.workspace.exclusive(name):
            gone = list(self.workspace.pins(name)) if digest is None else [self.candidate(name, digest)]
            record = self.record(name)
            known = [pin for pin in gone if pin.digest in record.pins]
            for pin in known:
                self._revoke(name, pin, signer, reason)
            if self.registry().view(name) is not None:
                for pin in gone:
                    self.registry().retire(name, pin.digest)
                self.show_heads(name)
            self.publish([name], signer)
            for pin in gone:
                self.store.remove(pin)
            left = [pin for pin in self.workspace.pins(name) if pin not in gone]
            with self.workspace.exclusive("project"):
                others = [other for other in self.workspace.names() if other != name]
                self.store.pipeline([*left, *(pin for other in others for pin in self.workspace.pins(other))])
                if not left:
                    self.workspace.write_intent(name, None)
                self.workspace.write_pins(name, left)
        return tuple(PinOutcome(pin, changed=True) for pin in gone)

    def _approver_roles(self) -> frozenset[str]:
        return frozenset().union(*(stage.roles for stage in self.policy.stages))

    def _revoke(self, name: str, pin: Pin, signer: Signer, reason: str) -> None:
        record = self.record(name)
        if any(pin.digest not in state.revoked for state in record.stages.values()):
            body = Revocation(None, reason).to_body()
            self.append("revocation", [(record, Subject(name, pin.digest))], body, signer)

    def publish(self, names: Sequence[str], signer: Signer) -> bool:
        """Put the evidence of models and a new checkpoint beside the bytes; False where there is no remote.

        Raises:
            StoreError: The remote failed; what was signed stays signed, and the same command publishes it.
        """
        # What others approve meanwhile belongs into the next checkpoint: reading the last one and writing is one step.
        with self.workspace.exclusive("project"):
            try:
                before = self.store.published(checkpoint_key(self.policy.project))
            except StoreError as error:
                if error.code == "no-remote":
                    return False
                raise
            records = [self.record(name) for name in sorted({*self.workspace.names(), *names})]
            checkpoint = sign(self._checkpoint(records, before).to_statement(), signer)
            for record in records:
                bundle = Bundle(self.policy.project, record.name, self.ledger.read(record.name), checkpoint).to_bytes()
                for digest in record.pins:
                    self.store.publish(bundle_key(self.policy.project, record.name, digest), bundle)
            self.store.publish(checkpoint_key(self.policy.project), checkpoint)
            return True

    def _checkpoint(self, records: Sequence[Record], before: bytes | None) -> Checkpoint:
        number = 1
        if before is not None:
            known = open_envelope(before, self.policy.keys, self.verify_signature)
            number = checkpoint_from(known.statement).number + 1
        heads: dict[str, dict[str, str]] = {}
        for record in records:
            verdicts = [self.verdict(record, stage.name) for stage in self.policy.stages]
            heads[record.name] = {item.stage: item.digest for item in verdicts if item.allow and item.digest}
        now = self.clock()
        return Checkpoint(
            project=self.policy.project,
            number=number,
            issued_at=now,
            expires=now + self.checkpoint_lasts,
            pins=frozenset(Subject(record.name, digest) for record in records for digest in record.pins),
            heads=heads,
        )
