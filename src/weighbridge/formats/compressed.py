"""Compressed files of one content: gzip (RFC 1952), zlib (RFC 1950), bzip2, xz and lzma, unpacked within a limit.

Several streams may follow each other, as the tools' own readers allow, except for zlib and lzma; anything else behind
the last one is a fault. Checksums are checked by the libraries.

Faults: `truncated`, `stream`, `trailing`, `limit`, `ratio`.

Memory: a chunk, the decoder's window (xz and lzma: at most `MAX_WINDOW_BYTES`), and what `Unpacked` says.
"""

from __future__ import annotations

import bz2
import lzma
import tempfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, Protocol

from weighbridge.formats.fault import Fault, StopError
from weighbridge.formats.kinds import Kind
from weighbridge.formats.ratio import is_bomb
from weighbridge.formats.window import CHUNK_BYTES, Readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_HELD_BYTES: Final = 16 << 20
MAX_WINDOW_BYTES: Final = 256 << 20
MAX_STREAMS = 4096
_GZIP, _ZLIB = 31, 15


class _Stream(Protocol):
    """One stream while it is unpacked, as bz2 and lzma have it."""

    @property
    def eof(self) -> bool:
        """Whether the stream came to its end."""

    @property
    def needs_input(self) -> bool:
        """Whether it gives nothing more without more input."""

    @property
    def unused_data(self) -> bytes:
        """What follows the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Unpack."""


class _Inflate:
    """zlib's decoder with the manners of the others."""

    def __init__(self, window_bits: int) -> None:
        self._stream = zlib.decompressobj(window_bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self.needs_input = not self._stream.unconsumed_tail and len(piece) < max_length
        return piece


_OPENERS: Final[dict[Kind, Callable[[], _Stream]]] = {
    Kind.GZIP: lambda: _Inflate(_GZIP),
    Kind.ZLIB: lambda: _Inflate(_ZLIB),
    Kind.BZIP2: bz2.BZ2Decompressor,
    Kind.XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MAX_WINDOW_BYTES),
    Kind.LZMA: lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, MAX_WINDOW_BYTES),
}
_SINGLE: Final = frozenset({Kind.ZLIB, Kind.LZMA})
KINDS: Final = frozenset(_OPENERS)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The content of a compressed file.

    Args:
        file: Its bytes, `MAX_HELD_BYTES` of them in memory, more in an unnamed temporary file.
        size_bytes: How many there are.
        faults: The broken rules; with one, `file` may end early.
    """

    file: IO[bytes]
    size_bytes: int
    faults: tuple[Fault, ...]


def unpack(kind: Kind, file: Readable, size_bytes: int, limit_bytes: int) -> Unpacked:
    """Unpack a file of one of `KINDS`, at most `limit_bytes` of it.

    Raises:
        OSError: The file, or a temporary one, can't be read or written.
    """
    target: IO[bytes] = tempfile.SpooledTemporaryFile(MAX_HELD_BYTES)  # noqa: SIM115 - the caller reads it
    length = 0
    faults: tuple[Fault, ...] = ()
    try:
        for piece in pieces(kind, file, size_bytes, limit_bytes):
            length += target.write(piece)
            if is_bomb(length, size_bytes):
                raise StopError("ratio", f"it unpacks to {length} bytes and more", 0)  # noqa: TRY301 - one way out
    except StopError as error:
        faults = (error.fault,)
    target.seek(0)
    return Unpacked(target, length, faults)


def pieces(kind: Kind, file: Readable, size_bytes: int, limit_bytes: int) -> Iterator[bytes]:
    """The content, piece by piece, none larger than a chunk and no more than the limit.

    Raises:
        StopError: It breaks a rule, perhaps only at the end.
    """
    at, data, streams = 0, b"", 0
    while data or at < size_bytes:
        if streams and kind in _SINGLE:
            raise StopError("trailing", f"bytes follow the {kind} stream", at - len(data))
        if streams >= MAX_STREAMS:
            raise StopError("limit", f"there are more than {MAX_STREAMS} streams", at)
        stream = _OPENERS[kind]()
        streams += 1
        start = at - len(data)
        while not stream.eof:
            if stream.needs_input and not data:
                data = _chunk(file, at, size_bytes)
                at += len(data)
                if not data:
                    raise StopError("truncated", f"the {kind} stream does not end", size_bytes)
            try:
                piece = stream.decompress(data, CHUNK_BYTES)
            except (OSError, lzma.LZMAError, zlib.error, EOFError):
                what = "stream" if streams == 1 else "trailing"
                raise StopError(what, f"the {kind} stream is broken", start) from None
            data = b""
            limit_bytes -= len(piece)
            if limit_bytes < 0:
                raise StopError("limit", "it unpacks to more bytes than are looked at", start)
            yield piece
        data = stream.unused_data


def _chunk(file: Readable, at: int, size_bytes: int) -> bytes:
    file.seek(at)
    return file.read(min(CHUNK_BYTES, size_bytes - at))
