"""What stands beside the bytes: bundles, and the signed, numbered, expiring statement of all heads.

Several machines publish to one remote. Each takes up what the others published before it speaks, so that nothing that
was revoked elsewhere comes back; a checkpoint that names evidence which is nowhere to be had stops everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.core.attestation import Subject, envelope_id, open_envelope, sign
from weighbridge.core.bundle import Bundle, bundle_from, bundle_key, checkpoint_key
from weighbridge.core.checkpoint import Checkpoint, checkpoint_from
from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.core.lineage import past
from weighbridge.core.outcome import HeadsOutcome
from weighbridge.core.replay import opened, replay
from weighbridge.custody.waiving import Waiving

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from weighbridge.core.ports import Signer
    from weighbridge.core.record import Record

    Document: TypeAlias = tuple[str, bytes]
    """A key, and what lay there."""
    Evidence: TypeAlias = Callable[[str], tuple[bytes, ...]]
    """Every attestation of a model."""

TRIES = 3
_SEEN = "checkpoint.json"


@dataclass(frozen=True, slots=True)
class Last:
    """The checkpoint that the remote shows.

    Args:
        said: What it says.
        is_signed: Whether a key of this project signed it, even one whose time is over; else only its number is minded.
    """

    said: Checkpoint
    is_signed: bool

    def leaves(self, name: str) -> frozenset[str]:
        """Ids of the newest attestations of a model that it has seen."""
        return frozenset(self.said.leaves.get(name, ())) if self.is_signed else frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The models that it speaks of."""
        return frozenset(self.said.leaves) if self.is_signed else frozenset()


