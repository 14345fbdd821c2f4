"""Opcodes that push a constant: numbers, text and bytes, each with its exact encoding.

The argument of a text opcode is held to what picklers write, which is narrower than what C's `strtol` admits: the rest
is a fault that does not end the walk, or a file of it would be none to us and a pickle to loaders. Long
arguments are passed over, not held. This module keeps no state.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.formats.pickle_findings import Broken
from weighbridge.formats.pickle_report import FaultKind
from weighbridge.formats.pickle_symbols import BUFFER, BYTEARRAY, BYTES, FLOAT, INTEGER, TEXT, describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.pickle_machine import Machine
    from weighbridge.formats.pickle_symbols import Symbol

    Handler = Callable[[Machine], None]

_INTEGER = re.compile(rb"-?(0|[1-9][0-9]*)\Z")
_OCTAL = re.compile(rb"[+-]?0[0-7]+\Z")
_FLOAT = re.compile(rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|nan)\Z")
_LOOSE_FLOAT = re.compile(rb"[+-]?(?:inf(?:inity)?|nan)\Z", re.IGNORECASE)
# What the text of a STRING may escape: all that repr() of Python 2 writes.
_ESCAPED = re.compile(rb"(?:[^\\]|\\[\\'\"abfnrtv]|\\x[0-9a-fA-F]{2}|\\[0-7]{1,3})*\Z", re.DOTALL)
# Beyond these, what C refuses: an escape that breaks off.
_LOOSELY_ESCAPED = re.compile(rb"(?:[^\\]|\\x[0-9a-fA-F]{2}|\\[^x])*\Z", re.DOTALL)
# Python refuses to read longer decimal integers unless told otherwise.
_DIGITS = 4300
_KEPT_INTEGER_BYTES = 16
_REPORTED_BYTES = 20
_NESTED = re.compile(rb"\x80[\x02-\x05]")
_NESTED_TEXT = re.compile("\x80[\x02-\x05]")


def bad(message: str) -> Broken:
    """An argument that no pickler writes."""
    return Broken(FaultKind.ARGUMENT, message)


def read_line(m: Machine) -> bytes:
    """The argument of a text opcode, without its newline."""
    return m.reader.line(m.limits.line_bytes)


# Constants.


def push(value: Symbol) -> Handler:
    """A handler that pushes a constant."""

    def push(m: Machine) -> None:
        m.stack.append(value)

    return push


def decimal(m: Machine, line: bytes, base: int = 0) -> int:
    """A number as C reads it: what no pickler writes is a fault, what C refuses ends the walk.

    Args:
        m: The machine.
        line: The argument.
        base: What digits mean by themselves; 0 lets `0x`, `0o` and `0b` say it.
    """
    if _INTEGER.match(line) and len(line) <= _DIGITS:
        return int(line)
    # C ends the text at a NUL, and reads 010 as octal.
    text = line.partition(b"\0")[0].strip()
    try:
        number = int(text, 8 if not base and _OCTAL.match(text) else base)
    except ValueError:
        raise bad("not a decimal integer") from None
    m.fault(FaultKind.ARGUMENT, "an integer is written as no pickler writes it")
    return number


def _kept(number: int) -> Symbol:
    return number if number.bit_length() <= 8 * _KEPT_INTEGER_BYTES else INTEGER


def text_int(m: Machine) -> None:
    """INT: a line, where 00 and 01 are False and True."""
    text = read_line(m)
    m.stack.append(text == b"01" if text in (b"00", b"01") else _kept(decimal(m, text)))


def text_long(m: Machine) -> None:
    """LONG: a line."""
    m.stack.append(_kept(decimal(m, read_line(m).removesuffix(b"L"))))


def binint(m: Machine) -> None:
    """BININT: four bytes, signed."""
    m.stack.append(int.from_bytes(m.reader.take(4), "little", signed=True))


def binint1(m: Machine) -> None:
    """BININT1."""
    m.stack.append(m.reader.byte())


def binint2(m: Machine) -> None:
    """BININT2."""
    m.stack.append(m.reader.number(2))


def counted_long(width: int) -> Handler:
    """A handler of LONG1 or LONG4, whose count has so many bytes."""

    def read(m: Machine) -> None:
        size = m.reader.number(width)
        if width > 1 and size >> 31:
            raise bad("negative byte count of a long")
        if size <= _KEPT_INTEGER_BYTES:
            m.stack.append(int.from_bytes(m.reader.take(size), "little", signed=True))
        else:
            m.reader.skip(size)
            m.stack.append(INTEGER)

    return read


def text_float(m: Machine) -> None:
    """FLOAT: a line."""
    line = read_line(m)
    if not _FLOAT.match(line):
        if not _LOOSE_FLOAT.match(line):
            raise bad("not a decimal float")
        m.fault(FaultKind.ARGUMENT, "a float is written as no pickler writes it")
    m.stack.append(FLOAT)


def binfloat(m: Machine) -> None:
    """BINFLOAT: eight bytes."""
    m.reader.take(8)
    m.stack.append(FLOAT)


# Text and bytes.


def _keep_text(m: Machine, text: str, size: int) -> None:
    if text[:1] == "\x80" and _NESTED_TEXT.match(text) and max(text) <= "\xff":
        _look(m, text.encode("latin-1"))
    m.found.kept_bytes += size + 64
    kept = size <= m.limits.text_bytes and m.found.kept_bytes <= m.limits.kept_bytes
    if size >= _REPORTED_BYTES and not (kept and m.found.report(text)):
        m.found.span(m.at, m.reader.offset)
    m.stack.append(text if kept else TEXT)


def _look(m: Machine, data: bytes) -> None:
    m.look_inside(data, m.at)


def string(m: Machine) -> None:
    """STRING: a quoted line of Python 2."""
    text = read_line(m)
    if len(text) < len("''") or text[:1] != text[-1:] or text[:1] not in (b"'", b'"'):
        raise bad("a STRING must be quoted")
    body = text[1:-1]
    if not _ESCAPED.match(body):
        if not _LOOSELY_ESCAPED.match(body):
            raise bad("an escape in a STRING breaks off")
        m.fault(FaultKind.ARGUMENT, "a STRING has an escape that no pickler writes")
        m.stack.append(TEXT)
        return
    _old_text(m, re.sub(rb"\\(x..|[0-7]{1,3}|.)", _unescape, body, flags=re.DOTALL))


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1] == b"x":
        return bytes([int(code[1:], 16)])
    if code.isdigit():
        return bytes([int(code, 8) & 0xFF])
    return {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}.get(code, code)


def _old_text(m: Machine, data: bytes) -> None:
    """A string of Python 2: text under an encoding that the loader chooses, so only ASCII is known."""
    if _NESTED.match(data):
        _look(m, data)
    kept = len(data) <= m.limits.text_bytes and data.isascii() and m.keep(len(data))
    text = data.decode("ascii") if kept else ""
    if len(data) >= _REPORTED_BYTES and not (kept and m.found.report(text)):
        m.found.span(m.at, m.reader.offset)
    m.stack.append(text if kept else TEXT)


def counted_string(width: int) -> Handler:
    """A handler of a counted string of Python 2."""

    def read(m: Machine) -> None:
        size = m.reader.number(width)
        if size <= m.limits.text_bytes:
            _old_text(m, m.reader.take(size))
        else:
            _pass_over(m, size)
            m.stack.append(TEXT)

    return read


def unicode(m: Machine) -> None:
    """UNICODE: a line."""
    raw = read_line(m)
    try:
        text = raw.decode("raw-unicode-escape")
    except UnicodeDecodeError:
        raise bad("a UNICODE line is not raw-unicode-escape") from None
    _keep_text(m, text, len(raw))


def counted_text(width: int) -> Handler:
    """A handler of counted UTF-8."""

    def read(m: Machine) -> None:
        size = m.reader.number(width)
        try:
            if size <= m.limits.text_bytes or (size <= m.limits.nested_bytes and m.reader.peek(2) == b"\xc2\x80"):
                _keep_text(m, m.reader.take(size).decode("utf-8", "surrogatepass"), size)
            else:
                m.reader.skip_text(size)
                m.found.span(m.at, m.reader.offset)
                m.stack.append(TEXT)
        except UnicodeDecodeError:
            raise bad("text is not UTF-8") from None

    return read


def _pass_over(m: Machine, size: int) -> None:
    """Skip bytes, unless they start like a pickle: those are looked into."""
    like = size >= len("\x80\x02.") and _NESTED.match(m.reader.peek(2)) is not None
    if like and size <= m.limits.nested_bytes:
        _look(m, m.reader.take(size))
    else:
        if like:
            m.fault(FaultKind.LIMIT, f"{size} bytes that start like a pickle are too many to look into")
        m.reader.skip(size)
    if size >= _REPORTED_BYTES:
        m.found.span(m.at, m.reader.offset)


def counted_bytes(width: int, value: Symbol) -> Handler:
    """A handler of counted bytes that pushes `value`."""

    def read(m: Machine) -> None:
        _pass_over(m, m.reader.number(width))
        m.stack.append(value)

    return read


def next_buffer(m: Machine) -> None:
    """NEXT_BUFFER: something that a file can't hold."""
    m.fault(FaultKind.BUFFER, "the stream asks for a buffer from outside")
    m.stack.append(BUFFER)


def readonly_buffer(m: Machine) -> None:
    """READONLY_BUFFER: the top, made read-only."""
    if m.top() not in (BUFFER, BYTEARRAY, BYTES):
        m.fault(FaultKind.BUFFER, f"READONLY_BUFFER of {describe(m.top())}")
