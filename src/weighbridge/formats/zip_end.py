"""Zip: the records at the end of an archive, from which readers find its directory.

Readers look for the end record in different ways; here there must be one that can be meant: the last of the file, whose
comment ends with the file. Its faults are listed in `zip_directory`. Source: APPNOTE 4.3.14 to 4.3.16.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import Faults, StopError

if TYPE_CHECKING:
    from weighbridge.formats.window import Window

END_BYTES = 22
MAX_TAIL_BYTES = END_BYTES + 0xFFFF
END_START: Final = b"PK\5\6"
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_END64_START, _LOCATOR_START = b"PK\6\6", b"PK\6\7"
_END64_REST = _END64.size - 12
_SPACE = 32


@dataclass(frozen=True, slots=True)
class End:
    """Where the directory lies.

    Args:
        entries: How many members it lists.
        directory_at: Its first byte.
        records_at: Where it ends and the end records begin.
        base: What is to be added to the offsets in it: the bytes before the archive.
    """

    entries: int
    directory_at: int
    records_at: int
    base: int


def find_end(window: Window, faults: Faults) -> End:
    """Find and check the end records.

    Raises:
        StopError: There is none, or it can't hold.
    """
    tail_at = max(0, window.size_bytes - MAX_TAIL_BYTES)
    tail = window.take(tail_at, window.size_bytes - tail_at)
    found = tail.rfind(END_START)
    if found < 0 or len(tail) - found < END_BYTES:
        raise StopError("end-record", "no end record was found", window.size_bytes)
    at = tail_at + found
    _check_tail(tail, found, at, faults)
    _, disk, first_disk, entries_here, entries, length, offset, _ = _END.unpack_from(tail, found)
    if disk or first_disk or entries_here != entries:
        raise StopError("disk", "the archive is one of several volumes", at)
    start = at
    if at >= _LOCATOR.size and window.take(at - _LOCATOR.size, 4) == _LOCATOR_START:
        start = at - _LOCATOR.size - _END64.size
        entries, length, offset = _large(window, start, (entries, length, offset), faults)
    base = start - length - offset
    if base < 0:
        raise StopError("directory", "the directory does not end where the end record begins", at)
    if base:
        faults.add("prefix", f"{base} bytes stand before the archive, or between directory and end record", 0)
    return End(entries, start - length, start, base)


def _check_tail(tail: bytes, found: int, at: int, faults: Faults) -> None:
    """Nothing may follow the comment, hide in it, or be an end record for another reader."""
    place = tail.find(END_START)
    while 0 <= place < found:
        if place + END_BYTES + int.from_bytes(tail[place + 20 : place + END_BYTES], "little") == len(tail):
            faults.add("end-record", "there are two end records", at)
        place = tail.find(END_START, place + 1)
    comment = tail[found + END_BYTES :]
    if int.from_bytes(tail[found + 20 : found + END_BYTES], "little") != len(comment):
        faults.add("end-record", "the file does not end with the end record", at)
    if any(byte < _SPACE and byte not in b"\t\r\n" for byte in comment):
        faults.add("comment", "the comment is not text", at)


def _large(window: Window, start: int, small: tuple[int, int, int], faults: Faults) -> tuple[int, int, int]:
    """The numbers of the zip64 end record, which must stand right before its locator."""
    if start < 0 or window.take(start, 4) != _END64_START:
        raise StopError("zip64", "the zip64 end record does not stand before its locator", max(0, start))
    raw = window.take(start, _END64.size + _LOCATOR.size)
    _, rest, _, _, disk, first_disk, here, entries, length, offset = _END64.unpack_from(raw)
    _, locator_disk, record_at, disks = _LOCATOR.unpack_from(raw, _END64.size)
    if disk or first_disk or locator_disk or disks > 1 or here != entries:
        raise StopError("disk", "the archive is one of several volumes", start)
    if rest != _END64_REST or record_at + max(0, start - length - offset) != start:
        faults.add("zip64", "the zip64 end record is not where its locator says, or has another length", start)
    full = (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    for value, seen, most in zip((entries, length, offset), small, full, strict=True):
        if seen not in (value, most):
            faults.add("zip64", "the two end records contradict each other", start)
    return entries, length, offset
