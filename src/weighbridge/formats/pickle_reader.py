"""A forward reader over bytes or a file that holds one chunk at a time.

It never seeks and never holds more than a chunk and the argument asked for. It does not interpret what it reads.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK_BYTES = 256 * 1024


class Readable(Protocol):
    """An open binary file; `read` gives fewer bytes than asked for when it likes, and none at the end only."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""


Source = bytes | bytearray | memoryview | Readable


class Ended(Exception):  # noqa: N818 - not an error of ours: it becomes a fault
    """The bytes ended before the argument did."""


class TooLong(Exception):  # noqa: N818 - not an error of ours: it becomes a fault
    """A line has no newline within its limit."""


def _slices(view: memoryview) -> Callable[[int], bytes]:
    position = 0

    def read(size: int) -> bytes:
        nonlocal position
        piece = bytes(view[position : position + size])
        position += len(piece)
        return piece

    return read


class Reader:
    """The bytes ahead: `buffer[position:]` and what the source still gives; `base` is the buffer's offset.

    Raises:
        OSError: Whatever the source raises; nothing else but Ended and TooLong.
    """

    __slots__ = ("_read", "base", "buffer", "position")

    def __init__(self, source: Source) -> None:
        self.base = 0
        self.position = 0
        self.buffer = source if isinstance(source, bytes) else b""
        self._read: Callable[[int], bytes] | None = None
        if isinstance(source, bytearray | memoryview):
            self._read = _slices(memoryview(source).cast("B"))
        elif not isinstance(source, bytes):
            self._read = source.read

    @property
    def offset(self) -> int:
        """The position in the whole input, in bytes."""
        return self.base + self.position

    def fill(self, size: int) -> None:
        """Make `size` bytes stand in the buffer, or raise Ended."""
        have = len(self.buffer) - self.position
        if have >= size:
            return
        pieces = [self.buffer[self.position :]]
        while have < size and self._read:
            piece = self._read(max(CHUNK_BYTES, size - have, have))
            if not piece:
                self._read = None
            pieces.append(piece)
            have += len(piece)
        self.base += self.position
        self.buffer = b"".join(pieces)
        self.position = 0
        if have < size:
            raise Ended

    def at_end(self) -> bool:
        """Whether no byte is left."""
        try:
            self.fill(1)
        except Ended:
            return True
        return False

    def take(self, size: int) -> bytes:
        """The next `size` bytes; for sizes that the format or a limit bounds."""
        end = self.position + size
        if end > len(self.buffer):
            self.fill(size)
            end = self.position + size
        piece = self.buffer[self.position : end]
        self.position = end
        return piece

    def byte(self) -> int:
        """The next byte."""
        if self.position == len(self.buffer):
            self.fill(1)
        self.position += 1
        return self.buffer[self.position - 1]

    def number(self, size: int) -> int:
        """The next `size` bytes as an unsigned little-endian integer."""
        position = self.position
        end = position + size
        if end > len(self.buffer):
            return int.from_bytes(self.take(size), "little")
        self.position = end
        return self.buffer[position] if size == 1 else int.from_bytes(self.buffer[position:end], "little")

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, not consumed."""
        self.fill(size)
        return self.buffer[self.position : self.position + size]

    def line(self, limit: int) -> bytes:
        """The bytes up to the next newline, which is consumed and not returned."""
        found = self.buffer.find(b"\n", self.position)
        while found < 0:
            have = len(self.buffer) - self.position
            if have > limit:
                raise TooLong
            self.fill(have + max(1, min(have, limit))) if self._read else self.fill(have + 1)
            found = self.buffer.find(b"\n", self.position + have)
        if found - self.position > limit:
            raise TooLong
        piece = self.buffer[self.position : found]
        self.position = found + 1
        return piece

    def skip(self, size: int) -> None:
        """Pass over `size` bytes without holding them."""
        while size > 0:
            step = min(size, len(self.buffer) - self.position) or min(size, CHUNK_BYTES)
            if step > len(self.buffer) - self.position:
                self.fill(1)
                continue
            self.position += step
            size -= step

    def skip_text(self, size: int) -> None:
        """Pass over `size` bytes of UTF-8 with surrogates, as the unpickler does, or raise UnicodeDecodeError."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        while size > 0:
            piece = self.take(min(size, CHUNK_BYTES))
            size -= len(piece)
            decoder.decode(piece, final=not size)
