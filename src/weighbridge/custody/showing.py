"""Verbs that only look: status, outdated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.core.change import changes, everything
from weighbridge.core.errors import NotFoundError
from weighbridge.core.listing import retirement
from weighbridge.core.outcome import Drift, ModelStatus, Overview
from weighbridge.core.word import queue
from weighbridge.custody.keeping import replaced
from weighbridge.custody.reconciling import Reconciling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.pin import Pin
    from weighbridge.core.record import Record
    from weighbridge.core.ref import Ref


class Showing(Reconciling):
    """The verbs that change nothing."""

    __slots__ = ()

    def status(self, asked: Sequence[str]) -> tuple[ModelStatus, ...]:
        """Where models stand, from the project's own files alone.

        Raises:
            IntegrityError: A lock or the evidence is broken.
        """
        return tuple(self._standing(self.record(name)) for name in self.names(asked))

    def overview(self, asked: Sequence[str], *, registry: bool = True) -> Overview:
        """Where models stand, and what the registry shows otherwise; a registry that fails makes nothing else fail.

        Args:
            asked: Governed names; none for all, and for what else is registered.
            registry: Whether to look at the registry.

        Raises:
            IntegrityError: A lock or the evidence is broken.
        """
        records = {name: self.record(name) for name in self.names(asked)}
        models = [self._standing(record) for record in records.values()]
        if not registry:
            return Overview(tuple(models), None, "skipped")
        found = self.compared(records, everything=not asked)
        beside = tuple(replace(item, divergences=found.divergences.get(item.name)) for item in models)
        return Overview(beside, found.ungoverned, "failed" if found.trouble else "compared", found.trouble)

    def _standing(self, record: Record) -> ModelStatus:
        pins = self.signed(record.name, record)
        verdicts = tuple(self.verdict(record, stage.name) for stage in self.policy.stages)
        return ModelStatus(
            name=record.name,
            pins=pins,
            heads={item.stage: item.digest for item in verdicts if item.allow and item.digest},
            verdicts=verdicts,
            problems=self.store.problems(pins),
            waiting=queue(record, self.policy, self.clock()),
        )

    def outdated(self, asked: Sequence[str], follows: Mapping[str, Ref]) -> tuple[Drift, ...]:
        """Each model's newest pin beside what its reference names at the source now.

        Args:
            asked: Governed names; none for all.
            follows: The reference that each model follows, where it is not the pin's own.

        Raises:
            SourceError: A source can't be asked.
        """
        return tuple(self._drift(self.candidate(name), follows) for name in self.names(asked))

    def _drift(self, pin: Pin, follows: Mapping[str, Ref]) -> Drift:
        ref, today = follows.get(pin.name, pin.ref), self.clock().date()
        try:
            listing = self.source(ref).resolve(ref)
        except NotFoundError:
            day = retirement(pin.metadata)
            return Drift(pin, "gone", None, (), day, None if day is None else (day - today).days)
        differ = changes(everything(pin), listing.files)
        day = retirement(listing.metadata)
        left = None if day is None else (day - today).days
        state = "moved" if differ or listing.revision != pin.revision else "current"
        if state == "current" and left is not None and left < 1:
            state = "retired"
        if replaced(pin, listing):
            state = "replaced"
        return Drift(pin, state, listing.revision, differ, day, left)
