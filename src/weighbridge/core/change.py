"""What changed between two listings of files, by file. This module does not say what a change means."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.listing import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.canonical import Json
    from weighbridge.core.pin import Pin


class ChangeKind(enum.StrEnum):
    """How a file differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, order=True)
class FileChange:
    """One file that differs.

    Args:
        path: The file.
        kind: How.
        before_bytes: Its size before; None if it was not there.
        after_bytes: Its size after; None if it is not there.
    """

    path: str
    kind: ChangeKind
    before_bytes: int | None
    after_bytes: int | None

    def to_json(self) -> dict[str, Json]:
        """The change's published JSON."""
        return {
            "path": self.path,
            "kind": str(self.kind),
            "before_bytes": self.before_bytes,
            "after_bytes": self.after_bytes,
        }


def changes(before: Iterable[RemoteFile], after: Iterable[RemoteFile]) -> tuple[FileChange, ...]:
    """What differs between two listings, sorted by path; files are compared by size and promise."""
    old, new = {file.path: file for file in before}, {file.path: file for file in after}
    found = []
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was is None and now is not None:
            found.append(FileChange(path, ChangeKind.ADDED, None, now.size))
        elif was is not None and now is None:
            found.append(FileChange(path, ChangeKind.REMOVED, was.size, None))
        elif was is not None and now is not None and (was.size, was.promise) != (now.size, now.promise):
            found.append(FileChange(path, ChangeKind.CHANGED, was.size, now.size))
    return tuple(found)


def governed(pin: Pin) -> tuple[RemoteFile, ...]:
    """The files of a pin by their own hashes, so that pins of several sources can be compared."""
    return tuple(RemoteFile(file.entry.path, file.entry.size, f"sha256:{file.entry.sha256}") for file in pin.files)


def everything(pin: Pin) -> tuple[RemoteFile, ...]:
    """All that the source had at a pin's revision, governed or left out."""
    taken = tuple(RemoteFile(file.entry.path, file.entry.size, file.promise) for file in pin.files)
    return taken + pin.omitted
