"""Slice: a part of an open file that reads like a file of its own, without a copy.

Every read goes to its place first, so that several slices may share one file.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.formats.window import Readable


class Slice:
    """So many bytes of a file, from a place on.

    Args:
        file: The open file.
        start: Where the part begins, in bytes.
        size_bytes: Its length.
    """

    __slots__ = ("_at", "_file", "_start", "size_bytes")

    def __init__(self, file: Readable, start: int, size_bytes: int) -> None:
        self._file = file
        self._start = start
        self._at = 0
        self.size_bytes = size_bytes

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a byte, counted as files count."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Where it is."""
        return self._at

    def read(self, length: int = -1, /) -> bytes:
        """Read at most so many bytes, all that are left if negative."""
        left = max(0, self.size_bytes - self._at)
        wanted = left if length < 0 else min(length, left)
        if not wanted:
            return b""
        self._file.seek(self._start + self._at)
        data = self._file.read(wanted)
        self._at += len(data)
        return data
