"""Adopting: many models are taken in, and locks and weighbridge.toml change for all of them at once, or not at all.

Bytes, pointers and signed pins come first, model by model, as `add` has it; none of them lets anything run. Locks and
intents are collected beside the project's own, and written at the end within moments, weighbridge.toml last of all.
Whoever is killed before has a project as it was; whoever is killed between two locks has good pins, and the same
command goes on.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from weighbridge.core.errors import IntegrityError, SourceError, StoreError, UsageError
from weighbridge.custody.keeping import Keeping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from weighbridge.core.listing import Listing, RemoteFile
    from weighbridge.core.outcome import AddOutcome
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Source, Store, Workspace
    from weighbridge.core.ref import Ref
    from weighbridge.core.selection import Selection

Failure: TypeAlias = SourceError | IntegrityError | UsageError
"""What keeps one model out, and not the others."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One revision of a model that is to be pinned.

    Args:
        name: The governed name.
        ref: What to follow.
        selection: Which files to take.
        listing: What its source said when it was shown: exactly that is pinned, whatever the source says now.
    """

    name: str
    ref: Ref
    selection: Selection
    listing: Listing


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of an adoption.

    Args:
        outcomes: One for each model that was asked for, in that order; None for one that failed.
        failures: Why, by the place in that order.
        changed: Whether locks, weighbridge.toml or the pipeline changed.
    """

    outcomes: tuple[AddOutcome | None, ...]
    failures: Mapping[int, Failure]
    changed: bool


class Pending:
    """A `weighbridge.core.ports.Workspace` whose changes wait for `commit`; what it does not hold is the project's.

    Args:
        own: The project's own.
        reserved: Names that are planned: nothing else may take them.
    """

    def __init__(self, own: Workspace, reserved: Collection[str]) -> None:
        self._own = own
        self._reserved = frozenset(reserved)
        self._before: dict[str, tuple[Pin, ...]] = {}
        self._pins: dict[str, tuple[Pin, ...]] = {}
        self._intents: dict[str, Mapping[str, object] | None] = {}
        self.recall, self.remember, self.deny_source = own.recall, own.remember, own.deny_source

    def names(self) -> tuple[str, ...]:
        """Every name that has a lock, would have one, or is planned, sorted."""
        return tuple(sorted({*self._own.names(), *self._pins, *self._reserved}))

    def pins(self, name: str) -> tuple[Pin, ...]:
        """The pins that a model would have."""
        return self._pins[name] if name in self._pins else self._own.pins(name)

    def write_pins(self, name: str, pins: Sequence[Pin]) -> bool:
        """Let these wait; True if they differ from what was there."""
        before = self.pins(name)
        self._before.setdefault(name, before)
        self._pins[name] = tuple(pins)
        return self._pins[name] != before

    def write_intent(self, name: str, values: Mapping[str, object] | None) -> bool:
        """Let it wait; whether it is new shows when it is written."""
        self._intents[name] = values
        return False

    def write_intents(self, intents: Mapping[str, Mapping[str, object] | None]) -> bool:
        """Let them wait."""
        for name, values in intents.items():
            self.write_intent(name, values)
        return False

    def exclusive(self, scope: str) -> AbstractContextManager[None]:
        """As the project's own."""
        return self._own.exclusive(scope)

    def mark(self) -> tuple[dict[str, tuple[Pin, ...]], dict[str, Mapping[str, object] | None]]:
        """What waits now, for `back_to`."""
        return dict(self._pins), dict(self._intents)

    def back_to(self, mark: tuple[dict[str, tuple[Pin, ...]], dict[str, Mapping[str, object] | None]]) -> None:
        """Forget what waits since a mark was made."""
        self._pins, self._intents = dict(mark[0]), dict(mark[1])

    def commit(self, store: Store) -> bool:
        """Write all that waits; True if anything changed.

        Raises:
            UsageError: Somebody changed one of these models meanwhile (code ``changed-meanwhile``); nothing is written.
            StoreError: The disk failed; locks and weighbridge.toml are as they were.
        """
        names = sorted(self._pins)
        if not names:
            return False
        with ExitStack() as held:
            for scope in (*names, "project"):
                held.enter_context(self._own.exclusive(scope))
            found = {name: self._own.pins(name) for name in names}
            moved = [name for name in names if not _is_one_of(found[name], self._before[name], self._pins[name])]
            if moved:
                raise UsageError(
                    f"somebody changed {', '.join(moved)} meanwhile: nothing was written",
                    code="changed-meanwhile",
                    hint="run it again: what was fetched is kept",
                )
            try:
                changed = False
                for name in names:
                    changed |= self._own.write_pins(name, self._pins[name])
                changed |= store.pipeline(_live(self._own))
                return self._write_intents() or changed
            except BaseException:
                self._roll_back(found, store)
                raise

    def _write_intents(self) -> bool:
        """Try twice: if the first try fails after the file has its new content, the second one finds nothing to do."""
        try:
            return self._own.write_intents(self._intents)
        except StoreError:
            return self._own.write_intents(self._intents)

    def _roll_back(self, found: Mapping[str, Sequence[Pin]], store: Store) -> None:
        """Restore every lock and the pipeline; what the disk refuses is left to the next run."""
        for name, pins in found.items():
            with suppress(StoreError):
                self._own.write_pins(name, pins)
        with suppress(StoreError):
            store.pipeline(_live(self._own))


