"""Verbs that only look: status, outdated, audit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from weighbridge.core.change import changes, everything
from weighbridge.core.errors import NotFoundError
from weighbridge.core.outcome import Drift, ModelStatus, Trail
from weighbridge.core.record import replay
from weighbridge.core.trail import trail
from weighbridge.custody.examining import Examining
from weighbridge.custody.ground import fitting
from weighbridge.custody.keeping import replaced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from weighbridge.core.ref import Ref


class Showing(Examining):
    """The verbs that change nothing."""

    __slots__ = ()

    def status(self, asked: Sequence[str]) -> tuple[ModelStatus, ...]:
        """Where models stand, from the project's own files alone.

        Raises:
            IntegrityError: A lock or the evidence is broken.
        """
        found = []
        for name in self.names(asked):
            record = self.record(name)
            pins = self.signed(name, record)
            verdicts = tuple(self.verdict(record, stage.name) for stage in self.policy.stages)
            found.append(
                ModelStatus(
                    name=name,
                    pins=pins,
                    heads={item.stage: item.digest for item in verdicts if item.allow and item.digest},
                    verdicts=verdicts,
                    problems=self.store.problems(pins),
                )
            )
        return tuple(found)

    def outdated(self, asked: Sequence[str], follows: Mapping[str, Ref]) -> tuple[Drift, ...]:
        """Each model's newest pin beside what its reference names at the source now.

        Args:
            asked: Governed names; none for all.
            follows: The reference that each model follows, where it is not the pin's own.

        Raises:
            SourceError: A source can't be asked.
        """
        found = []
        for name in self.names(asked):
            pin = self.candidate(name)
            try:
                ref = follows.get(name, pin.ref)
                listing = self.source(ref).resolve(ref)
            except NotFoundError:
                found.append(Drift(pin, "gone", None, ()))
                continue
            differ = changes(everything(pin), listing.files)
            state = "moved" if differ or listing.revision != pin.revision else "current"
            found.append(Drift(pin, "replaced" if replaced(pin, listing) else state, listing.revision, differ))
        return tuple(found)

    def audit(self, name: str, *, at: datetime | None = None, digest: str | None = None) -> Trail:
        """The chain of custody of one model, now or as it stood at a time by claimed times.

        Raises:
            IntegrityError: The evidence is broken.
            UsageError: There is no evidence of such a model, though a removed one keeps its evidence; or the digest
                fits no pin, or several.
        """
        envelopes = self.ledger.read(name)
        if not envelopes:
            self.names([name])
        now = self.record(name)
        found = None if digest is None else fitting(now.pins, digest, name)
        if at is None:
            return trail(now, self.policy, self.clock(), found, self.evaluate)
        record = replay(name, envelopes, self.policy, self.verify_signature, at, tolerance=timedelta(0))
        return trail(record, self.policy, at, found, self.evaluate)
