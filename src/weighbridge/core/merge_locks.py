"""What a merge does to the lock of one model: each pin in it must be as signed, and none may move or fall silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.core.digest import short
from weighbridge.core.errors import ConfigError, WeighbridgeError
from weighbridge.core.lock import lock_pins
from weighbridge.core.merge import MergeFinding, Tree, broken, note, refused, shown
from weighbridge.core.merge_paths import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.core.merge import Sides
    from weighbridge.core.merge_evidence import Evidence
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.core.record import Record

MAX_LOCK_BYTES: Final = 64 << 20
_RESTORE: Final = "restore the lock from the base, then run weighbridge add again"


def lock_of(tree: Tree, models: str, name: str) -> tuple[Pin, ...]:
    """The pins of a model's lock; none if it has no lock.

    Raises:
        WeighbridgeError: It can't be read as a lock.
    """
    path = f"{models}{name}/{LOCK}"
    if not tree.has(path):
        return ()
    if tree.entries[path].size_bytes > MAX_LOCK_BYTES:
        raise ConfigError(f"the lock is over {MAX_LOCK_BYTES} bytes", code="bad-lock", hint=_RESTORE)
    return lock_pins(tree.content(path))


@dataclass(frozen=True, slots=True)
class Locks:
    """The lock of one model on both sides.

    Args:
        before: The base's pins.
        after: The merge's pins; None where its lock can't be read.
        findings: What is wrong with the latter.
    """

    before: tuple[Pin, ...]
    after: tuple[Pin, ...] | None
    findings: tuple[MergeFinding, ...]


def lock_findings(sides: Sides, name: str, evidence: Evidence, policy: Policy) -> Locks:
    """Compare the locks of one model, and the merge's with what is signed."""
    path = f"{sides.models}{name}/{LOCK}"
    try:
        before = lock_of(sides.base, sides.models, name)
    except WeighbridgeError:
        before = ()
    try:
        after = lock_of(sides.merge, sides.models, name)
    except WeighbridgeError as error:
        # A lock of a newer program is nobody's attack, and nothing can be said of it.
        give = refused if isinstance(error, ConfigError) else broken
        return Locks(before, None, (give(error.code, path, shown(error.message), error.hint),))
    if path in sides.merge.entries and not sides.merge.has(path):
        # A link stands there, which is told of as such.
        return Locks(before, None, ())
    findings = [*_own(after, name, policy, path), *_dropped(before, after, evidence, policy, path)]
    signed = [item.pin for item in evidence.before.pins.values()] if evidence.before else []
    for pin in after:
        if evidence.after is not None:
            findings += _signed(pin, evidence.after, path)
        findings += _moved(pin, {item.digest: item for item in (*signed, *before)}.values(), path)
    return Locks(before, after, tuple(findings))


def _own(pins: Iterable[Pin], name: str, policy: Policy, path: str) -> Iterator[MergeFinding]:
    for pin in pins:
        if pin.name != name:
            yield broken("bad-lock", path, f"the lock of {name} holds a pin of {pin.name}", _RESTORE)
        if pin.project != policy.project:
            message = f"{short(pin.digest)} is pinned for the project {shown(pin.project)!r}"
            yield broken("foreign-pin", path, message, _RESTORE)


def _signed(pin: Pin, record: Record, path: str) -> Iterator[MergeFinding]:
    known = record.pins.get(pin.digest)
    if known is None:
        message = f"no key that the base trusts has signed the pin {short(pin.digest)}"
        yield refused("pin-unsigned", path, message, "let somebody whom the base trusts run weighbridge add")
    elif known.pin != pin:
        message = f"the pin {short(pin.digest)} is not as it was signed: {', '.join(_differences(known.pin, pin))}"
        yield broken("lock-differs", path, message, _RESTORE)


def _differences(signed: Pin, written: Pin) -> list[str]:
    old, new = signed.to_json(), written.to_json()
    return [key for key, value in old.items() if new[key] != value]


def _dropped(
    before: Iterable[Pin], after: Iterable[Pin], evidence: Evidence, policy: Policy, path: str
) -> Iterator[MergeFinding]:
    kept, record = {pin.digest for pin in after}, evidence.after or evidence.before
    for pin in before:
        if pin.digest in kept:
            continue
        stages = _running(record, policy, pin.digest) if record else ["every stage, as far as can be told"]
        if stages:
            message = f"the pin {short(pin.digest)} is gone, and still approved for {', '.join(stages)}"
            hint = f"take it back first: weighbridge remove {pin.name}"
            yield refused("pin-dropped", path, message, hint)
        else:
            yield note("pin-removed", path, f"the pin {short(pin.digest)} ({shown(pin.revision)}) is governed no more")


def _running(record: Record, policy: Policy, digest: str) -> list[str]:
    """The stages that still let it run: as their head, or as a former one where these may be asked for."""
    return [
        stage.name
        for stage in policy.stages
        if digest == (state := record.stages[stage.name]).head or (stage.allow_superseded and digest in state.reached)
    ]


def _moved(pin: Pin, known: Iterable[Pin], path: str) -> Iterator[MergeFinding]:
    """Other bytes under a revision that is pinned already."""
    for old in known:
        if (old.source, old.revision) != (pin.source, pin.revision) or old.digest == pin.digest:
            continue
        files = _other_bytes(old, pin)
        where = f"{shown(pin.source)}@{shown(pin.revision)}"
        if files:
            message = f"{where} was {short(old.digest)} and is {short(pin.digest)}: other bytes in {shown(files[0])}"
            yield refused("digest-changed", path, message, "find out who changed it: a revision does not change")
        else:
            message = f"other files of {where} are pinned: {short(pin.digest)} beside {short(old.digest)}"
            yield note("selection-changed", path, message)


def _other_bytes(old: Pin, new: Pin) -> list[str]:
    """Files of both pins whose bytes, or what the source promised of them, differ."""
    found = []
    theirs = {file.entry.path: file for file in old.files}
    promised = _promises(old)
    for file in new.files:
        other = theirs.get(file.entry.path)
        if other is not None and other.entry != file.entry:
            found.append(file.entry.path)
    for path, promise in _promises(new).items():
        was = promised.get(path, promise)
        if was.partition(":")[0] == promise.partition(":")[0] and was != promise:
            found.append(path)
    return sorted(set(found))


def _promises(pin: Pin) -> dict[str, str]:
    taken = {file.entry.path: file.promise for file in pin.files if file.promise}
    return {**{file.path: file.promise for file in pin.omitted if file.promise}, **taken}
