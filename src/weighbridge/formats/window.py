"""Window: bounded reads of a file of known size, never beyond its end.

It keeps one chunk and no more. It does not follow, open or name files.
"""

from __future__ import annotations

from typing import Protocol

from weighbridge.formats.fault import StopError

CHUNK_BYTES = 1 << 18


class Readable(Protocol):
    """What a parser needs of a file: it is binary, and it can be read from any place."""

    def seek(self, offset: int, /) -> int:
        """Go to a byte."""

    def read(self, length: int, /) -> bytes:
        """Read at most so many bytes."""


class Window:
    """A view of a file.

    Args:
        file: The open file; only this window may move it meanwhile.
        size_bytes: Its size.
    """

    __slots__ = ("_file", "base", "chunk", "size_bytes")

    def __init__(self, file: Readable, size_bytes: int) -> None:
        self._file = file
        self.size_bytes = size_bytes
        self.chunk = b""
        self.base = 0

    def take(self, offset: int, length: int) -> bytes:
        """Exactly so many bytes from a place.

        Raises:
            StopError: They would lie outside the file, or the file is shorter than it was said to be.
        """
        start = offset - self.base
        if start >= 0 and start + length <= len(self.chunk):
            return self.chunk[start : start + length]
        if offset < 0 or offset + length > self.size_bytes:
            raise StopError("truncated", f"{length} bytes are needed here, beyond the end of the file", offset)
        if length > CHUNK_BYTES:
            return self._read(offset, length)
        self.refill(offset)
        return self.chunk[:length]

    def refill(self, offset: int) -> None:
        """Make the chunk begin at a place.

        Raises:
            StopError: The file is shorter than it was said to be.
        """
        self.chunk = self._read(offset, min(CHUNK_BYTES, self.size_bytes - offset))
        self.base = offset

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        parts = []
        left = length
        while left:
            part = self._file.read(left)
            if not part:
                raise StopError("truncated", "the file ends earlier than its size says", offset + length - left)
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
