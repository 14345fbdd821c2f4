"""The verb approve: what people sign, having been shown it, and what follows from a quorum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Subject
from weighbridge.core.digest import short
from weighbridge.core.errors import DeniedError, SigningError, StoreError, UsageError
from weighbridge.core.judge import stage_order
from weighbridge.core.outcome import ApprovalOutcome
from weighbridge.custody.publishing import Publishing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from weighbridge.core.approval import Waiver
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Stage
    from weighbridge.core.ports import Signer
    from weighbridge.core.record import Record


class Approving(Publishing):
    """The verb by which people answer for a model."""

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
            DeniedError: A rule is against one of them, and no waiver helps (codes such as ``findings``); or somebody
                took one back and this clone had not heard of it (code ``said-no``): nothing was signed.
            IntegrityError: The bytes are not those of the pin.
            UsageError: No such stage or model, ``until`` has passed, or a waiver is about nothing that was found.
            SigningError: The key's owner may not approve here (codes ``role``, ``adder-approves``).
        """
        rules = self.stage(stage)
        if until is not None and until <= self.clock():
            raise UsageError("an approval can't end in the past", code="past", hint="give a later day to --until")
        signer = self.signer_for(key, rules.roles, f"approve for {stage}")
        names = self.names(asked)
        known = [self.record(name) for name in names]
        with self.alone(names):
            self.catch_up(names)
            pins = [self.candidate(name, digest) for name in names]
            records = {pin.name: self.record(pin.name) for pin in pins}
            for before, pin in zip(known, pins, strict=True):
                _require_heard(before, records[pin.name], pin, stage)
            self._require(pins, records, rules, signer, waivers)
            versions = {pin.name: self.registry().register(pin)[0] for pin in pins}
            due = self._unsaid(pins, records, rules, signer, until, waivers)
            if due:
                meant = {pin.name: records[pin.name].pins[pin.digest].newest for pin in due}
                approval = Approval(stage, meant, self.policy.digest, until, tuple(waivers), comment)
                about = [(records[pin.name], Subject(pin.name, pin.digest)) for pin in due]
                self.append("approval", about, approval.to_body(), signer)
            self._show_tied(names)
            for pin in pins:
                self.show_heads(pin.name)
                if waivers or not self.shown(pin, changed=False).assessment.passes:
                    self._push(pin)
            self._show_leaning(names)
            published = self.publish([pin.name for pin in pins], signer) is not None
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

    def _unsaid(
        self,
        pins: Sequence[Pin],
        records: Mapping[str, Record],
        rules: Stage,
        signer: Signer,
        until: datetime | None,
        waivers: Sequence[Waiver],
    ) -> list[Pin]:
        """The pins of which this person's approval would change anything."""
        due = [pin for pin in pins if self._vote_is_new(records[pin.name], pin, rules, signer, until, waivers)]
        names = {pin.name for pin in due}
        if until or waivers or not all(self._waits(records[pin.name], pin, rules, signer, names) for pin in due):
            return due
        return []

    def rehearse(
        self,
        asked: Sequence[str],
        stage: str,
        *,
        digest: str | None = None,
        key: str | None = None,
        waivers: Sequence[Waiver] = (),
    ) -> None:
        """Check all that `approve` checks, the hashes of every byte too, and sign nothing.

        Raises:
            WeighbridgeError: As for `approve`.
        """
        rules = self.stage(stage)
        signer = self.signer_for(key, rules.roles, f"approve for {stage}")
        pins = [self.candidate(name, digest) for name in self.names(asked)]
        self._require(pins, {pin.name: self.record(pin.name) for pin in pins}, rules, signer, waivers)

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
            self._require_order(records[pin.name], pin, rules)
            own = self.held(records[pin.name], pin, rules, self._person(signer))
            self.require_passing(records[pin.name], pin, rules, [*own, *waivers])
        for pin in pins:
            self.store.verify(pin, self.progress, algorithm="sha256")
            self.store.verify(pin, self.progress, algorithm="blake3")

    def _show(self, name: str) -> None:
        """Let the registry follow, where it knows the model."""
        if self.registry().view(name) is not None:
            self.show_heads(name)

    def _show_tied(self, names: Sequence[str]) -> None:
        """Let the registry follow for models that had waited for one of these, and reached their stage just now."""
        for name in sorted({tied for each in names for tied in self.record(each).tied}.difference(names)):
            self._show(name)

    def _show_leaning(self, names: Sequence[str]) -> None:
        """Let the registry follow for models that need one of these: they may run, or not any more."""
        for name in self.leaning(names):
            self._show(name)

    def _require_order(self, record: Record, pin: Pin, rules: Stage) -> None:
        reason = stage_order(record, self.policy, rules, pin.digest)
        if reason:
            raise DeniedError(reason.message, reasons=(reason.code,), hint=reason.hint)

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

    def _waits(self, record: Record, pin: Pin, rules: Stage, signer: Signer, names: set[str]) -> bool:
        """Whether this person approved exactly these models together already, and some of them are not there yet."""
        said = {event.attestation.id: event.attestation.statement for event in record.events}
        return any(
            vote.person == self._person(signer)
            and vote.holds(self.clock())
            and said[vote.attestation].parents.keys() == names
            for vote in record.stages[rules.name].pending.get(pin.digest, [])
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


def _require_heard(before: Record, now: Record, pin: Pin, stage: str) -> None:
    """See that no revocation or rejection came in while the command ran: its writer can't have meant to overrule it."""
    heard = before.stages[stage].noes.get(pin.digest, set())
    news = now.stages[stage].noes.get(pin.digest, set()) - heard
    for event in now.events:
        if event.attestation.id in news:
            who = " and ".join(person.id for person in event.people)
            reason = event.attestation.statement.body["reason"]
            raise DeniedError(
                f"{who} said no to {pin.name} {short(pin.digest)} meanwhile: {reason}",
                reasons=("said-no",),
                hint=f"weighbridge audit {pin.name} tells more; to approve all the same, run the same command again",
            )
