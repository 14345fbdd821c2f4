"""Verbs that take back: revoke, reject, remove; and request, which asks for a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.approval import KeyRevocation, Rejection, Request, Revocation
from weighbridge.core.attestation import Subject
from weighbridge.core.digest import short
from weighbridge.core.errors import UsageError
from weighbridge.core.origin import is_from
from weighbridge.core.outcome import PinOutcome
from weighbridge.core.policy import LOCAL, ROLE_ADDER
from weighbridge.core.word import RevocationOutcome, WordOutcome, loads_until
from weighbridge.custody.approving import Approving
from weighbridge.custody.ground import fitting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Signer
    from weighbridge.core.record import Record


class Revoking(Approving):
    """The verbs by which people say no, or ask."""

    __slots__ = ()

    def revoke(
        self,
        asked: Sequence[str],
        *,
        digest: str | None = None,
        publisher: str | None = None,
        stage: str | None = None,
        reason: str,
        key: str | None = None,
    ) -> RevocationOutcome:
        """Take approvals back: of models, of one pin, or of all that came from a publisher, who is then kept out.

        One statement lists every digest. Registry and remote follow; those who can reach either stop at their next
        question, the others when their evidence is too old.

        Args:
            asked: Governed names; none only with ``publisher``.
            digest: One pin: all or the beginning of its digest.
            publisher: A pattern of sources, such as ``hf:org/*``, or ``hf:org`` for the same.
            stage: The stage; None for all of them.
            reason: Why, in words.
            key: The key to sign with.

        Raises:
            UsageError: No such model, pin or stage, or nothing came from the publisher (code ``no-such-publisher``).
            SigningError: The key's owner may not revoke.
            StoreError: The remote failed: it is revoked here, and the same command publishes it.
        """
        if stage is not None:
            self.stage(stage)
        signer = self.signer_for(key, self._no_roles(), "revoke approvals")
        pattern = publisher_pattern(publisher) if publisher else None
        names = self.names(asked)
        with self.alone(names):
            self.catch_up(names, insist=False)
            about = self._about(names, digest, pattern)
            due = [(record, subject) for record, subject in about if self._stands(record, subject.digest, stage)]
            if due:
                self.append("revocation", due, Revocation(stage, reason).to_body(), signer)
            touched = tuple(dict.fromkeys(record.name for record, _ in about))
            local = self.policy.trust == LOCAL
            kept_out = pattern is not None and local and self._keep_out(pattern)
            try:
                published = self.publish(touched, signer)
            finally:
                # Neither of the two that is down must keep a no from the other.
                for name in touched:
                    self._show(name)
                self._show_leaning(touched)
        return RevocationOutcome(
            subjects=tuple(subject for _, subject in about),
            stage=stage,
            reason=reason,
            changed=bool(due) or kept_out,
            published=published is not None,
            kept_out=pattern,
            by_trust_file=not local,
            until=loads_until(self.policy, stage, published.before if published else None),
        )

    def _keep_out(self, pattern: str) -> bool:
        with self.workspace.exclusive("project"):
            return self.workspace.deny_source(pattern)

    def _about(self, names: Sequence[str], digest: str | None, pattern: str | None) -> list[tuple[Record, Subject]]:
        """The pins of several models that a revocation is about."""
        found = [pair for name in names for pair in self._meant(self.record(name), digest, pattern)]
        if pattern and not found:
            raise UsageError(
                f"nothing here came from {pattern}",
                code="no-such-publisher",
                hint="weighbridge status shows where models come from; write hf:OWNER",
            )
        return found

    @staticmethod
    def _meant(record: Record, digest: str | None, pattern: str | None) -> list[tuple[Record, Subject]]:
        """The pins of a model that a revocation is about."""
        found = list(record.pins) if digest is None else [fitting(record.pins, digest, record.name)]
        return [
            (record, Subject(record.name, item))
            for item in sorted(found)
            if pattern is None or is_from(record.pins[item].pin.source, pattern)
        ]

    @staticmethod
    def _stands(record: Record, digest: str, stage: str | None) -> bool:
        """Whether some stage that is meant has not taken a digest back yet, or heard of it again since."""
        states = [state for name, state in record.stages.items() if stage in {None, name}]
        return any(
            digest not in state.revoked or digest in state.rejected or state.is_asked_or_answered(digest)
            for state in states
        )

    def _no_roles(self) -> frozenset[str]:
        """Who may take back: approvers of any stage, and who adds."""
        return frozenset({ROLE_ADDER}).union(*(stage.roles for stage in self.policy.stages))

    def reject(
        self, asked: Sequence[str], stage: str, *, reason: str, digest: str | None = None, key: str | None = None
    ) -> WordOutcome:
        """Say no to what waits for a stage: approvals given so far count no more, new ones must have seen this.

        Raises:
            UsageError: No such model, pin or stage; or it is a head already (code ``is-head``).
            SigningError: The key's owner may not approve for that stage.
        """
        rules = self.stage(stage)
        signer = self.signer_for(key, rules.roles, f"reject for {stage}")
        names = self.names(asked)
        with self.alone(names):
            self.catch_up(names, insist=False)
            found = [(self.record(name), self.candidate(name, digest)) for name in names]
            for record, pin in found:
                if pin.digest in record.stages[stage].reached:
                    raise UsageError(
                        f"{pin.name} {short(pin.digest)} was approved for {stage} already",
                        code="is-head",
                        hint=f"weighbridge revoke {pin.name} --stage {stage} --digest {pin.digest}",
                    )
            due = [(record, pin) for record, pin in found if self._is_open(record, stage, pin.digest)]
            if due:
                about = [(record, Subject(pin.name, pin.digest)) for record, pin in due]
                self.append("rejection", about, Rejection(stage, reason).to_body(), signer)
            published = self.publish(names, signer) is not None
        return WordOutcome(tuple(pin for _, pin in found), stage, reason, changed=bool(due), published=published)

    @staticmethod
    def _is_open(record: Record, stage: str, digest: str) -> bool:
        """Whether nobody said no yet, or somebody spoke for it or asked again since."""
        state = record.stages[stage]
        return digest not in state.revoked or state.is_asked_or_answered(digest)

    def request(
        self, asked: Sequence[str], stage: str, *, comment: str = "", digest: str | None = None, key: str | None = None
    ) -> WordOutcome:
        """Ask for approvals; `status` shows who asks for what. It moves nothing.

        Raises:
            UsageError: No such model, pin or stage.
            SigningError: The key is nobody's here.
        """
        self.stage(stage)
        signer = self.signer_for(key, self.policy.all_roles, f"ask for approvals for {stage}")
        names = self.names(asked)
        with self.alone(names):
            found = [(self.record(name), self.candidate(name, digest)) for name in names]
            due = [(record, pin) for record, pin in found if self._asks_anew(record, stage, pin.digest, signer)]
            if due:
                pins = {pin.name: record.pins[pin.digest].newest for record, pin in due}
                about = [(record, Subject(pin.name, pin.digest)) for record, pin in due]
                self.append("request", about, Request(stage, pins, comment).to_body(), signer)
        return WordOutcome(tuple(pin for _, pin in found), stage, comment, changed=bool(due), published=False)

    def _asks_anew(self, record: Record, stage: str, digest: str, signer: Signer) -> bool:
        """Whether this person's question is not there yet, and not answered."""
        state, person = record.stages[stage], self._person(signer)
        return digest not in state.reached and not any(person in ask.people for ask in state.asked.get(digest, ()))

    def revoke_key(self, ended: str, reason: str, *, key: str | None = None) -> str | None:
        """Mark the place in every model's ledger after which a key counts for nothing; gives the attestation's id.

        It takes effect when the rules name that id beside the key. None where there is no evidence to mark.

        Raises:
            UsageError: The rules know no such key (code ``unknown-key``).
            SigningError: The key to sign with has no role here.
        """
        if self.policy.owner(ended) is None:
            raise UsageError(
                f"no key {ended[:16]} is trusted here", code="unknown-key", hint="people in weighbridge.toml lists them"
            )
        signer = self.signer_for(key, self.policy.all_roles, "revoke keys")
        # Evidence of removed models stays, and a thief could add to it.
        names = sorted({*self.workspace.names(), *self.ledger.names()})
        with self.alone(names):
            self.catch_up(names, insist=False)
            about = self._about(names, None, None)
            if not about:
                return None
            body = KeyRevocation(ended, reason).to_body()
            return _on_top(about, body) or self.append("key-revocation", about, body, signer)

    def remove(
        self, name: str, *, digest: str | None = None, key: str | None = None, reason: str = "removed"
    ) -> tuple[PinOutcome, ...]:
        """Revoke pins everywhere, then take them out of the project; evidence and cached bytes stay.

        Raises:
            UsageError: No such model or pin.
            SigningError: No key may do it.
        """
        signer = self.signer_for(key, self._no_roles(), "remove models")
        self.names([name])
        with self.workspace.exclusive(name):
            self.catch_up([name], insist=False)
            gone = list(self.workspace.pins(name)) if digest is None else [self.candidate(name, digest)]
            self._require_unneeded(gone)
            record = self.record(name)
            subjects = [Subject(name, pin.digest) for pin in gone if pin.digest in record.pins]
            due = [(record, item) for item in subjects if self._stands(record, item.digest, None)]
            if due:
                self.append("revocation", due, Revocation(None, reason).to_body(), signer)
            self.publish([name], signer)
            if self.registry().view(name) is not None:
                for pin in gone:
                    self.registry().retire(name, pin.digest)
                self.show_heads(name)
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

    def _require_unneeded(self, gone: Sequence[Pin]) -> None:
        """See that no other live pin needs one of these."""
        names, digests = {pin.name for pin in gone}, {pin.digest for pin in gone}
        others = [pin for other in self.leaning(names) for pin in self.workspace.pins(other)]
        needing = sorted({pin.name for pin in others if not digests.isdisjoint(pin.references.values())})
        if needing:
            raise UsageError(
                f"{', '.join(needing)} can't run without it",
                code="needed",
                hint=f"weighbridge remove {needing[0]} first; weighbridge revoke takes approvals back at once",
            )


def _on_top(about: Sequence[tuple[Record, Subject]], body: Mapping[str, Json]) -> str | None:
    """The key revocation that says exactly this and is the newest evidence of every model: its writer was killed."""
    found = None
    for record, _ in about:
        event = record.events[-1]
        is_it = event.attestation.statement.type == "key-revocation" and event.attestation.statement.body == body
        if not is_it or event.fault or record.leaves != (event.attestation.id,):
            return None
        if found not in {None, event.attestation.id}:
            return None
        found = event.attestation.id
    return found


def publisher_pattern(publisher: str) -> str:
    """The pattern of all that a publisher has: ``hf:org`` stands for ``hf:org/**``.

    Raises:
        UsageError: It names no kind of source (code ``bad-publisher``).
    """
    scheme, colon, name = publisher.partition(":")
    if not scheme or not colon or not name.strip("/*"):
        raise UsageError(
            f"{publisher!r} names no publisher", code="bad-publisher", hint="write hf:OWNER, or a pattern: hf:OWNER/*"
        )
    return publisher if "*" in publisher else f"{publisher.rstrip('/')}/**"
