"""Verbs that tell what happened: the chain of custody of models, and whether bytes and registry are still as signed."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from weighbridge.core import closure
from weighbridge.core.audit import Audit, Checked
from weighbridge.core.deployments import deployments
from weighbridge.core.digest import PREFIX
from weighbridge.core.errors import IntegrityError, UsageError
from weighbridge.core.replay import replay
from weighbridge.core.trail import trail
from weighbridge.custody.ground import fitting
from weighbridge.custody.showing import Showing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from weighbridge.core.deployed import Run
    from weighbridge.core.deployments import Deployed
    from weighbridge.core.pin import Pin
    from weighbridge.core.record import Record
    from weighbridge.core.trail_entry import Trail


def _concerns(run: Run, trails: Iterable[Trail]) -> bool:
    """Whether a run was given what one of the trails is about, by the time that it is about."""
    given = {item.name: item.digest for item in run.models}
    return any(
        trail.name in given and trail.digest in {None, given[trail.name]} and run.started_at <= trail.at
        for trail in trails
    )


class Auditing(Showing):
    """The verbs that tell what happened."""

    __slots__ = ()

    def audit(self, name: str, *, at: datetime | None = None, digest: str | None = None) -> Trail:
        """The chain of custody of one model, now or as it stood at a time by claimed times.

        Raises:
            IntegrityError: The evidence is broken.
            UsageError: There is no evidence of such a model, though a removed one keeps its evidence; or the digest
                fits no pin, or several.
        """
        if not self.ledger.read(name):
            self.names([name])
        now = self.record(name)
        found = None if digest is None else fitting(now.pins, digest, name)
        if at is None:
            at = self.clock()
            heads = closure.heads(self.record, self.policy, at, evaluate=self.evaluate)
            return trail(now, self.policy, at, found, self.evaluate, heads=heads)

        def then(each: str) -> Record:
            return replay(each, self.ledger.read, self.policy, self.verify_signature, at, tolerance=timedelta(0))

        heads = closure.heads(then, self.policy, at, evaluate=self.evaluate)
        return trail(then(name), self.policy, at, found, self.evaluate, until=at, heads=heads)

    def audited(
        self,
        asked: Sequence[str],
        *,
        at: datetime | None = None,
        digest: str | None = None,
        verify: bool = False,
        registry: bool = True,
        runs: Iterable[bytes] = (),
    ) -> Audit:
        """The chains of several models, beside what is verified now and what the registry shows.

        Args:
            asked: Names, also of removed models; none for every model that has the digest, or for all governed now.
            at: The time that is asked about; the registry shows no other time than now, and is not asked then.
            digest: All or the beginning of the only pin that is asked about.
            verify: Whether to read the bytes of live pins and compare lock and evidence; what differs is told of.
            registry: Whether to ask the registry; one that is down is told of.
            runs: The records of runs that are kept here.

        Raises:
            IntegrityError: The evidence is broken.
            StoreError: The disk failed.
            UsageError: As for `audit`; or no model has the digest, or ``verify`` is asked for an earlier time.
        """
        if verify and at is not None:
            raise UsageError("bytes and registry are verified as they are now", hint="leave --at or --verify out")
        names = tuple(dict.fromkeys(asked)) or (self.names([]) if digest is None else self.traced(digest))
        trails = tuple(self.audit(name, at=at, digest=digest) for name in names)
        checked = tuple(item for found in trails for item in self._checked(found)) if verify else None
        ran = tuple(item for item in self._deployed(runs) if _concerns(item.run, trails))
        if not registry or at is not None:
            return Audit(trails, checked, deployments=ran)
        whole = not asked and digest is None
        compared = self.compared({name: self.record(name) for name in names}, everything=whole)
        return Audit(trails, checked, compared, ran)

    def audited_run(self, start: str, runs: Iterable[bytes]) -> Audit:
        """One run on record, and the chains of the models that it was given as they stood when it started.

        Args:
            start: All or the beginning of its id.
            runs: The records of runs that are kept here.

        Raises:
            IntegrityError: Evidence or a record is broken.
            UsageError: No run has such an id, or several have (code ``unknown-deployment``).
        """
        found = [item for item in self._deployed(runs) if start and item.run.id.startswith(start)]
        if len(found) != 1:
            raise UsageError(
                f"{len(found)} runs on record here fit {start!r}",
                code="unknown-deployment",
                hint="weighbridge audit lists them; the records of another machine are on that machine",
            )
        at, models = found[0].run.started_at, found[0].run.models
        known = [item for item in models if item.digest in self.record(item.name).pins]
        trails = tuple(self.audit(item.name, at=at, digest=item.digest) for item in known)
        return Audit(trails, deployments=tuple(found))

    def _deployed(self, runs: Iterable[bytes]) -> tuple[Deployed, ...]:
        return deployments(runs, self.policy, self.verify_signature, cache(self.record))

    def traced(self, digest: str) -> tuple[str, ...]:
        """Every model, governed now or removed, that has a signed pin whose digest begins so.

        Raises:
            IntegrityError: Evidence is broken.
            UsageError: There is none.
        """
        start = digest.removeprefix(PREFIX)
        known = {name: self.record(name).pins for name in self.ledger.names()}
        found = [
            name
            for name, pins in known.items()
            if start and any(item.removeprefix(PREFIX).startswith(start) for item in pins)
        ]
        if not found:
            raise UsageError(
                f"no model of this project has a pin {digest!r}",
                code="unknown-digest",
                hint="give all or the beginning of a digest: weighbridge status lists those that are governed now",
            )
        return tuple(found)

    def _checked(self, told: Trail) -> list[Checked]:
        """The live pins of one model, compared with what was signed."""
        try:
            pins = self.signed(told.name)
        except IntegrityError as error:
            return [Checked(told.name, None, 0, (error.message,))]
        wanted = [pin for pin in pins if told.digest in {None, pin.digest}]
        return [Checked(pin.name, pin.digest, pin.size, self._differences(pin)) for pin in wanted]

    def _differences(self, pin: Pin) -> tuple[str, ...]:
        """Every difference of a pin's bytes from what was signed."""
        try:
            self.store.verify(pin, self.progress)
        except IntegrityError as error:
            problems = error.details.get("problems")
            return tuple(map(str, problems)) if isinstance(problems, list) and problems else (error.message,)
        return ()
