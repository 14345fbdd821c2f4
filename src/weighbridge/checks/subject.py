"""Subject: one file, or one member of an archive, under examination, with the budget that its tree shares.

Nothing here opens, follows or names files: the worker hands an open file in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.checks.notes import Notes


class Readable(Protocol):
    """An open binary file that can be read from any place."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a byte."""

    def read(self, length: int = -1, /) -> bytes:
        """Read at most so many bytes."""

    def tell(self) -> int:
        """Where it is."""


@dataclass(slots=True)
class Budget:
    """What one file may still make the examination do, archives in archives included.

    Args:
        unpacked_bytes: Bytes that may still be unpacked.
        members: Members that may still be looked at.
        depth: How deep archives may still be nested.
    """

    unpacked_bytes: int = 4 << 30
    members: int = 20_000
    depth: int = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined.

    Args:
        path: The file's manifest path.
        inside: The member's name within its archives, such as ``weights.zip!data.pkl``; empty for the file itself.
        file: The open file, positioned anywhere.
        size_bytes: Its size.
        budget: Shared by all members of one file.
        examine: Examines a member: recognises it and runs its examiner on the same notes.
    """

    path: str
    file: Readable
    size_bytes: int
    budget: Budget
    examine: Callable[[Subject, Notes], None] = field(repr=False)
    inside: str = ""

    @property
    def name(self) -> str:
        """The last part of the innermost name, in lower case."""
        return (self.inside or self.path).replace("!", "/").rpartition("/")[2].lower()

    def head(self, length: int) -> bytes:
        """The first bytes."""
        self.file.seek(0)
        return self.file.read(min(length, self.size_bytes))

    def whole(self, limit: int) -> bytes | None:
        """All bytes, or None if there are more than `limit`."""
        return None if self.size_bytes > limit else self.head(self.size_bytes)

    def member(self, name: str, file: Readable, size_bytes: int) -> Subject:
        """A member of this archive as a subject of its own."""
        inside = f"{self.inside}!{name}" if self.inside else name
        return Subject(self.path, file, size_bytes, self.budget, self.examine, inside)
