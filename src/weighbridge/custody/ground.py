"""What every verb stands on: the ports, and evidence read through them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core import closure
from weighbridge.core.attestation import Statement, Subject, sign
from weighbridge.core.deployment import Deployment
from weighbridge.core.digest import PREFIX, short
from weighbridge.core.errors import IntegrityError, SigningError, UsageError
from weighbridge.core.judge import judge
from weighbridge.core.policy import LOCAL
from weighbridge.core.replay import replay
from weighbridge.custody.offer import admitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from weighbridge.core.canonical import Json
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy, Stage
    from weighbridge.core.ports import (
        Evaluate,
        Inspector,
        Ledger,
        Progress,
        Registry,
        Signer,
        Source,
        Store,
        VerifySignature,
        Workspace,
    )
    from weighbridge.core.record import Record


def fitting(known: Iterable[str], digest: str, name: str) -> str:
    """The one known digest that begins so, with or without ``sha256:``.

    Raises:
        UsageError: None or several do.
    """
    start = digest.removeprefix(PREFIX)
    found = [item for item in known if start and item.removeprefix(PREFIX).startswith(start)]
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} pins of {name} fit {digest!r}",
            code="unknown-digest",
            hint=f"weighbridge status {name} lists them",
        )
    return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The ports of one project.

    Args:
        policy: Rules, people and keys.
        workspace: Locks and intents.
        sources: By scheme.
        store: Where bytes live.
        registry: Gives the registry, when a step needs it.
        ledger: Where evidence lives.
        inspector: Gives who looks into files, when a step needs it.
        signer: Gives the key with an id, or the only one for None.
        verify_signature: Checks a signature.
        clock: Tells the time.
        progress: Is told how far long work is.
        checkpoint_lasts: How long a checkpoint is worth anything.
        evaluate: Evaluates expressions of the policy; without one, each of them denies.
        paranoid: Whether a load reads every byte, though the file was found right before and has not changed since.
    """

    policy: Policy
    workspace: Workspace
    sources: Mapping[str, Source]
    store: Store
    registry: Callable[[], Registry]
    ledger: Ledger
    inspector: Callable[[], Inspector]
    signer: Callable[[str | None], Signer]
    verify_signature: VerifySignature
    clock: Callable[[], datetime]
    progress: Progress
    checkpoint_lasts: timedelta
    evaluate: Evaluate | None = None
    paranoid: bool = False

    def record(self, name: str) -> Record:
        """The evidence of a model, replayed now.

        Raises:
            IntegrityError: The evidence is forged, foreign or cut short.
        """
        return replay(name, self.ledger.read, self.policy, self.verify_signature, self.clock())

    def names(self, asked: Sequence[str]) -> tuple[str, ...]:
        """The names that a command is about: those asked for, or all.

        Raises:
            UsageError: A name is not governed here.
        """
        known = self.workspace.names()
        for name in asked:
            if name not in known:
                raise UsageError(
                    f"no model {name!r} is governed here",
                    code="unknown-model",
                    hint=f"governed: {', '.join(known) or 'none'}; to govern it: weighbridge add REF --name {name}",
                )
        return tuple(dict.fromkeys(asked)) or known

    @contextmanager
    def alone(self, names: Sequence[str]) -> Iterator[None]:
        """Let nobody else of this project work on these models; always in one order, so that nobody waits in a ring."""
        with ExitStack() as locks:
            for name in sorted(names):
                locks.enter_context(self.workspace.exclusive(name))
            yield

    def stage(self, name: str | None) -> Stage:
        """The stage of that name, or the only one for None.

        Raises:
            UsageError: There is no such stage, or there are several to choose from.
        """
        if name is None and len(self.policy.stages) == 1:
            return self.policy.stages[0]
        stage = self.policy.stage(name or "")
        if stage is None:
            known = ", ".join(item.name for item in self.policy.stages) or "none"
            asked = "name a stage" if name is None else f"there is no stage {name!r}"
            raise UsageError(asked, code="unknown-stage", hint=f"stages: {known}")
        return stage

    def signed(self, name: str, record: Record | None = None) -> tuple[Pin, ...]:
        """The live pins of a model, each exactly as signed.

        Args:
            name: The governed name.
            record: Its evidence, if it was just read.

        Raises:
            IntegrityError: The lock holds a pin that nobody trusted has signed, or not so.
        """
        record = record or self.record(name)
        pins = self.workspace.pins(name)
        for pin in pins:
            known = record.pins.get(pin.digest)
            if known is None or known.pin != pin:
                raise IntegrityError(
                    f"the lock of {name} holds {short(pin.digest)}, which no trusted key has signed so",
                    code="lock-differs",
                    hint=f"restore the lock and evidence of {name} from Git, or run weighbridge add again",
                )
        return pins

    def candidate(self, name: str, digest: str | None = None) -> Pin:
        """The live pin that is meant: the one asked for, or the newest signed one.

        Args:
            name: The governed name.
            digest: All or the beginning of a digest.

        Raises:
            UsageError: No live pin, or more than one, fits.
        """
        record = self.record(name)
        live = {pin.digest: pin for pin in self.signed(name, record)}
        if digest is None:
            pinned = [event for event in record.events if event.attestation.statement.type == "pin" and not event.fault]
            digests = [subject.digest for event in pinned for subject in event.attestation.statement.subjects]
            digest = next((known for known in reversed(digests) if known in live), "")
        return live[fitting(live, digest, name)]

    def verdict(self, record: Record, stage: str, digest: str | None = None) -> Verdict:
        """What a stage says of a model now."""
        deployment = Deployment(self.policy.project, record.name, stage, digest)
        now = self.clock()
        heads = closure.heads(self.record, self.policy, now, evaluate=self.evaluate)
        return judge(record, deployment, self.policy, now, evaluate=self.evaluate, heads=heads)

    def admit(self, name: str, stage: str | None, digest: str | None = None) -> tuple[Verdict, Pin]:
        """Whether a model may run, and the pin that may.

        Args:
            name: The governed name.
            stage: The stage; None where the project has only one.
            digest: The exact bytes; None for the head.

        Raises:
            DeniedError: It may not; ``reasons`` says why.
        """
        record = self.record(name)
        verdict = self.verdict(record, self.stage(stage).name, digest)
        return verdict, admitted(record, verdict)[0]

    def signer_for(self, key: str | None, roles: frozenset[str], what: str) -> Signer:
        """A key whose owner has one of these roles.

        Raises:
            SigningError: The key is nobody's here (code ``unknown-key``), or its owner's role does not allow it.
        """
        signer = self.signer(key)
        owner = self.policy.owner(signer.key.id)
        local = self.policy.trust == LOCAL
        if owner is None:
            here, elsewhere = "let the project trust it: weighbridge keys trust PERSON", "let the trust file name it"
            raise SigningError(
                f"key {signer.key.id[:16]} is nobody's in this project",
                code="unknown-key",
                hint=here if local else f"{elsewhere}: its owners need what weighbridge keys show prints",
            )
        limits = self.policy.limits(signer.key.id)
        ended = limits.expires is not None and self.clock() >= limits.expires
        if limits.last is not None or ended:
            did = "has expired" if ended else "was revoked"
            raise SigningError(
                f"key {signer.key.id[:16]} of {owner.id} {did}",
                code="key-expired" if ended else "key-revoked",
                hint="make another key and let the project trust it: weighbridge keys rotate",
            )
        if not owner.roles & roles:
            raise SigningError(
                f"{owner.id} may not {what}: that takes the role {' or '.join(sorted(roles))}",
                code="role",
                hint=f"roles stand under people.{owner.id} in {'weighbridge.toml' if local else 'the trust file'}",
            )
        return signer

    def append(
        self, kind: str, about: Sequence[tuple[Record, Subject]], body: Mapping[str, Json], signer: Signer
    ) -> str:
        """Sign one statement on top of the newest evidence of each model and add it to the ledger.

        Raises:
            IntegrityError: Evidence lies in the future: a clock is wrong, and nothing may build on it.
        """
        for record, _ in about:
            if any(event.fault == "future" for event in record.events):
                raise IntegrityError(
                    f"evidence of {record.name} is dated in the future",
                    code="future-evidence",
                    hint="correct this machine's clock, or wait until that time has come",
                )
        statement = Statement(
            type=kind,
            project=self.policy.project,
            subjects=tuple(sorted(subject for _, subject in about)),
            issued_at=self.clock(),
            parents={record.name: record.leaves for record, _ in about},
            body=body,
        )
        names = list(dict.fromkeys(record.name for record, _ in about))
        return self.ledger.append(names, sign(statement, signer))
