"""Loading without the repository: a store, a trust file, and nothing else.

The checkpoint says which digests are the heads, which evidence is the newest and how recent that is; the bundle says
why; both must agree, or one of them was rolled back. Only then are bytes fetched. What was good is kept, so that a
store that can't be reached denies nothing that its last checkpoint still allows. Nothing here opens a file, a socket or
a clock by itself, and nothing found in the store is ever taken for trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from weighbridge.core import canonical, closure, shape
from weighbridge.core.attestation import envelope_id, open_envelope
from weighbridge.core.bundle import bundle_from, bundle_key, checkpoint_key, leaves_key
from weighbridge.core.checkpoint import checkpoint_from, is_vouched
from weighbridge.core.deployment import Deployment
from weighbridge.core.digest import short
from weighbridge.core.errors import DeniedError, IntegrityError, StoreError, UsageError
from weighbridge.core.judge import deciding, judge
from weighbridge.core.ref import require_name
from weighbridge.core.replay import replay
from weighbridge.core.times import CLOCK_TOLERANCE, time_text
from weighbridge.custody.ground import fitting
from weighbridge.custody.offer import Offer, admitted
from weighbridge.custody.offered import Copies, Evidence, Heads, PublishedStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from weighbridge.core.bundle import Bundle
    from weighbridge.core.checkpoint import Checkpoint
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy, Stage
    from weighbridge.core.ports import Evaluate, Progress, Registry, VerifySignature
    from weighbridge.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """The verbs of those who only load.

    Args:
        policy: Project, rules, people and keys, from a trust file.
        published: The store.
        copies: This machine's copies.
        verify_signature: Checks a signature.
        clock: Tells the time.
        progress: Is told how far long work is.
        registry: Gives the registry by way of which a digest is asked for; None where there is none.
        evaluate: Evaluates expressions of the policy; without one, each of them denies.
        paranoid: Whether a load reads every byte, though the file was found right before and has not changed since.
    """

    policy: Policy
    published: PublishedStore
    copies: Copies
    verify_signature: VerifySignature
    clock: Callable[[], datetime]
    progress: Progress
    registry: Callable[[], Registry | None]
    evaluate: Evaluate | None = None
    paranoid: bool = False

    def load(self, name: str, stage: str | None, digest: str | None = None) -> tuple[Pin, Path]:
        """The pin and the folder of what `offer` gives.

        Raises:
            DeniedError, IntegrityError, StoreError, UsageError: As `offer`.
        """
        given = self.offer(name, stage, digest)
        return given.pin, given.folder

    def offer(self, name: str, stage: str | None, digest: str | None = None) -> Offer:
        """The head of a stage, its bytes verified now and out of every other user's reach, and on what grounds.

        Args:
            name: The governed name.
            stage: The stage; None where the trust file has only one.
            digest: These bytes and no others, all or the beginning of their digest; None for the head.

        Raises:
            DeniedError: It may not run; ``reasons`` says why.
            IntegrityError: Bytes or evidence are not what was signed, or were rolled back (code ``rolled-back``).
            StoreError: The store can't be reached, and no kept copy stands in for it.
            UsageError: There is no such stage, or the name can't be governed.
        """
        require_name(name)
        rules, now = self._stage(stage), self.clock()
        heads = self._heads(now)
        known = heads.digests(name)
        if not known:
            raise _denial(f"no model {name!r} was published by {self.policy.project}", "unknown-model")
        head = heads.head(name, rules.name) if digest is None else fitting(known, digest, name)
        # The bundles of one name say the same: without a head, any of them tells why there is none.
        evidence = self._evidence(heads, name, head or known[-1], now)
        verdict = self._verdict(evidence, rules.name, head, now)
        return self._give(evidence, verdict)

    def names(self, asked: Sequence[str] = ()) -> tuple[str, ...]:
        """The names that a command is about: those asked for, or all that were published.

        Raises:
            DeniedError: Nothing was published, or its checkpoint has expired.
            IntegrityError: The checkpoint is not what was signed, or was rolled back (code ``rolled-back``).
            StoreError: The store can't be reached, and no kept checkpoint stands in for it.
        """
        if asked:
            return tuple(dict.fromkeys(asked))
        return tuple(sorted({pin.name for pin in self._heads(self.clock()).said.pins}))

    def verdicts(self, name: str, stage: str | None) -> tuple[Checkpoint, Record, tuple[Verdict, ...]]:
        """The checkpoint, the evidence of a model, and what stages say of its heads; no bytes are asked for.

        Args:
            name: The governed name.
            stage: Only this stage; None for every one of the trust file.

        Raises:
            UsageError: There is no such stage, or the name can't be governed.
            DeniedError: Nothing of that name was published (code ``unknown-model``).
            IntegrityError: Evidence is not what was signed, or was rolled back (code ``rolled-back``).
            StoreError: The store can't be reached, and no kept copy stands in for it.
        """
        asked, now = self.policy.stages if stage is None else (self._stage(stage),), self.clock()
        heads = self._heads(now)
        known = heads.digests(require_name(name))
        if not known:
            raise _denial(f"no model {name!r} was published by {self.policy.project}", "unknown-model")
        evidence = self._evidence(heads, name, known[-1], now)
        found = tuple(self._verdict(evidence, item.name, heads.head(name, item.name), now) for item in asked)
        self._keep(evidence)
        return heads.said, evidence.record, found

    def records(self) -> tuple[Heads, tuple[Record, ...]]:
        """The heads, and the evidence of every model that was published; no bytes are asked for.

        Raises:
            DeniedError: Nothing was published (code ``unpublished``), or it has expired (code ``stale-evidence``).
            IntegrityError: Evidence is not what was signed, or was rolled back (code ``rolled-back``).
            StoreError: The store can't be reached, and no kept copy stands in for it.
        """
        now = self.clock()
        heads = self._heads(now)
        names = sorted({require_name(pin.name) for pin in heads.said.pins})
        found = [self._evidence(heads, name, heads.digests(name)[-1], now) for name in names]
        for evidence in found:
            for stage in self.policy.stages:
                self._verdict(evidence, stage.name, heads.head(evidence.record.name, stage.name), now)
            self._keep(evidence)
        return heads, tuple(evidence.record for evidence in found)

    def _keep(self, evidence: Evidence) -> None:
        """Evidence that was believed stands in where the store fails, and nothing older is believed from now on."""
        record, project = evidence.record, self.policy.project
        for digest in record.pins:
            # Each pin's bundle says the same: whichever is asked for later, it must not be an older one.
            self.copies.keep(bundle_key(project, record.name, digest), evidence.document)
        self.copies.keep(leaves_key(project, record.name), canonical.dumps(list(record.leaves)))

    def load_digest(self, digest: str) -> tuple[Pin, Path]:
        """As `load`, for a client that came by way of the registry and knows the digest only.

        `weighbridge.core.judge.deciding` says which name and stage decide.

        Raises:
            DeniedError: No name and stage let it run.
            IntegrityError: Bytes or evidence are not what was signed, or were rolled back (code ``rolled-back``).
            StoreError: The store can't be reached, and no kept copy stands in for it.
            RegistryError: The registry that led here failed.
        """
        if not self.policy.stages:
            raise _denial("the trust file has no stage", "unknown-stage")
        now = self.clock()
        heads = self._heads(now)
        known: dict[str, Evidence] = {}
        found: list[tuple[Verdict, bool]] = []
        for name in heads.names(digest):
            known[name] = self._evidence(heads, require_name(name), digest, now)
            pointing = self._pointing(name, digest)
            stages = [stage.name for stage in self.policy.stages]
            found += [(self._verdict(known[name], stage, digest, now), stage in pointing) for stage in stages]
        if not found:
            raise _denial(f"{digest} was never approved in {self.policy.project}", "unknown-digest")
        verdict = deciding(found)
        given = self._give(known[verdict.name], verdict)
        return given.pin, given.folder

    def _stage(self, name: str | None) -> Stage:
        stages = self.policy.stages
        stage = stages[0] if name is None and len(stages) == 1 else self.policy.stage(name or "")
        if stage is None:
            known = ", ".join(item.name for item in stages) or "none"
            asked = "name a stage" if name is None else f"there is no stage {name!r}"
            raise UsageError(asked, code="unknown-stage", hint=f"stages of the trust file: {known}")
        return stage

    def _pointing(self, name: str, digest: str) -> frozenset[str]:
        """The aliases of a name that a digest has in the registry."""
        registry = self.registry()
        view = registry.view(name) if registry else None
        return view.pointing(digest) if view else frozenset()

    def _give(self, evidence: Evidence, verdict: Verdict) -> Offer:
        self._keep(evidence)
        pin, given = admitted(evidence.record, verdict)
        folder = self.copies.folder(pin, self.published.read, self.progress, paranoid=self.paranoid)
        return Offer(pin, folder, given)

    def _verdict(self, evidence: Evidence, stage: str, digest: str | None, now: datetime) -> Verdict:
        """What a stage says of a digest, or of its head for None.

        Raises:
            IntegrityError: Checkpoint and bundle are not of one time (code ``rolled-back``).
        """
        heads, record = evidence.heads, evidence.record
        deployment = Deployment(self.policy.project, record.name, stage, digest)
        verdict = judge(
            record,
            deployment,
            self.policy,
            now,
            heads.age,
            self.evaluate,
            heads=closure.heads(
                lambda each: self._needed(heads, each, now), self.policy, now, heads.age, self.evaluate
            ),
        )
        if record.stages[stage].head == heads.head(record.name, stage):
            return verdict
        if evidence.is_whole and not verdict.allow:
            # Written together, they differ since this trust file counts otherwise than their writer did.
            return verdict
        if evidence.failure:
            raise evidence.failure
        raise IntegrityError(
            f"checkpoint and evidence of {record.name} in the store do not agree on the head of {stage}",
            code="rolled-back",
            hint="somebody may be publishing right now: try again in a minute; then see that the trust file has the"
            " project's own rules, and ask who wrote to the store",
            details={"checkpoint": heads.said.number, "stage": stage},
        )

    def _needed(self, heads: Heads, name: str, now: datetime) -> Record | None:
        """The evidence of a model that another one needs; None if nothing was published of it."""
        known = heads.digests(name)
        if not known:
            return None
        evidence = self._evidence(heads, name, known[-1], now)
        self._keep(evidence)
        return evidence.record

    def _ask(self, key: str) -> tuple[bytes | None, StoreError | None]:
        """A document of the store, or why there is none to be had."""
        try:
            return self.published.document(key), None
        except StoreError as error:
            return None, error

    def _heads(self, now: datetime) -> Heads:
        """The newest checkpoint, never an older one than was seen before.

        Raises:
            DeniedError: There is none, or it has expired (codes ``unpublished``, ``stale-evidence``).
            IntegrityError: It is not what a trusted key signed for this project, or was rolled back.
        """
        key = checkpoint_key(self.policy.project)
        with self.copies.exclusive(f"checkpoint-{self.policy.project}"):
            kept = self.copies.recall(key)
            fresh, failure = self._ask(key)
            envelope = kept if fresh is None else fresh
            if envelope is None and failure:
                raise failure
            if envelope is None:
                raise _denial(f"the store holds nothing that was published by {self.policy.project}", "unpublished")
            said = self._checkpoint(envelope, now)
            seen = self._number(kept) if kept is not None else 0
            if said.number < seen:
                raise IntegrityError(
                    f"the store shows checkpoint {said.number}, though {seen} was seen here before",
                    code="rolled-back",
                    hint="ask who wrote to the store: it was set back; weighbridge approve publishes a new checkpoint",
                    details={"shown": said.number, "seen": seen},
                )
            self.copies.keep(key, envelope)
        if now >= said.expires:
            raise _denial(f"the newest checkpoint expired at {time_text(said.expires)}", "stale-evidence")
        return Heads(said, max(now - said.issued_at, timedelta(0)))

    def _checkpoint(self, envelope: bytes, now: datetime) -> Checkpoint:
        found = open_envelope(envelope, self.policy.keys, self.verify_signature)
        said = checkpoint_from(found.statement)
        if not is_vouched(found, self.policy):
            raise IntegrityError(
                "the checkpoint in the store bears no signature of anybody whom the trust file trusts now",
                code="untrusted",
                hint="get the present trust file from the project's owners, and ask who wrote to the store",
                details={"keys": list(found.key_ids)},
            )
        if said.project != self.policy.project:
            raise IntegrityError(f"the checkpoint in the store is of project {said.project!r}", code="foreign-evidence")
        if said.issued_at > now + CLOCK_TOLERANCE:
            raise IntegrityError(
                f"the checkpoint is dated in the future: {time_text(said.issued_at)}",
                code="future-evidence",
                hint="correct this machine's clock, or that of whoever published it",
            )
        return said

    def _number(self, kept: bytes) -> int:
        """The number of a checkpoint that was good when it was kept; its keys may have been replaced since."""
        return checkpoint_from(open_envelope(kept, {}, self.verify_signature).statement).number

    def _evidence(self, heads: Heads, name: str, digest: str, now: datetime) -> Evidence:
        """The evidence of a model, from the store or as it was kept.

        Raises:
            IntegrityError: It is damaged, forged, cut short, or of another model.
            StoreError: It can't be had.
        """
        key = bundle_key(self.policy.project, name, digest)
        document, failure = self._ask(key)
        if document is None:
            missing = f"the store lacks the evidence of {name} {short(digest)}"
            hint = f"publish it again from the project: weighbridge approve {name}"
            failure = failure or StoreError(missing, code="remote-missing", hint=hint)
            document = self.copies.recall(key)
            if document is None:
                raise failure
        bundle = bundle_from(document)
        if (bundle.project, bundle.name) != (self.policy.project, name):
            raise IntegrityError(
                f"the evidence of {name} in the store is that of {bundle.project}/{bundle.name}",
                code="foreign-evidence",
                hint="ask who wrote to the store; weighbridge approve publishes the right one",
            )
        record = replay(name, bundle.ledger, self.policy, self.verify_signature, now)
        self._require_whole(heads.said.leaves, record, bundle, failure)
        self._require_whole(self._seen(name), record, bundle, failure)
        is_whole = heads.said.leaves[name] == record.leaves
        return Evidence(heads, record, document, is_whole, failure)

    def _seen(self, name: str) -> dict[str, tuple[str, ...]]:
        """The newest evidence of a model when it was last believed here: no later evidence is without it."""
        kept = self.copies.recall(leaves_key(self.policy.project, name))
        return {} if kept is None else {name: shape.text_list(canonical.loads(kept), "leaves")}

    @staticmethod
    def _require_whole(
        leaves: Mapping[str, tuple[str, ...]], record: Record, bundle: Bundle, failure: StoreError | None
    ) -> None:
        """See that the evidence holds all that was seen before: nobody cut a revocation off its end."""
        for name in (record.name, *record.tied):
            there = {envelope_id(envelope) for envelope in bundle.ledger(name)}
            missing = sorted(set(leaves.get(name, ())) - there)
            if missing and failure:
                raise failure
            if missing:
                raise IntegrityError(
                    f"the evidence of {name} in the store was cut short: more was seen before",
                    code="rolled-back",
                    hint="somebody may be publishing right now: try again in a minute; then ask who wrote to the store",
                    details={"missing": missing},
                )


def _denial(message: str, reason: str) -> DeniedError:
    hints = {
        "stale-evidence": "have the project's owners publish a new checkpoint: weighbridge export heads",
        "unpublished": "check WEIGHBRIDGE_STORE and the trust file's project; weighbridge approve publishes",
    }
    hint = hints.get(reason, "in the project, weighbridge status shows what is approved")
    return DeniedError(message, reasons=(reason,), hint=hint)
