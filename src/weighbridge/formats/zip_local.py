"""Zip: the header before each member and the bytes after it, which must say what the directory says.

Readers of streams follow these headers, PyTorch's reader follows the directory: what differs is a fault, listed in
`zip_directory`. Source: APPNOTE 4.3.7 and 4.3.9.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats import zip_extra
from weighbridge.formats.fault import Faults, StopError, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.window import Readable

LOCAL_START: Final = b"PK\3\4"
_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR_START: Final = b"PK\7\x08"
_FOLLOWS = 0x0008
_MAX_DESCRIPTOR = 24
_AHEAD = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """What the directory says of a member, as the local header must repeat it.

    Args:
        raw_name: The name's bytes.
        name: The name for messages.
        flags: The general purpose bits.
        method: How it is packed.
        crc: CRC-32 of its contents.
        packed_bytes: How long it is in the file.
        size_bytes: How long its contents are.
        header_at: Where its local header begins.
    """

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    header_at: int


def read_local(file: Readable, size_bytes: int, entry: Entry, faults: Faults) -> int:
    """Check the local header; give the offset of the member's contents.

    Raises:
        StopError: There is no local header.
    """
    at = entry.header_at
    raw = _bytes(file, at, min(_LOCAL.size + len(entry.raw_name) + _AHEAD, size_bytes - at))
    if len(raw) < _LOCAL.size or raw[:4] != LOCAL_START:
        raise StopError("local-header", f"{quoted(entry.name)} has no local header", max(0, min(at, size_bytes)))
    _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = _LOCAL.unpack_from(raw)
    data_at: int = at + _LOCAL.size + name_bytes + extra_bytes
    if data_at + entry.packed_bytes > size_bytes:
        raise StopError("truncated", f"{quoted(entry.name)} reaches beyond the end of the file", at)
    if data_at - at > len(raw):
        raw = _bytes(file, at, data_at - at)
    name = raw[_LOCAL.size : _LOCAL.size + name_bytes]
    if (name, flags, method) != (entry.raw_name, entry.flags, entry.method):
        faults.add("local-header", f"{quoted(entry.name)} has a local header with another name, flag or method", at)
    found = zip_extra.fields(raw[_LOCAL.size + name_bytes : data_at - at], at, faults)
    zip_extra.check_name(found, entry.name, at, faults)
    _check_sizes(entry, found, (size, packed, crc), faults)
    return data_at


def _check_sizes(entry: Entry, found: dict[int, bytes], seen: tuple[int, int, int], faults: Faults) -> None:
    size, packed, crc = seen
    if entry.flags & _FOLLOWS and not crc:
        # The sizes follow the member; a writer that knew none left zeros, in the zip64 field too.
        raw = found.get(zip_extra.ZIP64, b"")
        allowed = {0, entry.size_bytes, entry.packed_bytes, entry.header_at}
        wide = {int.from_bytes(raw[place : place + 8], "little") for place in range(0, len(raw), 8)}
        if not {size, packed} <= {0, zip_extra.FULL, entry.size_bytes, entry.packed_bytes} or not wide <= allowed:
            faults.add("local-header", f"{quoted(entry.name)} has other sizes in its local header", entry.header_at)
        return
    size, packed = zip_extra.large(found, (size, packed), entry.header_at, faults)
    if (size, packed, crc) != (entry.size_bytes, entry.packed_bytes, entry.crc):
        faults.add("local-header", f"{quoted(entry.name)} has another size or CRC in its local header", entry.header_at)


def check_layout(file: Readable, spans: Sequence[tuple[Entry, int]], end: int, faults: Faults) -> None:
    """Each member must end where the next header, or at last the directory, begins.

    Args:
        file: The archive.
        spans: Every member, with the offset of its contents.
        end: Where the directory begins.
        faults: Where faults go.
    """
    ordered = sorted(spans, key=lambda span: span[0].header_at)
    starts = [entry.header_at for entry, _ in ordered] + [end]
    if starts[0]:
        faults.add("hole", f"{starts[0]} bytes before the first member belong to nothing", 0)
    for (entry, data_at), following in zip(ordered, starts[1:], strict=True):
        data_end = data_at + entry.packed_bytes
        if data_end > following:
            faults.add("overlap", f"{quoted(entry.name)} lies over what follows it", entry.header_at)
        elif entry.flags & _FOLLOWS:
            _check_descriptor(file, entry, data_end, following - data_end, faults)
        elif data_end < following:
            faults.add("hole", f"{following - data_end} bytes after {quoted(entry.name)} belong to nothing", data_end)


def _check_descriptor(file: Readable, entry: Entry, at: int, length: int, faults: Faults) -> None:
    raw = _bytes(file, at, length) if length <= _MAX_DESCRIPTOR else b""
    for start in (_DESCRIPTOR_START, b""):
        for layout in ("<3L", "<LQQ"):
            values = (entry.crc, entry.packed_bytes, entry.size_bytes)
            fits = layout == "<LQQ" or max(values) <= zip_extra.FULL
            if fits and raw == start + struct.pack(layout, *values):
                return
    faults.add("descriptor", f"what follows {quoted(entry.name)} is not its sizes and CRC alone", at)


def _bytes(file: Readable, offset: int, length: int) -> bytes:
    if length <= 0:
        return b""
    file.seek(offset)
    return file.read(length)
