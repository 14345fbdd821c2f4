"""Every opcode of protocols 0 to 5: how its argument is encoded, and what it does to the machine.

Constants have their own module. This one keeps no state.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.formats import pickle_constants as constants
from weighbridge.formats.pickle_findings import Broken
from weighbridge.formats.pickle_machine import NO_FRAME
from weighbridge.formats.pickle_report import FaultKind
from weighbridge.formats.pickle_symbols import (
    BYTEARRAY,
    BYTES,
    LIST,
    SET,
    TEXT,
    Fields,
    Named,
    Opaque,
    describe,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.pickle_machine import Machine

    Handler = Callable[[Machine], None]

HIGHEST_PROTOCOL = 5
STOP = ord(".")

_INDEX = re.compile(rb"[0-9]{1,18}\Z")


# Containers.


def _tuple(m: Machine) -> None:
    items = m.since_mark()
    m.stack.append(m.tuple_of(items))


def _short_tuple(count: int) -> Handler:
    def build(m: Machine) -> None:
        items = m.last(count)
        m.stack.append(m.tuple_of(items))

    return build


def _list(m: Machine) -> None:
    m.since_mark()
    m.stack.append(LIST)


def _empty_dict(m: Machine) -> None:
    m.stack.append(Fields())


def _dict(m: Machine) -> None:
    entries = m.since_mark()
    if len(entries) % 2:
        raise Broken(FaultKind.STACK, "odd number of items for DICT")
    fields = Fields()
    m.stack.append(fields)
    m.enter(fields, entries)


def _frozenset(m: Machine) -> None:
    m.stack.append(m.frozen_set_of(m.since_mark()))


def _append(m: Machine) -> None:
    m.store("APPEND", len(m.stack) - 1, "list")


def _appends(m: Machine) -> None:
    m.store("APPENDS", m.unmark(), "list")


def _setitem(m: Machine) -> None:
    m.store("SETITEM", len(m.stack) - 2, "dict")


def _setitems(m: Machine) -> None:
    m.store("SETITEMS", m.unmark(), "dict")


def _additems(m: Machine) -> None:
    m.store("ADDITEMS", m.unmark(), "set")


# Stack and memo.


def _pop(m: Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.unmark()
    else:
        m.pop()


def _pop_mark(m: Machine) -> None:
    m.since_mark()


def _dup(m: Machine) -> None:
    m.stack.append(m.top())


def _index(m: Machine) -> int:
    line = constants.read_line(m)
    number = int(line) if _INDEX.match(line) else constants.decimal(m, line, 10)
    if number < 0:
        raise constants.bad("not a memo index")
    return number


def _put(m: Machine) -> None:
    m.put(_index(m))


def _binput(m: Machine) -> None:
    m.put(m.reader.byte())


def _long_binput(m: Machine) -> None:
    m.put(m.reader.number(4))


def _memoize(m: Machine) -> None:
    m.put(len(m.memo))


def _get(m: Machine) -> None:
    m.get(_index(m))


def _binget(m: Machine) -> None:
    m.get(m.reader.byte())


def _long_binget(m: Machine) -> None:
    m.get(m.reader.number(4))


# Names and calls.


def _name_line(m: Machine, encoding: str) -> str:
    return _name_of(m, constants.read_line(m), encoding)


def _name_of(m: Machine, line: bytes, encoding: str) -> str:
    if not line or len(line) > m.limits.text_bytes:
        raise constants.bad("a name is empty or too long")
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        raise constants.bad(f"a name is not {encoding}") from None


def _global(m: Machine) -> None:
    lines = constants.read_line(m), constants.read_line(m), m.protocol
    named = m.seen.get(lines)
    if named is None:
        module, name, _ = lines
        named = m.seen[lines] = m.name(_name_of(m, module, "utf-8"), _name_of(m, name, "utf-8"), "GLOBAL")
    else:
        named.count += 1
    m.stack.append(named)


def _inst(m: Machine) -> None:
    if not m.marks:
        m.unmark()
    module = _name_line(m, "ascii")
    cls = m.name(module, _name_line(m, "ascii"), "INST")
    m.call("INST", cls, m.tuple_of(m.since_mark()))


def _obj(m: Machine) -> None:
    items = m.since_mark()
    if not items:
        raise Broken(FaultKind.STACK, "OBJ without a class")
    m.call("OBJ", items[0], m.tuple_of(items[1:]))


def _reduce(m: Machine) -> None:
    arguments, callee = m.pop(), m.pop()
    m.call("REDUCE", callee, arguments)


def _newobj(m: Machine) -> None:
    arguments, callee = m.pop(), m.pop()
    m.call("NEWOBJ", callee, arguments)


def _newobj_ex(m: Machine) -> None:
    keywords, arguments, callee = m.pop(), m.pop(), m.pop()
    if not isinstance(keywords, Opaque) or keywords.kind != "dict":
        m.fault(FaultKind.CALL, f"NEWOBJ_EX with {describe(keywords)} in place of a dict")
    # Keywords are not kept, so the arguments are not known.
    m.call("NEWOBJ_EX", callee, arguments)
    if isinstance(callee, Named) and callee.condition and callee.refused_call is None:
        callee.refused_call = m.at


def _build(m: Machine) -> None:
    if len(m.stack) - 2 < m.fence:
        m.underflow()
    m.build(m.pop())


def _extension(width: int) -> Handler:
    def read(m: Machine) -> None:
        m.extension(int.from_bytes(m.reader.take(width), "little", signed=width > 2))  # noqa: PLR2004 - EXT4 alone is signed

    return read


def _persid(m: Machine) -> None:
    line = constants.read_line(m)
    if not line.isascii():
        raise constants.bad("a persistent id line is not ASCII")
    m.persistent(line.decode("ascii") if len(line) <= m.limits.text_bytes else TEXT)


def _binpersid(m: Machine) -> None:
    m.persistent(m.pop())


# The stream itself.


def _proto(m: Machine) -> None:
    number = m.reader.byte()
    if number > HIGHEST_PROTOCOL:
        raise Broken(FaultKind.PROTOCOL, f"protocol {number} is unknown")
    m.protocol = number


def _frame(m: Machine) -> None:
    size = m.reader.number(8)
    if size >> 63:
        raise constants.bad("a frame is longer than any memory")
    if m.frame_end != NO_FRAME:
        m.fault(FaultKind.FRAME, "a frame begins before the one before has ended")
    m.frame_end = m.reader.offset + size


def _stop(m: Machine) -> None:
    """Never called: the walk ends the stream at STOP."""
    m.underflow()


_TABLE: dict[str, tuple[str, Handler]] = {
    "MARK": ("(", lambda m: m.mark()),
    "STOP": (".", _stop),
    "POP": ("0", _pop),
    "POP_MARK": ("1", _pop_mark),
    "DUP": ("2", _dup),
    "FLOAT": ("F", constants.text_float),
    "INT": ("I", constants.text_int),
    "BININT": ("J", constants.binint),
    "BININT1": ("K", constants.binint1),
    "LONG": ("L", constants.text_long),
    "BININT2": ("M", constants.binint2),
    "NONE": ("N", constants.push(None)),
    "PERSID": ("P", _persid),
    "BINPERSID": ("Q", _binpersid),
    "REDUCE": ("R", _reduce),
    "STRING": ("S", constants.string),
    "BINSTRING": ("T", constants.counted_string(4)),
    "SHORT_BINSTRING": ("U", constants.counted_string(1)),
    "UNICODE": ("V", constants.unicode),
    "BINUNICODE": ("X", constants.counted_text(4)),
    "APPEND": ("a", _append),
    "BUILD": ("b", _build),
    "GLOBAL": ("c", _global),
    "DICT": ("d", _dict),
    "EMPTY_DICT": ("}", _empty_dict),
    "APPENDS": ("e", _appends),
    "GET": ("g", _get),
    "BINGET": ("h", _binget),
    "INST": ("i", _inst),
    "LONG_BINGET": ("j", _long_binget),
    "LIST": ("l", _list),
    "EMPTY_LIST": ("]", constants.push(LIST)),
    "OBJ": ("o", _obj),
    "PUT": ("p", _put),
    "BINPUT": ("q", _binput),
    "LONG_BINPUT": ("r", _long_binput),
    "SETITEM": ("s", _setitem),
    "TUPLE": ("t", _tuple),
    "EMPTY_TUPLE": (")", constants.push(())),
    "SETITEMS": ("u", _setitems),
    "BINFLOAT": ("G", constants.binfloat),
    "PROTO": ("\x80", _proto),
    "NEWOBJ": ("\x81", _newobj),
    "EXT1": ("\x82", _extension(1)),
    "EXT2": ("\x83", _extension(2)),
    "EXT4": ("\x84", _extension(4)),
    "TUPLE1": ("\x85", _short_tuple(1)),
    "TUPLE2": ("\x86", _short_tuple(2)),
    "TUPLE3": ("\x87", _short_tuple(3)),
    "NEWTRUE": ("\x88", constants.push(True)),
    "NEWFALSE": ("\x89", constants.push(False)),
    "LONG1": ("\x8a", constants.counted_long(1)),
    "LONG4": ("\x8b", constants.counted_long(4)),
    "BINBYTES": ("B", constants.counted_bytes(4, BYTES)),
    "SHORT_BINBYTES": ("C", constants.counted_bytes(1, BYTES)),
    "SHORT_BINUNICODE": ("\x8c", constants.counted_text(1)),
    "BINUNICODE8": ("\x8d", constants.counted_text(8)),
    "BINBYTES8": ("\x8e", constants.counted_bytes(8, BYTES)),
    "EMPTY_SET": ("\x8f", constants.push(SET)),
    "ADDITEMS": ("\x90", _additems),
    "FROZENSET": ("\x91", _frozenset),
    "NEWOBJ_EX": ("\x92", _newobj_ex),
    "STACK_GLOBAL": ("\x93", lambda m: m.stack_global()),
    "MEMOIZE": ("\x94", _memoize),
    "FRAME": ("\x95", _frame),
    "BYTEARRAY8": ("\x96", constants.counted_bytes(8, BYTEARRAY)),
    "NEXT_BUFFER": ("\x97", constants.next_buffer),
    "READONLY_BUFFER": ("\x98", constants.readonly_buffer),
}

NAMES = {ord(code): name for name, (code, _) in _TABLE.items()}


def _unknown(m: Machine) -> None:
    code = m.reader.buffer[m.reader.position - 1]
    raise Broken(FaultKind.OPCODE, f"0x{code:02x} is not an opcode")


HANDLERS: tuple[Handler, ...] = tuple(_TABLE[NAMES[code]][1] if code in NAMES else _unknown for code in range(256))
