"""A file that is larger than the disk: some real bytes, then zeros; it counts what is read of it."""

from __future__ import annotations


class HollowFile:
    """Reads like a file of `head`, then zeros without end."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._at = 0
        self.read_bytes = 0

    def seek(self, offset: int, /) -> int:
        self._at = offset
        return offset

    def read(self, length: int, /) -> bytes:
        data = self._head[self._at : self._at + length].ljust(length, b"\0")
        self._at += length
        self.read_bytes += length
        return data
