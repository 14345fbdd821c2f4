"""Tar: one header block of 512 bytes. Source: POSIX.1-2017 pax, ustar interchange format; GNU tar manual."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.formats.window import Readable

BLOCK_BYTES = 512
MAX_NUMBER_BYTES = 12
_MAX_FIRST = 64
_CHECKSUM: Final = slice(148, 156)
_LAYOUT: Final = struct.Struct("<100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12x")
_HIGH = 0x80


@dataclass(frozen=True, slots=True)
class Header:
    """One header, as it stands.

    Args:
        name: The name's bytes, with its prefix.
        size_bytes: How long the contents are.
        type: The type flag: ``0`` or NUL for a file, ``5`` for a folder, letters for extensions.
        link: The name that a link points to.
        magic: ``ustar`` and a version; empty in the oldest archives.
        mode: Permissions.
    """

    name: bytes
    size_bytes: int
    type: bytes
    link: bytes
    magic: bytes
    mode: int


def is_header(block: bytes) -> bool:
    """Whether 512 bytes are a header: the checksum over all of them must fit."""
    if len(block) != BLOCK_BYTES:
        return False
    written = number(block[_CHECKSUM])
    blank = block[:148] + b" " * 8 + block[156:]
    signed = sum(byte - 256 if byte >= _HIGH else byte for byte in blank)
    return written is not None and written in {sum(blank), signed} and any(block)


def read(block: bytes) -> Header | None:
    """The header of a block for which `is_header` holds; None if a number in it is none.

    A prefix of the name without the ustar magic is None, too: readers differ on whether it counts.
    """
    name, mode, _, _, size, _, _, kind, link, magic, *_, prefix = _LAYOUT.unpack(block)
    numbers = number(size), number(mode)
    name, prefix = cut(name), cut(prefix)
    if numbers[0] is None or numbers[1] is None or (prefix and not magic.startswith(b"ustar\0")):
        return None
    return Header(prefix + b"/" + name if prefix else name, numbers[0], kind, cut(link), magic, numbers[1])


def cut(field: bytes) -> bytes:
    """A text field up to its first NUL."""
    return field.partition(b"\0")[0]


def number(field: bytes) -> int | None:
    """A number: octal digits, or big-endian behind a byte 0x80; None if it is neither. An empty field is 0."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    text, _, rest = field.partition(b"\0")
    text = text.strip(b" ")
    if rest.strip(b" \0") or text.strip(b"01234567"):
        return None
    return int(text or b"0", 8)


def first_names(file: Readable, size_bytes: int) -> set[str]:
    """The names of the first members, as far as their headers follow each other."""
    names: set[str] = set()
    at = 0
    while len(names) < _MAX_FIRST and at + BLOCK_BYTES <= size_bytes:
        file.seek(at)
        block = file.read(BLOCK_BYTES)
        header = read(block) if is_header(block) else None
        if header is None:
            break
        names.add(header.name.decode("utf-8", "replace"))
        at += BLOCK_BYTES + -(-header.size_bytes // BLOCK_BYTES) * BLOCK_BYTES
    return names
