"""Samples of sentencepiece models, written field by field."""

from __future__ import annotations

import struct
from typing import Final

CHARSMAP: Final = struct.pack("<I", 1024) + bytes(1024) + b"a\0"


def varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes((*found, value))


def field(number: int, data: bytes) -> bytes:
    """A field with a length."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def piece(text: bytes, kind: int = 1) -> bytes:
    """A piece with a score and a type."""
    return field(1, field(1, text) + b"\x15" + struct.pack("<f", -1.5) + b"\x18" + varint(kind))


def model(*pieces: bytes, charsmap: bytes = CHARSMAP, trainer: bytes = b"") -> bytes:
    """A whole model."""
    specification = field(2, b"model") + b"\x18\x01\x20\x08" + trainer
    return b"".join(pieces) + field(2, specification) + field(3, field(1, b"nmt_nfkc") + field(2, charsmap))


GOOD_PIECES: Final = (piece(b"<unk>", 2), piece(b"<s>", 3), piece(b"\xe2\x96\x81weigh"), piece(b"<0x00>", 6))
_GOOD = model(*GOOD_PIECES)
_BAD: Final = {
    "archive-behind": _GOOD + field(77, b"PK\x03\x04 hidden"),
    "unknown-field-in-piece": model(*GOOD_PIECES, field(1, field(1, b"a") + field(9, b"import os"))),
    "same-piece-twice": model(*GOOD_PIECES, piece(b"<s>")),
    "two-unknown-pieces": model(*GOOD_PIECES, piece(b"<other>", 2)),
    "charsmap-too-short": model(*GOOD_PIECES, charsmap=struct.pack("<I", 4096) + bytes(1024)),
}

SAMPLES: Final[dict[str, dict[str, bytes]]] = {
    **{f"sentencepiece-structure/bad/{case}": {"tokenizer.model": data} for case, data in _BAD.items()},
    "sentencepiece-structure/good/model": {"tokenizer.model": _GOOD},
    "sentencepiece-structure/good/no-charsmap": {"spiece.model": model(*GOOD_PIECES, charsmap=b"")},
}
