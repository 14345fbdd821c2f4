"""Whatever makes CPython's C unpickler look a global up, the walk names a global too: nothing hides behind an argument.

The unpickler under test refuses every global, so nothing is imported.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import random
from typing import Final, NoReturn

from weighbridge.formats.pickle_report import FaultKind
from weighbridge.formats.pickle_walk import walk

_INPUTS: Final = 20_000
_INTEGERS: Final = (
    *(b"1", b"+1", b" 1", b"1 ", b"0x1", b"010", b"1_0", b"", b"\t1", b"1L", b"-0", b"00", b"01", b"1\0z", b"0b1"),
    *(b"+0x1", b"1.0", b"09", b"\x0b1", b"- 1", b"0_7", b"0o17", b"\r1\r", b"1\r", b"+ 1", b"99999999999999999999"),
)
_INDEXES: Final = (b"0", b"1", b"+1", b" 0", b"01", b"1_0", b"-1", b"", b"0x1", b"1\0z", b"2\r")
_FLOATS: Final = (b"1.", b".5", b"inf", b"INFINITY", b"nan", b"-NaN", b" 1.0", b"1_0.", b"0x1p3", b"1e", b"+.5E+1", b"")
_STRINGS: Final = (
    *(b"''", b"'a'", b"'\\z'", b"'\\x4'", b"'\\x41'", b"'\\'", b'"\\8"', b"'a\"", b"'\\400'", b"'", b"'\xff'"),
    *(b"'\\\\'", b"'\\N{a}'", b"'a' ", b" 'a'", b"'a'\r"),
)
_UNICODE: Final = (b"a", b"\\u0041", b"\\U00110000", b"\\u00", b"\xe9", b"\\", b"")
_PLAIN: Final = (
    *(b"(", b"N", b"]", b"}", b")", b"\x8f", b"t", b"l", b"d", b"\x91", b"e", b"u", b"\x90", b"1", b"0", b"2", b"a"),
    *(b"s", b"\x85", b"\x86", b"\x87", b"\x88", b"\x89", b"q\0", b"h\0", b"U\x01a", b"X\1\0\0\0a", b"\x8c\x01a"),
    *(b"C\x01a", b"\x8a\x01a", b"K\x01", b"\x94", b"\x8b\1\0\0\0a", b"Q", b"Pa\n", b"P\xc3\xa9\n", b"\x80\x04"),
)
_NAMES: Final = (
    *(b"cos\nfoo\n", b"(ios\nfoo\n", b"\x8c\x02os\x8c\x03foo\x93", b"Vos\nVfoo\n\x93", b"S'os'\nS'foo'\n\x93"),
    *(b"S'o\\163'\nVf\\u006fo\n\x93",),
)


class _Refusing(pickle.Unpickler):
    """C's unpickler, which notes that a global was asked for."""

    asked = False

    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        """Refuse it."""
        self.asked = True
        raise pickle.UnpicklingError(f"{module_name}.{global_name}")

    def persistent_load(self, pid: object, /) -> object:
        """Give the id itself."""
        return pid


def _opcode(chance: random.Random) -> bytes:
    lines = ((b"I", _INTEGERS), (b"L", _INTEGERS), (b"F", _FLOATS), (b"S", _STRINGS), (b"V", _UNICODE))
    code, arguments = chance.choice((*lines, (b"p", _INDEXES), (b"g", _INDEXES)))
    kind = chance.randrange(20)
    if kind == 0:
        return b"\x95" + chance.randrange(30).to_bytes(8, "little")
    return chance.choice(_PLAIN) if kind < 8 else code + chance.choice(arguments) + b"\n"


def test_no_argument_hides_a_global_from_the_walk() -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    asked = 0
    for _ in range(_INPUTS):
        data = b"".join(_opcode(chance) for _ in range(chance.randrange(1, 4))) + chance.choice(_NAMES) + b"."
        unpickler = _Refusing(io.BytesIO(data))
        with contextlib.suppress(Exception):
            unpickler.load()
        if unpickler.asked:
            asked += 1
            report = walk(data, streams=1)
            assert report.globals or any(fault.kind in {FaultKind.FRAME, FaultKind.LIMIT} for fault in report.faults), (
                data
            )
    assert asked > _INPUTS // 10
