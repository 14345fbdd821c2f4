"""Verbs about the registry as a view: where it shows something else than signed state, and how it is put back.

No bytes are read and no evidence is written here. What a registry shows never decides what may run.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from weighbridge.core.divergence import (
    Code,
    Comparison,
    Divergence,
    Expected,
    ExpectedVersion,
    compare,
    without_evidence,
)
from weighbridge.core.errors import RegistryError, UsageError
from weighbridge.core.outcome import PinOutcome, Reconciliation
from weighbridge.core.ref import require_name
from weighbridge.custody.examining import Examining

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.core.pin import Pin
    from weighbridge.core.record import Record
    from weighbridge.core.registered import RegistryView

    Known = Callable[[], Mapping[str, str]]

# A registry that answers, but slowly: whoever only looks is not kept longer than this before the next model.
PATIENCE = timedelta(seconds=20)
_TAGS = frozenset({Code.TAG_DIFFERS, Code.TAG_MISSING, Code.TAG_INVENTED, Code.TAG_COPIED})
_STRAY_ALIASES = frozenset({Code.ALIAS_INVENTED, Code.ALIAS_DENIED, Code.ALIAS_LOOKALIKE})


class Reconciling(Examining):
    """The verbs that hold a registry beside signed state."""

    __slots__ = ()

    def divergences(self, asked: Sequence[str]) -> Mapping[str, tuple[Divergence, ...]]:
        """What the registry shows otherwise than signed state, by name; nothing for a model that is shown right.

        Args:
            asked: Names with evidence, also of removed models; none for all that are governed now.

        Raises:
            UsageError: There is no evidence of such a model.
            IntegrityError: A lock or the evidence is broken.
            RegistryError: The registry failed, or does not answer soon.
        """
        records = {name: self.record(name) for name in self._with_evidence(asked)}
        registered, known = self.registry().names(), self._known()
        return {name: self._beside(record, registered, known)[0] for name, record in records.items()}

    def ungoverned(self) -> tuple[Divergence, ...]:
        """Registered models without evidence here, and what diverges of models that were removed, by name.

        Raises:
            IntegrityError: A lock or the evidence is broken.
            RegistryError: The registry failed, or does not answer soon.
        """
        return self._ungoverned(self.registry().names(), self._known())

    def compared(self, records: Mapping[str, Record], *, everything: bool) -> Comparison:
        """As `divergences` and `ungoverned`, but a registry that can't be looked at is told of, not raised.

        Args:
            records: The evidence by name.
            everything: Whether to look for registered models without evidence as well.

        Raises:
            IntegrityError: A lock or the evidence is broken.
        """
        found: dict[str, tuple[Divergence, ...]] = {}
        try:
            registered, known = self.registry().names(), self._known()
            began = self.clock()
            for name, record in records.items():
                _require_speed(self.clock() - began, f"{len(found)} of {len(records)}")
                found[name], _ = self._beside(record, registered, known)
            return Comparison(found, self._ungoverned(registered, known) if everything else None)
        except RegistryError as error:
            return Comparison(found, trouble=(error.code, error.message, error.hint))

    def reconcile(self, asked: Sequence[str]) -> Reconciliation:
        """Put the view back: versions that are due, tags, stages, aliases. Nobody's version is deleted.

        No bytes are read: what was signed says all that a registry shows.

        Args:
            asked: Names with evidence, also of removed models; none for all that are governed now.

        Raises:
            UsageError: There is no evidence of such a model.
            IntegrityError: A lock or the evidence is broken.
            RegistryError: The registry failed; what was put back stays so.
        """
        pins: list[PinOutcome] = []
        restored: list[Divergence] = []
        left: list[Divergence] = []
        known = self._known()
        for name in self._with_evidence(asked):
            with self.workspace.exclusive(name):
                record = self.record(name)
                before, view = self._beside(record, None, known)
                after = before
                if any(item.code.restorable for item in before):
                    self._put_back(record, view, before)
                    after, view = self._beside(record, None, known)
            done = [item for item in before if item.code.restorable and item not in after]
            restored += done
            left += after
            versions = [(pin, view.version_of(pin.digest) if view else None) for pin in self._live(record)]
            pins += [PinOutcome(pin, bool(done), version) for pin, version in versions]
        return Reconciliation(tuple(pins), tuple(restored), tuple(left))

    def _put_back(self, record: Record, view: RegistryView | None, items: Sequence[Divergence]) -> None:
        """Versions first, then what lies on them, then what points at them."""
        registry, name, expected = self.registry(), record.name, self._expected(record, {})
        for digest in expected.due:
            if view is None or view.version_of(digest) is None:
                registry.register(record.pins[digest].pin)
        wrong = [item for item in items if item.code in _TAGS and view is not None]
        for version in dict.fromkeys(item.version for item in wrong):
            wanted = _wanted_tags(expected, version, view)
            keys = [item.tag for item in wrong if item.version == version and item.tag]
            registry.retag(name, version, {key: wanted.get(key) for key in keys})
        for item in items:
            if item.code is Code.STAGE_MOVED and item.version:
                registry.unstage(name, item.version)
            elif item.code in _STRAY_ALIASES and item.stage:
                registry.unpoint(name, item.stage)
        for stage, digest in expected.heads.items():
            registry.point(name, stage, digest)

    def _beside(
        self, record: Record, registered: Mapping[str, str] | None, known: Known
    ) -> tuple[tuple[Divergence, ...], RegistryView | None]:
        """What diverges of a model, and what the registry shows of it.

        Args:
            record: The evidence.
            registered: The registry's models where they were listed already: one that is not there is not asked for.
            known: Gives the names of the project's models by digest; only asked about a digest that is not this one's.
        """
        listed = registered is None or record.name in registered
        view = self.registry().view(record.name) if listed else None
        strange = {item.digest for item in view.versions} - record.pins.keys() - {None} if view else None
        return compare(self._expected(record, known() if strange else {}), view), view

    def _expected(self, record: Record, elsewhere: Mapping[str, str]) -> Expected:
        """What the registry should show of a model."""
        registry, live = self.registry(), {pin.digest for pin in self._live(record)}
        versions = {}
        for digest, item in record.pins.items():
            removed = digest not in live and all(digest in state.revoked for state in record.stages.values())
            tags = registry.tags(item.pin)
            versions[digest] = ExpectedVersion(
                tags={**tags.version, **(tags.removed if removed else {})},
                due=any(state.all_votes(digest) for state in record.stages.values()),
            )
        shown = [item.pin for digest, item in record.pins.items() if digest in live or not live]
        return Expected(
            project=self.policy.project,
            name=record.name,
            tags=registry.tags(shown[-1]).model if shown else {},
            versions=versions,
            verdicts=tuple(self.verdict(record, stage.name) for stage in self.policy.stages),
            legacy_stages=registry.legacy_stages,
            elsewhere=elsewhere,
        )

    def _ungoverned(self, registered: Mapping[str, str], known: Known) -> tuple[Divergence, ...]:
        found: list[Divergence] = []
        for name in sorted(registered.keys() - set(self.workspace.names())):
            if self._proven(name):
                found += self._beside(self.record(name), registered, known)[0]
            else:
                found.append(without_evidence(name, registered[name], self.policy.project))
        return tuple(found)

    def _with_evidence(self, asked: Sequence[str]) -> tuple[str, ...]:
        """The names asked for, governed now or removed; or all that are governed now."""
        for name in asked:
            if not self._proven(name):
                self.names([name])
        return tuple(dict.fromkeys(asked)) or self.names([])

    def _proven(self, name: str) -> bool:
        """Whether there is evidence of a registered model, whose name may be anybody's."""
        try:
            return bool(self.ledger.read(require_name(name)))
        except UsageError:
            return False

    def _live(self, record: Record) -> list[Pin]:
        """Signed pins that are governed now, in ledger order."""
        live = {pin.digest for pin in self.workspace.pins(record.name)}
        return [item.pin for digest, item in record.pins.items() if digest in live]

    def _known(self) -> Known:
        """Names by digest of every signed pin of the project's models, read when first asked for."""
        return cache(lambda: {digest: name for name in self.workspace.names() for digest in self.record(name).pins})


def _wanted_tags(expected: Expected, version: str | None, view: RegistryView | None) -> Mapping[str, str]:
    """The tags that a version should have, or the registered model for None; none where it is not ours."""
    if version is None:
        return expected.tags
    digest = next((item.digest for item in view.versions if item.version == version), None) if view else None
    return (expected.tags_of(digest, version, view) if view else None) or {}


def _require_speed(waited: timedelta, done: str) -> None:
    if waited > PATIENCE:
        raise RegistryError(
            f"the registry is slow: it answered about {done} models in {waited.total_seconds():.0f} s",
            code="registry-slow",
            hint="ask about fewer models at once, or give --no-registry",
        )
