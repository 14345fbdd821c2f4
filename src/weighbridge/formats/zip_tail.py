"""Zip: whether a file can be read as an archive from its end, whatever it begins with.

Readers differ in what they tolerate before the archive and behind it; here every reader's way counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.zip_end import END_BYTES, END_START, MAX_TAIL_BYTES

if TYPE_CHECKING:
    from weighbridge.formats.slice import Slice

_ENTRY_START: Final = b"PK\1\2"
_LOCATOR_START: Final = b"PK\6\7"
_LOCATOR_BYTES = 20


def ends_like_zip(whole: Slice) -> bool:
    """Whether an end record stands near the end, behind a directory where it says or where readers would find it."""
    tail_at = max(0, whole.size_bytes - 2 * MAX_TAIL_BYTES)
    tail = _read(whole, tail_at, whole.size_bytes - tail_at)
    found = tail.rfind(END_START)
    while found >= 0:
        if len(tail) - found >= END_BYTES and _has_directory(whole, tail, found, tail_at + found):
            return True
        found = tail.rfind(END_START, 0, found)
    return False


def _has_directory(whole: Slice, tail: bytes, found: int, at: int) -> bool:
    """Whether an end record's directory is there, before it or where its offset says."""
    entries, length, offset = (
        int.from_bytes(tail[found + start : found + end], "little") for start, end in ((10, 12), (12, 16), (16, 20))
    )
    if tail[max(0, found - _LOCATOR_BYTES) : found].startswith(_LOCATOR_START):
        return True
    if not entries:
        return not length and tail[found + 4 : found + END_BYTES] == bytes(18)
    return any(0 <= place < at and _read(whole, place, 4) == _ENTRY_START for place in (at - length, offset))


def _read(whole: Slice, offset: int, length: int) -> bytes:
    whole.seek(offset)
    return whole.read(length)
