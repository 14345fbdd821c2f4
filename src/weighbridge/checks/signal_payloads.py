"""Signals of payloads: executables, pickles and source, plain or encoded, by their own headers.

Magic bytes alone are no evidence among gigabytes of numbers: the fields behind them must make sense too.
Sources: ELF gABI chapter 4; PE format (Microsoft); Mach-O loader.h.
"""

from __future__ import annotations

import base64
import re
import string
import zlib
from typing import TYPE_CHECKING, Final

from weighbridge.checks.signal_code import code_in
from weighbridge.formats.pickle_globals import unlisted
from weighbridge.formats.pickle_report import Limits
from weighbridge.formats.pickle_walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER_BYTES = 4096
RUN_BYTES = 40
_MAX_DECODED = 1 << 16
_MAX_LEVELS = 3
_MAX_PLACES = 500
_HEAD_PLACES = 4
_MAX_ENCODED = 8 << 20
_LIMITS: Final = Limits(opcodes=20_000, stack=10_000, memo=10_000, nested_depth=0)
_ELF_MACHINES: Final = frozenset({2, 3, 8, 20, 21, 22, 40, 43, 50, 62, 183, 243, 247, 258})
_PE_MACHINES: Final = frozenset({0x14C, 0x8664, 0xAA64, 0x1C0, 0x1C4, 0x200, 0x5064})
_MACH_CPUS: Final = frozenset({7, 12, 18, 0x01000007, 0x0100000C, 0x01000012})

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_IN_BASE64: Final = bytes(1 if byte in _BASE64 else 0 for byte in range(256))
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_RUN = b"\1" * RUN_BYTES
_TEXT: Final = string.printable.encode()
IN_TEXT: Final = bytes(int(byte in _TEXT) for byte in range(256))
"""1 for each byte of plain text, else 0."""
TEXT_RUN: Final = b"\1" * 20
_MAX_SINGLE = 1_000
_LONG_BYTES = 512
_NUMBERS = re.compile(rb"\[(\s{0,20}[0-9]{1,3}(?:\s{0,20},\s{0,20}[0-9]{1,3}){23,200000}+)")
_BREAKS: Final = frozenset({b"\n", b"\r\n", b"\\", b"\\r\\"})
_REST = re.compile(rb"(?:\r?\n|(?:\\r)?\\n)([A-Za-z0-9+/_-]{1,40})")
_NAMES = re.compile(rb"[A-Za-z_][\w.]{0,100}\n[A-Za-z_]")
_HEX = re.compile(rb"[0-9a-fA-F]+")
_ESCAPES = re.compile(rb"(?:\\x[0-9a-fA-F]{2}){16,20000}+")


def _number(data: bytes, at: int, length: int, order: str = "little") -> int:
    return int.from_bytes(data[at : at + length], "big" if order == "big" else "little")


def _elf(data: bytes) -> bool:
    order = {1: "little", 2: "big"}.get(data[5] if len(data) > 5 else 0)  # noqa: PLR2004 - the field's place
    if order is None or data[4] not in {1, 2} or data[6:7] != b"\1":
        return False
    header = _number(data, 0x28 if data[4] == 1 else 0x34, 2, order)
    return (
        1 <= _number(data, 16, 2, order) <= 4  # noqa: PLR2004 - e_type
        and _number(data, 18, 2, order) in _ELF_MACHINES
        and _number(data, 20, 4, order) == 1
        and header == (52 if data[4] == 1 else 64)
    )


def _pe(data: bytes) -> bool:
    sections = _number(data, 6, 2)
    return (
        _number(data, 4, 2) in _PE_MACHINES
        and 1 <= sections <= 96  # noqa: PLR2004 - the format's limit
        and _number(data, 24, 2) in {0x10B, 0x20B}
        and _number(data, 20, 2) in range(0x60, 0x200)
    )


