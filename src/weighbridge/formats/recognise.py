"""Recognise a file's format by its content; the name only breaks ties between texts, and names broken files.

The order matters where bytes fit two formats: those that prove themselves by arithmetic come first (safetensors, tar),
then magic, then text, then what has no magic at all. A file that is two things at once is for `polyglot` to find.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Final

from weighbridge.formats import (
    magic,
    recognise_pickle,
    recognise_protobuf,
    recognise_text,
    recognise_zip,
    tar_header,
)
from weighbridge.formats.kinds import Kind
from weighbridge.formats.promises import contradiction
from weighbridge.formats.records import is_msgpack, is_tfrecord
from weighbridge.formats.slice import Slice
from weighbridge.formats.zip_tail import ends_like_zip

if TYPE_CHECKING:
    from weighbridge.formats.window import Readable

__all__ = ["contradiction", "recognise"]

_HEAD_BYTES = 1 << 16
_FEW_BYTES = 8
# joblib's first compressed format: a length in hexadecimal letters stands before the zlib stream, which may be letters.
_JOBLIB_ZLIB = b"ZF0x"
_MAX_SAFETENSORS_HEADER = 100_000_000
_BY_NAME_WHEN_BROKEN: Final = {".safetensors": Kind.SAFETENSORS, ".onnx": Kind.ONNX}


def recognise(file: Readable, size_bytes: int, name: str) -> Kind:
    """What a file is.

    Args:
        file: The open file.
        size_bytes: Its size.
        name: The last part of its name, in lower case.

    Raises:
        OSError: The file can't be read; nothing in it raises.
    """
    if not size_bytes:
        return Kind.EMPTY
    file.seek(0)
    head = file.read(min(_HEAD_BYTES, size_bytes))
    return (
        _proven(file, size_bytes, head, name)
        or _compressed(head, size_bytes)
        or _told(file, size_bytes, head, name)
        or recognise_protobuf.kind_of(file, size_bytes, name)
        or _records(head)
        or _from_end(file, size_bytes, name)
        or _broken(name)
    )


def _proven(file: Readable, size_bytes: int, head: bytes, name: str) -> Kind | None:
    """Formats whose first bytes hold a length or a checksum that fits."""
    length = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and length <= min(_MAX_SAFETENSORS_HEADER, size_bytes - 8):
        return Kind.SAFETENSORS
    if tar_header.is_header(head[: tar_header.BLOCK_BYTES]):
        return Kind.NEMO if recognise_zip.is_nemo(tar_header.first_names(file, size_bytes)) else Kind.TAR
    if head.startswith(recognise_zip.STARTS):
        return recognise_zip.kind_of(file, size_bytes, name)
    return None


def _told(file: Readable, size_bytes: int, head: bytes, name: str) -> Kind | None:
    """Magic, pickles and text: a text may begin with the letters of a magic, and be a pickle."""
    kind = magic.by_magic(head)
    if kind is not None and (kind in magic.TEXTUAL or b"\0" in head):
        return kind
    text = recognise_text.is_text(file, size_bytes)
    if kind is not None and not text:
        return kind
    named = recognise_text.by_name(name) is not None
    pickle = recognise_pickle.kind_of(file, size_bytes, head, text=text, named=named)
    if pickle is not None:
        return pickle
    return recognise_text.kind_of(file, size_bytes, head, name) if text else None


def _compressed(head: bytes, size_bytes: int) -> Kind | None:
    """Compressed streams whose few first bytes prove little: they must unpack for a while, too."""
    if head.startswith(_JOBLIB_ZLIB):
        return Kind.ZLIB
    if head.startswith(b"BZh") and _starts(bz2.BZ2Decompressor(), head, size_bytes):
        return Kind.BZIP2
    if head[:1] == b"\x5d" and _starts(lzma.LZMADecompressor(lzma.FORMAT_ALONE, 256 << 20), head, size_bytes):
        return Kind.LZMA
    two = int.from_bytes(head[:2], "big")
    if head[:1] == b"\x78" and not two % 31 and _starts(zlib.decompressobj(), head, size_bytes):
        return Kind.ZLIB
    return None


def _starts(
    stream: bz2.BZ2Decompressor | lzma.LZMADecompressor | zlib._Decompress, head: bytes, size_bytes: int
) -> bool:
    """Whether the first bytes unpack to a few bytes, or to the end: a text may begin like a stream."""
    try:
        unpacked = stream.decompress(head, _HEAD_BYTES)
    except (OSError, lzma.LZMAError, zlib.error):
        return False
    return stream.eof or len(unpacked) >= _FEW_BYTES or size_bytes > len(head)


def _records(head: bytes) -> Kind | None:
    if is_tfrecord(head):
        return Kind.TFRECORD
    return Kind.MSGPACK if is_msgpack(head) else None


def _from_end(file: Readable, size_bytes: int, name: str) -> Kind | None:
    """An archive with something before it: readers that start at the end open it."""
    return recognise_zip.kind_of(file, size_bytes, name) if ends_like_zip(Slice(file, 0, size_bytes)) else None


def _broken(name: str) -> Kind:
    """A file that fits nothing: its name may say whose parser can tell what is wrong with it."""
    return next((kind for suffix, kind in _BY_NAME_WHEN_BROKEN.items() if name.endswith(suffix)), Kind.UNKNOWN)
