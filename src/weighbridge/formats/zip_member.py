"""Zip: the contents of one member, unpacked within a limit and held against what the directory says of them.

Faults: `truncated`, `encrypted`, `method`, `deflate`, `size`, `crc`, `limit`. A member that fails gives the bytes that
came before, as a loader that does not check would see them.

Memory: a stored member is read where it lies, a deflated one is held in memory up to `MAX_HELD_BYTES`, a larger one in
an unnamed temporary file.
"""

from __future__ import annotations

import io
import tempfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from weighbridge.formats.fault import Fault, StopError, quoted
from weighbridge.formats.slice import Slice
from weighbridge.formats.window import CHUNK_BYTES, Readable
from weighbridge.formats.zip_directory import DEFLATED, STORED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.zip_directory import Member

MAX_HELD_BYTES: Final = 16 << 20
_RAW_DEFLATE = -15


@dataclass(frozen=True, slots=True)
class Content:
    """What a member holds.

    Args:
        file: Its bytes, to be read from any place.
        size_bytes: How many there are; less than the member promised if there is a fault.
        faults: The broken rules; with one, `file` may end early.
    """

    file: Slice | IO[bytes]
    size_bytes: int
    faults: tuple[Fault, ...]


def open_member(file: Readable, member: Member, limit_bytes: int) -> Content:
    """Unpack a member and check its size and CRC.

    Args:
        file: The archive; it is read through, not copied, for a stored member.
        member: One of `zip_directory.parse`.
        limit_bytes: The most that may be unpacked; stored members are not bound by it.

    Raises:
        OSError: The file, or a temporary one, can't be read or written.
    """
    stored = member.method == STORED and not member.encrypted
    target: IO[bytes] | None = None
    if not stored:
        large = MAX_HELD_BYTES < member.size_bytes <= limit_bytes
        target = tempfile.TemporaryFile() if large else io.BytesIO()  # noqa: SIM115 - the caller's
    size_bytes = 0
    faults: tuple[Fault, ...] = ()
    try:
        for piece in pieces(file, member, limit_bytes):
            size_bytes += len(piece)
            if target is not None:
                target.write(piece)
    except StopError as error:
        faults = (error.fault,)
    if target is None:
        return Content(Slice(file, member.data_at, size_bytes), size_bytes, faults)
    target.seek(0)
    return Content(target, size_bytes, faults)


def pieces(file: Readable, member: Member, limit_bytes: int) -> Iterator[bytes]:
    """The contents, piece by piece.

    Raises:
        StopError: They break a rule, perhaps only at the end.
    """
    if member.encrypted:
        raise StopError("encrypted", f"{quoted(member.name)} needs a password", member.header_at)
    if member.method not in {STORED, DEFLATED}:
        raise StopError("method", f"{quoted(member.name)} is packed by method {member.method}", member.header_at)
    if member.method == DEFLATED and member.size_bytes > limit_bytes:
        raise StopError("limit", f"{quoted(member.name)} has {member.size_bytes} bytes", member.header_at)
    crc = length = 0
    packed = _packed(file, member)
    for piece in packed if member.method == STORED else _inflated(packed, member):
        length += len(piece)
        if length > member.size_bytes:
            raise StopError("size", f"{quoted(member.name)} is longer than it should be", member.data_at)
        crc = zlib.crc32(piece, crc)
        yield piece
    if length != member.size_bytes:
        raise StopError("size", f"{quoted(member.name)} has another size than it should", member.data_at)
    if crc != member.crc:
        raise StopError("crc", f"{quoted(member.name)} has another CRC than it should", member.data_at)


def _packed(file: Readable, member: Member) -> Iterator[bytes]:
    at, end = member.data_at, member.data_at + member.packed_bytes
    while at < end:
        file.seek(at)
        piece = file.read(min(CHUNK_BYTES, end - at))
        if not piece:
            raise StopError("truncated", f"{quoted(member.name)} ends with the file", at)
        at += len(piece)
        yield piece


def _inflated(packed: Iterator[bytes], member: Member) -> Iterator[bytes]:
    """Inflate; the stream must end where the member ends."""
    stream = zlib.decompressobj(_RAW_DEFLATE)
    name = quoted(member.name)
    try:
        for left in packed:
            if stream.eof:
                raise StopError("deflate", f"{name} goes on behind its contents", member.data_at)
            piece = stream.decompress(left, CHUNK_BYTES)
            yield piece
            while stream.unconsumed_tail or len(piece) == CHUNK_BYTES:
                piece = stream.decompress(stream.unconsumed_tail, CHUNK_BYTES)
                yield piece
    except zlib.error:
        raise StopError("deflate", f"{name} can't be inflated", member.data_at) from None
    if stream.unused_data:
        raise StopError("deflate", f"{name} goes on behind its contents", member.data_at)
    if not stream.eof:
        raise StopError("deflate", f"{name} ends too early", member.data_at)
