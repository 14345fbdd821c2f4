"""Bytes that can be read from any offset, wherever they lie.

Nothing here knows of HTTP, and no file is read whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES = 1 << 20


class Content(Protocol):
    """A run of bytes of known size."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from start up to stop, in pieces of at most 1 MiB."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        view = memoryview(self.data)[start:stop]
        for at in range(0, len(view), CHUNK_BYTES):
            yield bytes(view[at : at + CHUNK_BYTES])


@dataclass(frozen=True, slots=True)
class Disk:
    """A file on disk, whose size was taken once."""

    path: Path
    size: int

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(start)
            left = stop - start
            while left > 0 and (piece := file.read(min(CHUNK_BYTES, left))):
                left -= len(piece)
                yield piece


@dataclass(frozen=True, slots=True)
class Flipped:
    """The same content with every bit of one byte turned over."""

    original: Content
    at: int

    @property
    def size(self) -> int:
        return self.original.size

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        for piece in self.original.pieces(start, stop):
            inside = self.at - start
            start += len(piece)
            if 0 <= inside < len(piece):
                yield piece[:inside] + bytes([piece[inside] ^ 0xFF]) + piece[inside + 1 :]
            else:
                yield piece


@dataclass(frozen=True, slots=True)
class Padded:
    """Some content, then a filler byte repeated, then an ending."""

    original: Content
    filler_bytes: int
    filler: bytes = b"A"
    ending: bytes = b""

    @property
    def size(self) -> int:
        return self.original.size + self.filler_bytes + len(self.ending)

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        head = self.original.size
        tail = head + self.filler_bytes
        if start < head:
            yield from self.original.pieces(start, min(stop, head))
        left = min(stop, tail) - max(start, head)
        while left > 0:
            yield self.filler * min(left, CHUNK_BYTES)
            left -= CHUNK_BYTES
        if stop > tail:
            yield self.ending[max(start - tail, 0) : stop - tail]


def read(content: Content) -> bytes:
    """All the bytes at once; for small content only."""
    return b"".join(content.pieces(0, content.size))