def _is_one_of(pins: Sequence[Pin], *others: Sequence[Pin]) -> bool:
    """Whether these are the same pins as some others, in whatever order."""
    return any(sorted(pins, key=_digest) == sorted(other, key=_digest) for other in others)


def _digest(pin: Pin) -> str:
    return pin.digest


def _live(workspace: Workspace) -> list[Pin]:
    return [pin for name in workspace.names() for pin in workspace.pins(name)]


class _Told:
    """A source that says of some references what it said before.

    Args:
        own: The source.
        said: What it said, by reference.
    """

    def __init__(self, own: Source, said: Mapping[str, Listing]) -> None:
        self._own, self._said, self.scheme = own, said, own.scheme

    def resolve(self, ref: Ref) -> Listing:
        return self._said.get(str(ref)) or self._own.resolve(ref)

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        return self._own.read(listing, file, offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged(Keeping):
    """The verbs over a `Pending` workspace: the pipeline waits as well.

    Args:
        said: What sources said before, by reference.
    """

    said: Mapping[str, Listing]

    def source(self, ref: Ref) -> Source:
        return _Told(Keeping.source(self, ref), self.said)

    def pipeline(self) -> bool:
        return False


def adopt(
    ground: Keeping,
    wanted: Sequence[Wanted],
    *,
    push: bool = True,
    key: str | None = None,
    keep_going: bool = False,
) -> Adopted:
    """Pin every model that is wanted, with what its configuration reaches for, or none of them.

    Args:
        ground: The project.
        wanted: What to pin, each under a name of its own.
        push: Whether to hand the bytes to the remote.
        key: The key to sign with.
        keep_going: Whether a model that can't be had is left out, and the others are pinned; what fails of all that one
            reaches for is never passed over.

    Raises:
        WeighbridgeError: As for `Keeping.add`; locks and weighbridge.toml are as they were.
        UsageError: Somebody changed one of the models meanwhile (code ``changed-meanwhile``).
    """
    pending = Pending(ground.workspace, [each.name for each in wanted])
    same: dict[str, Any] = {item.name: getattr(ground, item.name) for item in fields(ground)}
    said = {str(each.ref): each.listing for each in wanted}
    staged = _Staged(**{**same, "workspace": pending}, said=said)
    outcomes: list[AddOutcome | None] = []
    failures: dict[int, Failure] = {}
    for index, each in enumerate(wanted):
        mark = pending.mark()
        try:
            # Alone: what it reaches for may be wanted too, under a name that is chosen already.
            outcomes.append(staged.add(each.ref, each.name, each.selection, push=push, key=key, closure=False))
        except (SourceError, IntegrityError, UsageError) as error:
            if not keep_going:
                raise
            pending.back_to(mark)
            failures[index] = error
            outcomes.append(None)
    for index, (each, known) in enumerate(zip(wanted, outcomes, strict=True)):
        if known is not None and (known.missing or staged.links(known.pin) != known.pin.references):
            closed = staged.add(each.ref, each.name, each.selection, push=push, key=key)
            outcomes[index] = replace(closed, changed=True)
    return Adopted(tuple(outcomes), failures, pending.commit(ground.store))
