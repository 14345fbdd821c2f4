"""Magic: formats that the first bytes of a file tell for certain.

Formats without such bytes, and those that hold others, are recognised in `recognise` and its siblings.
"""

from __future__ import annotations

import re
from typing import Final

from weighbridge.formats.kinds import Kind

Row = tuple[int, bytes, Kind]

ROWS: Final[tuple[Row, ...]] = (
    (0, b"GGUF", Kind.GGUF),
    (0, b"\x93NUMPY", Kind.NPY),
    (0, b"\x89HDF\r\n\x1a\n", Kind.HDF5),
    (4, b"TFL3", Kind.TFLITE),
    (4, b"ET12", Kind.FLATBUFFER),
    (4, b"ORTM", Kind.FLATBUFFER),
    (0, b"\xba\x16\x4f\x2f", Kind.FASTTEXT),
    # Archives and compressors.
    (0, b"7z\xbc\xaf\x27\x1c", Kind.SEVEN_ZIP),
    (0, b"Rar!\x1a\x07", Kind.RAR),
    (0, b"\x28\xb5\x2f\xfd", Kind.ZSTD),
    (0, b"\x04\x22\x4d\x18", Kind.LZ4),
    (0, b"\x02\x21\x4c\x18", Kind.LZ4),
    (0, b"\xfd7zXZ\0", Kind.XZ),
    (0, b"\x1f\x8b\x08", Kind.GZIP),
    # Programs.
    (0, b"\x7fELF", Kind.EXECUTABLE),
    (0, b"MZqFpD", Kind.EXECUTABLE),
    (0, b"jartsr='", Kind.EXECUTABLE),
    (0, b"\xfe\xed\xfa\xce", Kind.EXECUTABLE),
    (0, b"\xfe\xed\xfa\xcf", Kind.EXECUTABLE),
    (0, b"\xce\xfa\xed\xfe", Kind.EXECUTABLE),
    (0, b"\xcf\xfa\xed\xfe", Kind.EXECUTABLE),
    (0, b"!<arch>\n", Kind.EXECUTABLE),
    (0, b"\0asm", Kind.BYTECODE),
    (0, b"dex\n", Kind.BYTECODE),
    (0, b"\x1bLua", Kind.BYTECODE),
    (0, b"\x1bLJ", Kind.BYTECODE),
    (0, b"BC\xc0\xde", Kind.BYTECODE),
    (0, b"\xca\xfe\xba\xbe", Kind.BYTECODE),
    # Data.
    (0, b"RDX2\n", Kind.R_DATA),
    (0, b"RDX3\n", Kind.R_DATA),
    (0, b"RDA2\n", Kind.R_DATA),
    (0, b"RDA3\n", Kind.R_DATA),
    (0, b"RDB2\n", Kind.R_DATA),
    (0, b"RDB3\n", Kind.R_DATA),
    (0, b"X\n\0\0\0\2", Kind.R_DATA),
    (0, b"X\n\0\0\0\3", Kind.R_DATA),
    (0, b"B\n\2\0\0\0", Kind.R_DATA),
    (0, b"B\n\3\0\0\0", Kind.R_DATA),
    (0, b"PAR1", Kind.PARQUET),
    (0, b"%PDF-", Kind.PDF),
    # Pictures and sound.
    (0, b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (0, b"\xff\xd8\xff", Kind.IMAGE),
    (0, b"GIF87a", Kind.IMAGE),
    (0, b"GIF89a", Kind.IMAGE),
    (0, b"II*\0", Kind.IMAGE),
    (0, b"MM\0*", Kind.IMAGE),
    (8, b"WEBP", Kind.IMAGE),
    (8, b"WAVE", Kind.AUDIO),
    (0, b"fLaC", Kind.AUDIO),
    (0, b"OggS", Kind.AUDIO),
    (0, b"ID3\2", Kind.AUDIO),
    (0, b"ID3\3", Kind.AUDIO),
    (0, b"ID3\4", Kind.AUDIO),
)

TEXTUAL: Final = frozenset({Kind.R_DATA, Kind.PDF})
"""Formats whose files may be text from end to end; a text that begins like another one is text."""

_R_TEXT: Final = re.compile(rb"A\n[23]\n[0-9]{5,6}\n[0-9]{5,6}\n")
_RIFF: Final = frozenset({b"WEBP", b"WAVE"})
_MP3_SYNC: Final = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")
_BITMAP_HEADERS: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
_MAX_ICONS = 256
_SKIPPABLE: Final = b"\x2a\x4d\x18"


def by_magic(head: bytes) -> Kind | None:
    """What the first bytes (512 or more, if the file has them) tell."""
    for offset, magic, kind in ROWS:
        if head.startswith(magic, offset) and (magic not in _RIFF or head.startswith(b"RIFF")):
            return kind
    if head[1:4] == _SKIPPABLE and head[0] >> 4 == 5:  # noqa: PLR2004 - 0x50 to 0x5f, RFC 8878 section 3.1.2
        return Kind.ZSTD
    if head[2:4] == b"\r\n" and len(head) >= 16 and b"\0" in head[4:16]:  # noqa: PLR2004 - a .pyc header, PEP 552
        return Kind.BYTECODE
    if head.startswith(b"MZ") and b"\0" in head[:64]:
        return Kind.EXECUTABLE
    return Kind.R_DATA if _R_TEXT.match(head) else _media(head)


def _media(head: bytes) -> Kind | None:
    if head.startswith(_MP3_SYNC):
        return Kind.AUDIO
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return Kind.IMAGE
    icons = int.from_bytes(head[4:6], "little")
    return Kind.IMAGE if head.startswith((b"\0\0\1\0", b"\0\0\2\0")) and 0 < icons <= _MAX_ICONS else None