def _mach(data: bytes) -> bool:
    order = "little" if data[3] == 0xFE else "big"  # noqa: PLR2004 - the magic's last byte
    commands, size = _number(data, 16, 4, order), _number(data, 20, 4, order)
    return (
        _number(data, 4, 4, order) in _MACH_CPUS
        and 1 <= _number(data, 12, 4, order) <= 12  # noqa: PLR2004 - filetype
        and 1 <= commands <= 4096  # noqa: PLR2004 - more than any linker writes
        and 8 * commands <= size < 1 << 24
    )


def _framed(data: bytes) -> bool:
    return _number(data, 3, 8) < 1 << 32 and _refused(data)


def _named(data: bytes) -> bool:
    return _NAMES.match(data, 3) is not None and _refused(data)


def _refused(data: bytes) -> bool:
    """Whether a whole pickle stands here that imports what no list allows."""
    report = walk(data, _LIMITS, streams=1)
    return bool(report.streams and unlisted(report))


def _pickle(data: bytes) -> bool:
    """Whether a whole pickle stands here that imports something."""
    report = walk(data, _LIMITS, streams=1)
    return bool(report.streams and report.globals)


MAGICS: Final[tuple[tuple[str, bytes, Callable[[bytes], bool]], ...]] = (
    ("a Linux program (ELF)", b"\x7fELF", _elf),
    ("a macOS program (Mach-O)", b"\xcf\xfa\xed\xfe", _mach),
    ("a pickle", b"\x80\x04\x95", _framed),
    ("a pickle", b"\x80\x02c", _named),
)
"""What it is, its first bytes, and whether the rest makes sense; looked for in all bytes.

Windows programs are found by the text of their stub, see `signal_code`.
"""


def binary_in(data: bytes, places: int = _MAX_PLACES) -> tuple[str, bytes] | None:
    """The first program or pickle in some bytes: what it is, and its first bytes; None if there is none.

    Args:
        data: The bytes.
        places: How many places with one magic number are looked at.
    """
    for what, magic, makes_sense in MAGICS:
        at = data.find(magic)
        for _ in range(places):
            if at < 0:
                break
            if makes_sense(data[at : at + HEADER_BYTES]):
                return what, data[at : at + 16]
            at = data.find(magic, at + 1)
    return None


def encoded_in(data: bytes, level: int = 0) -> tuple[str, bytes] | None:
    """The first encoded text that hides a program, a pickle or source: what it is, and how it begins."""
    short: list[bytes] = []
    for raw, decoded in _decoded(data, short):
        found = hidden_in(decoded, level + 1)
        if found is not None:
            return f"encoded data that hides {found[0]}", raw[:60]
    for raw, decoded in _together(short):
        found = binary_in(decoded) or written_in(decoded)
        if found is not None:
            return f"encoded data that hides {found[0]}", raw[:60]
    return None


def hidden_in(data: bytes, level: int = 0) -> tuple[str, bytes] | None:
    """What decoded bytes are, if they are nothing innocent."""
    if _begins_pickle(data):
        return "a pickle", data[:16]
    if _begins_pe(data):
        return "a Windows program (PE)", data[:16]
    found = binary_in(data[:HEADER_BYTES], _HEAD_PLACES) or written_in(data) or _wide_code(data)
    if found is not None or level >= _MAX_LEVELS:
        return found
    opened = _decompressed(data)
    if opened is not None:
        return hidden_in(opened, level + 1)
    return encoded_in(data, level)


def written_in(data: bytes) -> tuple[str, bytes] | None:
    """Code in bytes that are text, or in the stretches of text among bytes that are not."""
    if 5 * len(data.translate(None, _TEXT)) < len(data):
        return code_in(data)
    for start, end in runs(data.translate(IN_TEXT), TEXT_RUN):
        found = code_in(data[start:end])
        if found is not None:
            return found
    return None