class Publishing(Waiving):
    """The verbs that speak to those who load without the repository."""

    __slots__ = ()

    def last(self) -> Last | None:
        """The newest checkpoint in the remote, or the newest that was seen here, if the remote was set back.

        None if there is none yet. What was once seen here has to be in whatever is published next, whoever wrote to the
        remote meanwhile.

        Raises:
            StoreError: There is no remote (code ``no-remote``), or it failed.
            IntegrityError: What stands there is no checkpoint of this project.
        """
        envelope = self.store.published(checkpoint_key(self.policy.project))
        seen = self.workspace.recall(_SEEN)
        found = None if envelope is None else self._read(envelope)
        before = None if seen is None else self._read(seen)
        if before and (found is None or not found.is_signed or found.said.number < before.said.number):
            number = max(before.said.number, found.said.number if found else 0)
            return replace(before, said=replace(before.said, number=number))
        if found and found.is_signed and envelope is not None:
            self.workspace.remember(_SEEN, envelope)
        return found

    def _read(self, envelope: bytes) -> Last:
        found = open_envelope(envelope, self.policy.keys, self.verify_signature)
        said = checkpoint_from(found.statement)
        if said.project != self.policy.project:
            raise IntegrityError(
                f"the checkpoint in the remote is of project {said.project!r}",
                code="foreign-evidence",
                hint="give each project a remote, or a folder of a remote, of its own",
            )
        return Last(said, bool(found.signed_by))

    def catch_up(self, names: Sequence[str], *, insist: bool = True) -> int:
        """Take in what others published of these models and is not here yet; how many attestations came.

        A remote that can't be asked changes nothing here: publishing will tell.

        Args:
            names: Governed names.
            insist: Whether a remote that lies stops the caller: who writes there must not keep a no from being signed.

        Raises:
            IntegrityError: The remote's checkpoint names evidence that is neither here nor there.
        """
        try:
            last = self.last()
            came = {name: self._missing(name, last) for name in names}
        except StoreError:
            return 0
        except IntegrityError:
            if insist:
                raise
            return 0
        for name, envelopes in came.items():
            for envelope in envelopes:
                self.ledger.append([name], envelope)
        return sum(map(len, came.values()))

    def _missing(self, name: str, last: Last | None, displaced: Iterable[Document] = ()) -> tuple[bytes, ...]:
        """The attestations that a checkpoint has seen of a model and this ledger has not."""
        here = {envelope_id(envelope) for envelope in self.ledger.read(name)}
        if last is None or last.leaves(name) <= here:
            return ()
        pinned = next(pin.digest for pin in last.said.pins if pin.name == name)
        key = bundle_key(self.policy.project, name, pinned)
        documents = [self.store.published(key), *(document for at, document in displaced if at == key)]
        there = [item for document in documents if document is not None for item in bundle_from(document).ledger(name)]
        by_id = {envelope_id(envelope): envelope for envelope in there}
        found = opened(name, there, self.policy, self.verify_signature)
        # Only what the signed checkpoint has seen comes in: who writes to the remote can lay anything beside it.
        wanted = frozenset().union(*(past(found, name, leaf) for leaf in last.leaves(name)))
        if not last.leaves(name) <= here | wanted:
            raise IntegrityError(
                f"the remote's checkpoint names evidence of {name} that is neither here nor there",
                code="evidence-lost",
                hint="git pull; if it is in no clone, docs/operations.md tells how to start from what is left",
                details={"missing": sorted(last.leaves(name) - here - wanted)},
            )
        return tuple(by_id[key] for key in sorted(wanted - here))

    def publish(self, names: Sequence[str], signer: Signer) -> HeadsOutcome | None:
        """Put the evidence of models and a new checkpoint beside the bytes; None without a remote or any pin.

        Raises:
            StoreError: The remote failed; what was signed stays signed, and the same command publishes it. With the
                code ``busy``, others published at the same moment again and again.
            IntegrityError: As `catch_up`.
        """
        # What others approve meanwhile belongs into the next checkpoint: reading the last one and writing is one step.
        with self.workspace.exclusive("project"):
            try:
                last = self.last()
            except StoreError as error:
                if error.code == "no-remote":
                    return None
                raise
            touched = set(names)
            displaced: list[Document] = []
            for _ in range(TRIES):
                ledger = self._united(last, displaced)
                records = self._records(names, last, ledger)
                if not records:
                    return None
                said, due = self._checkpoint(records, last), self._due(records, touched, last)
                bundles = {
                    bundle_key(self.policy.project, record.name, digest): self._bundle(record, ledger).to_bytes()
                    for record in due
                    for digest in record.pins
                }
                # Bundles first, so that none is ever older than the checkpoint.
                displaced += self._put(bundles)
                touched |= {record.name for record in due}
                before, last = last, self.last()
                if last != before:
                    continue
                self.store.publish(checkpoint_key(self.policy.project), sign(said.to_statement(), signer))
                last = self.last()
                if last is not None and last.said == said and self._stand(bundles):
                    return HeadsOutcome(said, before.said if before else None)
        raise StoreError(
            "others published to the remote at the same moment", code="busy", hint="run the same command again"
        )

    def _records(self, names: Sequence[str], last: Last | None, ledger: Evidence) -> list[Record]:
        """Every model of the project, with what others published of it."""
        every = {*self.workspace.names(), *names, *(last.names if last else ())}
        found = [replay(name, ledger, self.policy, self.verify_signature, self.clock()) for name in sorted(every)]
        return [record for record in found if record.pins]

    def _united(self, last: Last | None, displaced: Iterable[Document] = ()) -> Evidence:
        """The ledger with what others published beside it, read once."""
        return cache(lambda name: (*self.ledger.read(name), *self._missing(name, last, displaced)))

    @staticmethod
    def _due(records: Sequence[Record], names: Collection[str], last: Last | None) -> list[Record]:
        """Whose bundles must be written: of these models, and of all that moved or hang on one that did."""
        moved = {
            record.name
            for record in records
            if record.name in names or last is None or last.leaves(record.name) != frozenset(record.leaves)
        }
        return [record for record in records if not moved.isdisjoint({record.name, *record.tied})]

    def _put(self, documents: Mapping[str, bytes]) -> list[Document]:
        """Publish documents; gives those whose places they took, for somebody may be about to name what is in them."""
        found = []
        for key, document in documents.items():
            before = self.store.published(key)
            found += [] if before is None else [(key, before)]
            self.store.publish(key, document)
        return found

    def _stand(self, documents: Mapping[str, bytes]) -> bool:
        """Whether nobody has overwritten what was just put there."""
        return all(self.store.published(key) == document for key, document in documents.items())

    def _bundle(self, record: Record, ledger: Evidence) -> Bundle:
        """All evidence of a model and of those that are tied to it."""
        return Bundle(self.policy.project, record.name, {name: ledger(name) for name in (record.name, *record.tied)})

    def _checkpoint(self, records: Sequence[Record], last: Last | None) -> Checkpoint:
        heads: dict[str, dict[str, str]] = {}
        for record in records:
            verdicts = [self.verdict(record, stage.name) for stage in self.policy.stages]
            heads[record.name] = {item.stage: item.digest for item in verdicts if item.allow and item.digest}
        now = self.clock()
        return Checkpoint(
            project=self.policy.project,
            number=last.said.number + 1 if last else 1,
            issued_at=now,
            expires=now + self.checkpoint_lasts,
            pins=frozenset(Subject(record.name, digest) for record in records for digest in record.pins),
            heads=heads,
            leaves={record.name: record.leaves for record in records},
        )

    def export(self, name: str, *, key: str | None = None) -> tuple[Bundle, Checkpoint]:
        """All evidence of a model with a new checkpoint, as one document for those who can't reach the remote.

        Raises:
            UsageError: There is no evidence of such a model (code ``unknown-model``).
            StoreError: As `heads`.
            SigningError: As `heads`.
        """
        if not self.ledger.read(name):
            self.names([name])
        signer = self.signer_for(key, self.policy.vouching_roles, "export evidence")
        said = self._published((name,), signer)
        ledger = self._united(self.last())
        record = replay(name, ledger, self.policy, self.verify_signature, self.clock())
        checkpoint = self.store.published(checkpoint_key(self.policy.project))
        return replace(self._bundle(record, ledger), checkpoint=checkpoint), said.said

    def heads(self, *, key: str | None = None) -> HeadsOutcome:
        """Sign the statement of all heads anew and publish it: a machine that does so each day keeps evidence fresh.

        Raises:
            StoreError: There is no remote (code ``no-remote``), or it failed.
            SigningError: The key's owner has no role here.
        """
        return self._published((), self.signer_for(key, self.policy.vouching_roles, "publish the heads of stages"))

    def _published(self, names: Sequence[str], signer: Signer) -> HeadsOutcome:
        found = self.publish(names, signer)
        if found is None:
            raise StoreError(
                "there is no remote to publish to, or no signed pin to speak of",
                code="no-remote",
                hint="weighbridge status shows the pins; dvc remote add -d NAME URL makes a remote",
            )
        return found
