"""What a check of caches says in the end: sums, exit code, JSON.

It judges no file: `weighbridge.core.cached` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.cached import State
from weighbridge.core.errors import DeniedError, IntegrityError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.cached import Entry
    from weighbridge.core.canonical import Json


@dataclass(frozen=True, slots=True)
class CachedPlace:
    """One cache, looked through.

    Args:
        path: Its folder.
        kind: ``huggingface``, ``torch``, ``dvc`` or ``folder``.
        title: The kind, for people.
        entries: What was found, sorted by path.
        groups: For each entry, the repository or folder that people know it by.
        failures: What could not be removed, and why, by path.
    """

    path: str
    kind: str
    title: str
    entries: tuple[Entry, ...]
    groups: tuple[str, ...]
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CacheReport:
    """Caches, looked through.

    Args:
        project: Whose evidence counted.
        trust: Where keys and roles come from.
        stage: The only stage that was asked about; None for all of them.
        places: The caches.
        purge: Whether revoked files were to be removed.
        dry_run: Whether it was only to be told.
        strict: Whether what nobody approved counts as a finding.
    """

    project: str
    trust: str
    stage: str | None
    places: tuple[CachedPlace, ...]
    purge: bool = False
    dry_run: bool = False
    strict: bool = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything that was found."""
        return tuple(entry for place in self.places for entry in place.entries)

    @property
    def left(self) -> tuple[Entry, ...]:
        """Everything that is still there."""
        return tuple(entry for entry in self.entries if not entry.purged)

    @property
    def changed(self) -> bool:
        """Whether anything was removed."""
        return any(entry.purged for entry in self.entries)

    @property
    def exit_code(self) -> int:
        """20 damaged, 1 something could not be read or removed, 10 revoked (or, if strict, unapproved), else 0."""
        states = {entry.state for entry in self.left}
        if State.DAMAGED in states or any(entry.faults for entry in self.left):
            return IntegrityError.exit_code
        if State.UNREADABLE in states or any(place.failures for place in self.places):
            return WeighbridgeError.exit_code
        denied = {State.REVOKED, *({State.UNAPPROVED, State.OUTSIDE, State.UNFINISHED} if self.strict else ())}
        return DeniedError.exit_code if states & denied else 0

    def to_json(self) -> dict[str, Json]:
        """The published JSON."""
        return {
            "changed": self.changed,
            "project": self.project,
            "trust": self.trust,
            "stage": self.stage,
            "purge": self.purge,
            "dry_run": self.dry_run,
            "places": [_place(place) for place in self.places],
            "totals": {state.value: list_total(self.left, state) for state in State},
        }


def sums(entries: Iterable[Entry], state: State) -> tuple[int, int]:
    """How many files are in a state, and their bytes."""
    sizes = [entry.file.size for entry in entries if entry.state is state]
    return len(sizes), sum(sizes)


def list_total(entries: Iterable[Entry], state: State) -> dict[str, Json]:
    """The same as JSON."""
    files, size = sums(entries, state)
    return {"files": files, "size_bytes": size}


def shown(path: str) -> str:
    """A path as text: bytes of a name that are no UTF-8 are written as escapes."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _place(place: CachedPlace) -> dict[str, Json]:
    return {
        "path": shown(place.path),
        "kind": place.kind,
        "files": [_file(entry, group) for entry, group in zip(place.entries, place.groups, strict=True)],
        "failures": [{"path": shown(path), "message": message} for path, message in place.failures],
    }


def _file(entry: Entry, group: str) -> dict[str, Json]:
    file = entry.file
    problems = [*entry.faults] or [file.trouble] * bool(file.trouble)
    return {
        "path": shown(file.path),
        "group": shown(group),
        "state": entry.state.value,
        "size_bytes": file.size,
        "sha256": file.sha256 or None,
        "names": [shown(name) for name in file.names],
        "names_elsewhere": file.elsewhere,
        "problems": [shown(problem) for problem in problems],
        "pins": [
            {
                "name": known.pin.name,
                "digest": known.pin.digest,
                "revoked": known.revoked,
                "stages": {stage: code or "allowed" for stage, code in known.stages.items()},
            }
            for known in entry.pins
        ],
        "purged": entry.purged,
        "kept": entry.kept,
    }