def _wide_code(data: bytes) -> tuple[str, bytes] | None:
    """Code in UTF-16, as PowerShell wants it encoded."""
    wide = data[:2] == b"\xff\xfe" or (data[1:2] == b"\0" and data[:1] != b"\0")
    return code_in(data.translate(None, b"\0")) if wide else None


def _begins_pickle(data: bytes) -> bool:
    return data[:1] == b"\x80" and data[1:2] in {b"\2", b"\3", b"\4", b"\5"} and _pickle(data[:_MAX_ENCODED])


def _begins_pe(data: bytes) -> bool:
    at = _number(data, 0x3C, 4)
    return data[:2] == b"MZ" and data[at : at + 4] == b"PE\0\0" and _pe(data[at : at + 64])


def _decompressed(data: bytes) -> bytes | None:
    """The beginning of what gzip or zlib data hold, or None."""
    if data[:2] not in {b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"}:
        return None
    try:
        return zlib.decompressobj(wbits=47).decompress(data, _MAX_DECODED)
    except zlib.error:
        return None


def _decoded(data: bytes, short: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each encoded stretch, with what it decodes to; of very many the short ones are left for `_together`."""
    for count, raw in enumerate(_stretches(data)):
        if count >= _MAX_SINGLE and len(raw) < _LONG_BYTES:
            short.append(raw)
            continue
        if _HEX.fullmatch(raw):
            yield raw, bytes.fromhex(raw[: len(raw) // 2 * 2].decode())
        plain = raw.translate(_STANDARD)
        # Whatever letters stand right before it.
        for start in range(4):
            yield raw, _from_base64(plain[start:])
    for found in _NUMBERS.finditer(data):
        numbers = [int(number) for number in found.group(1).split(b",")]
        if max(numbers) < 256:  # noqa: PLR2004 - bytes
            yield found.group(), bytes(numbers)
    if b"\\x" in data:
        for found in _ESCAPES.finditer(data):
            yield found.group(), bytes.fromhex(found.group().replace(b"\\x", b"").decode())


def _together(short: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Short stretches decoded at once: whole groups of letters of each, one behind the other."""
    if not short:
        return
    hexadecimal = b"".join(raw[: len(raw) // 2 * 2] for raw in short if _HEX.fullmatch(raw))
    yield short[0], bytes.fromhex(hexadecimal.decode())
    for start in range(4):
        groups = b"".join(raw[start : start + (len(raw) - start) // 4 * 4] for raw in short)
        yield short[0], base64.b64decode(groups.translate(_STANDARD))


def _from_base64(letters: bytes) -> bytes:
    """What base64's letters stand for, with or without their padding; one letter too many is no byte."""
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def _stretches(data: bytes) -> Iterator[bytes]:
    """Each long stretch of base64's letters, and those of lines that follow each other together."""
    lines: list[bytes] = []
    last = 0
    for start, end in runs(data.translate(_IN_BASE64), _RUN):
        gap = data[last:start]
        raw = data[start + gap.endswith(b"\\") : min(end, start + _MAX_ENCODED)]
        yield raw
        if gap not in _BREAKS:
            if len(lines) > 1:
                yield b"".join(lines)
            lines = []
        lines.append(raw)
        last = end
    if len(lines) > 1:
        yield b"".join(lines) + _last_line(data, last)


def _last_line(data: bytes, at: int) -> bytes:
    """The rest of wrapped lines, which is too short to be a stretch of its own."""
    found = _REST.match(data, at)
    return found.group(1) if found else b""


def runs(marked: bytes, run: bytes) -> Iterator[tuple[int, int]]:
    """Where stretches of marked bytes begin and end, those that are as long as `run` or longer.

    Args:
        marked: 1 for each byte that counts, else 0.
        run: As many ones as a stretch must have.
    """
    start = marked.find(run)
    while start >= 0:
        end = marked.find(0, start + len(run))
        end = len(marked) if end < 0 else end
        yield start, end
        start = marked.find(run, end)
