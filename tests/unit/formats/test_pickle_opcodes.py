"""One hand-assembled sample per opcode, held to the C unpickler where the sample is plain data."""

from __future__ import annotations

import io
import pickle
import pickletools
import struct

import pytest

from weighbridge.formats.pickle_opcodes import NAMES
from weighbridge.formats.pickle_report import FaultKind, Limits, Part, PickleReport
from weighbridge.formats.pickle_walk import walk

# Opcode -> a program that has it, and the constant or kind that it yields.
PLAIN: dict[str, tuple[bytes, Part]] = {
    "MARK": (b"(t.", "<tuple>"),
    "STOP": (b"N.", None),
    "POP": (b"K\x01K\x020.", 1),
    "POP_MARK": (b"K\x01(NN1.", 1),
    "DUP": (b"K\x0720K\x082.", 8),
    "FLOAT": (b"F-1.5e+3\n.", "<float>"),
    "INT": (b"I-42\n.", -42),
    "BININT": (b"J\xfe\xff\xff\xff.", -2),
    "BININT1": (b"K\xff.", 255),
    "LONG": (b"L123L\n.", 123),
    "BININT2": (b"M\x01\x02.", 513),
    "NONE": (b"N.", None),
    "STRING": (b"S'a\\x41\\n\\101'\n.", "aA\nA"),
    "BINSTRING": (b"T\x02\0\0\0ab.", "ab"),
    "SHORT_BINSTRING": (b"U\x02ab.", "ab"),
    "UNICODE": (b"V\\u00e9\n.", "é"),
    "BINUNICODE": (b"X\x02\0\0\0\xc3\xa9.", "é"),
    "APPEND": (b"]Na.", "<list>"),
    "DICT": (b"(NNd.", "<dict>"),
    "EMPTY_DICT": (b"}.", "<dict>"),
    "APPENDS": (b"](NNe.", "<list>"),
    "GET": (b"K\x05p300\n0g300\n.", 5),
    "BINGET": (b"K\x05q\x07" + b"0h\x07.", 5),
    "LIST": (b"(NNl.", "<list>"),
    "LONG_BINGET": (b"K\x05r\x07\x01\0\0" + b"0j\x07\x01\0\0.", 5),
    "EMPTY_LIST": (b"].", "<list>"),
    "PUT": (b"K\x05p7\n0g7\n.", 5),
    "BINPUT": (b"K\x05q\x070h\x07.", 5),
    "LONG_BINPUT": (b"K\x05r\x07\0\0\x000h\x07.", 5),
    "SETITEM": (b"}NNs.", "<dict>"),
    "TUPLE": (b"(NNNt.", "<tuple>"),
    "EMPTY_TUPLE": (b").", "<tuple>"),
    "SETITEMS": (b"}(NNK\x01Nu.", "<dict>"),
    "BINFLOAT": (b"G" + struct.pack(">d", 1.5) + b".", "<float>"),
    "PROTO": (b"\x80\x05N.", None),
    "TUPLE1": (b"N\x85.", "<tuple>"),
    "TUPLE2": (b"NN\x86.", "<tuple>"),
    "TUPLE3": (b"NNN\x87.", "<tuple>"),
    "NEWTRUE": (b"\x88.", True),
    "NEWFALSE": (b"\x89.", False),
    "LONG1": (b"\x8a\x02\xff\xff.", -1),
    "LONG4": (b"\x8b\x02\0\0\0\xff\x00.", 255),
    "BINBYTES": (b"B\x02\0\0\0ab.", "<bytes>"),
    "SHORT_BINBYTES": (b"C\x02ab.", "<bytes>"),
    "SHORT_BINUNICODE": (b"\x8c\x03\xed\xa0\x80.", "\ud800"),
    "BINUNICODE8": (b"\x8d" + struct.pack("<Q", 2) + b"ab.", "ab"),
    "BINBYTES8": (b"\x8e" + struct.pack("<Q", 2) + b"ab.", "<bytes>"),
    "EMPTY_SET": (b"\x8f.", "<set>"),
    "ADDITEMS": (b"\x8f(K\x01K\x02\x90.", "<set>"),
    "FROZENSET": (b"(K\x01\x91.", "<frozenset>"),
    "MEMOIZE": (b"K\x05\x940h\x00.", 5),
    "FRAME": (b"\x80\x04\x95" + struct.pack("<Q", 3) + b"K\x05.", 5),
    "BYTEARRAY8": (b"\x96" + struct.pack("<Q", 2) + b"ab.", "<bytearray>"),
    "READONLY_BUFFER": (b"\x96" + struct.pack("<Q", 2) + b"ab\x98.", "<bytearray>"),
}
# What names, calls or asks for something: the program, and what the report must say of it.
NAMING: dict[str, tuple[bytes, str]] = {
    "GLOBAL": (b"cos\nsystem\n.", "os.system GLOBAL -"),
    "STACK_GLOBAL": (b"\x8c\x02os\x8c\x06system\x93.", "os.system STACK_GLOBAL -"),
    "REDUCE": (b"cos\nsystem\n(Vid\ntR.", "os.system GLOBAL REDUCE"),
    "NEWOBJ": (b"cos\nsystem\n)\x81.", "os.system GLOBAL NEWOBJ"),
    "NEWOBJ_EX": (b"cos\nsystem\n)}\x92.", "os.system GLOBAL NEWOBJ_EX"),
    "INST": (b"(Vwho\nios\nsystem\n.", "os.system INST INST"),
    "OBJ": (b"(cos\nsystem\nVid\no.", "os.system GLOBAL OBJ"),
    "BUILD": (b"cos\nsystem\n)R}b.", "os.system GLOBAL REDUCE"),
}
ASKING: dict[str, tuple[bytes, FaultKind | None]] = {
    "PERSID": (b"Pabc\n.", None),
    "BINPERSID": (b"K\x05Q.", None),
    "EXT1": (b"\x82\x07.", FaultKind.EXTENSION),
    "EXT2": (b"\x83\x07\x01.", FaultKind.EXTENSION),
    "EXT4": (b"\x84\x07\0\0\0.", FaultKind.EXTENSION),
    "NEXT_BUFFER": (b"\x97.", FaultKind.BUFFER),
}


def kinds(report: PickleReport) -> list[FaultKind]:
    return [fault.kind for fault in report.faults]


def test_every_opcode_has_its_sample() -> None:
    names = {opcode.name for opcode in pickletools.opcodes}
    assert set(PLAIN) | set(NAMING) | set(ASKING) == names == set(NAMES.values())


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_opcode_yields_what_the_unpickler_yields(name: str) -> None:
    data, expected = PLAIN[name]
    trace: list[tuple[int, int]] = []
    report = walk(data, trace=trace)
    assert report.faults == ()
    assert name in {NAMES[code] for code, _ in trace}
    assert report.streams[0].result == expected
    loaded = pickle.loads(data)  # noqa: S301 - hand-made plain data without any name
    if isinstance(expected, str) and expected.startswith("<"):
        assert type(loaded).__name__ in {expected.strip("<>"), "memoryview"}
    else:
        assert loaded == expected
        assert type(loaded) is type(expected)


@pytest.mark.parametrize("name", NAMING)
def test_an_opcode_that_names_or_calls_is_reported(name: str) -> None:
    data, expected = NAMING[name]
    report = walk(data)
    (use,) = report.globals
    assert f"{use.module}.{use.name} {use.opcode} {','.join(use.calls) or '-'}" == expected
    assert use.offset == data.index(b"\x93" if name == "STACK_GLOBAL" else b"i" if name == "INST" else b"c")
    assert report.faults == ()


@pytest.mark.parametrize("name", ASKING)
def test_an_opcode_that_asks_the_loader_is_reported(name: str) -> None:
    data, kind = ASKING[name]
    report = walk(data)
    assert kinds(report) == ([kind] if kind else [])
    assert bool(report.persistent_ids) is (kind is None)
    assert [extension.code for extension in report.extensions] == {"EXT1": [7], "EXT2": [263], "EXT4": [7]}.get(
        name, []
    )


BROKEN = {
    "an unknown opcode": (b"\xff.", FaultKind.OPCODE, 0),
    "nothing": (b"", FaultKind.TRUNCATED, 0),
    "no STOP": (b"N", FaultKind.TRUNCATED, 1),
    "an empty stack at STOP": (b".", FaultKind.STACK, 0),
    "a stack that ends at a mark": (b"N(.", FaultKind.STACK, 2),
    "REDUCE across a mark": (b"cos\nsystem\n()R.", FaultKind.STACK, 13),
    "a tuple without mark": (b"Nt.", FaultKind.MARK, 1),
    "INST without mark": (b"ios\nsystem\n.", FaultKind.MARK, 0),
    "OBJ without class": (b"(o.", FaultKind.STACK, 1),
    "TUPLE2 of one": (b"N\x86.", FaultKind.STACK, 1),
    "DUP of nothing": (b"2.", FaultKind.STACK, 0),
    "POP of nothing": (b"0.", FaultKind.STACK, 0),
    "BUILD of one": (b"Nb.", FaultKind.STACK, 1),
    "APPEND to nothing": (b"Na.", FaultKind.STACK, 1),
    "an odd DICT": (b"(Nd.", FaultKind.STACK, 2),
    "odd SETITEMS": (b"}(Nu.", FaultKind.STACK, 3),
    "a memo index never stored": (b"h\x07.", FaultKind.MEMO, 0),
    "a memo index far away": (b"Nr\xff\xff\xff\x7f.", FaultKind.LIMIT, 1),
    "a negative memo index": (b"Np-1\n.", FaultKind.ARGUMENT, 1),
    "PUT on nothing": (b"p1\n.", FaultKind.STACK, 0),
    "a count beyond the end": (b"B\xff\xff\xff\xffab.", FaultKind.TRUNCATED, 0),
    "a count beyond all memory": (b"\x8e" + b"\xff" * 8 + b".", FaultKind.TRUNCATED, 0),
    "text beyond the end": (b"\x8d" + b"\xff" * 7 + b"\x00ab.", FaultKind.TRUNCATED, 0),
    "a negative LONG4": (b"\x8b\xff\xff\xff\xff.", FaultKind.ARGUMENT, 0),
    "a line without end": (b"Iabc", FaultKind.TRUNCATED, 0),
    "an INT of letters": (b"Iabc\n.", FaultKind.ARGUMENT, 0),
    "an INT that C reads as octal": (b"I010\n.", FaultKind.ARGUMENT, 0),
    "an INT too long for Python": (b"I" + b"1" * 5000 + b"\n.", FaultKind.ARGUMENT, 0),
    "a FLOAT of letters": (b"Fabc\n.", FaultKind.ARGUMENT, 0),
    "a STRING without quotes": (b"Sabc\n.", FaultKind.ARGUMENT, 0),
    "a STRING of one quote": (b"S'\n.", FaultKind.ARGUMENT, 0),
    "a STRING with a strange escape": (b"S'\\q'\n.", FaultKind.ARGUMENT, 0),
    "a UNICODE that is cut": (b"V\\u12\n.", FaultKind.ARGUMENT, 0),
    "text that is not UTF-8": (b"\x8c\x01\xff.", FaultKind.ARGUMENT, 0),
    "an empty module": (b"c\nsystem\n.", FaultKind.ARGUMENT, 0),
    "a module that is not UTF-8": (b"c\xff\nsystem\n.", FaultKind.ARGUMENT, 0),
    "an INST that is not ASCII": (b"(i\xc3\xa9\nx\n.", FaultKind.ARGUMENT, 1),
    "a persistent id that is not ASCII": (b"P\xff\n.", FaultKind.ARGUMENT, 0),
    "protocol 6": (b"\x80\x06N.", FaultKind.PROTOCOL, 0),
    "extension code 0": (b"\x82\x00.", FaultKind.EXTENSION, 0),
    "a negative extension code": (b"\x84\xff\xff\xff\xff.", FaultKind.EXTENSION, 0),
    "a frame beyond all memory": (b"\x95" + b"\xff" * 8 + b"N.", FaultKind.ARGUMENT, 0),
    "READONLY_BUFFER of None": (b"N\x98.", FaultKind.BUFFER, 1),
    "arguments that are no tuple": (b"cos\nsystem\nNR.", FaultKind.CALL, 12),
    "keywords that are no dict": (b"cos\nsystem\n)N\x92.", FaultKind.CALL, 13),
    "a call of text": (b"Vos\n)R.", FaultKind.CALL, 5),
    "a call of a result": (b"cos\nsystem\n)R)R.", FaultKind.CALL, 14),
    "a name from a number": (b"K\x01\x8c\x01a\x93.", FaultKind.UNRESOLVED, 5),
    "SETITEM on a tuple": (b")NNs.", FaultKind.TARGET, 3),
    "SETITEM on a global": (b"cos\nenviron\nNNs.", FaultKind.TARGET, 14),
    "BUILD on a global": (b"cos\nenviron\nN}\x86b.", FaultKind.TARGET, 15),
    "BUILD on a list": (b"]}b.", FaultKind.TARGET, 2),
    "bytes after STOP": (b"N.\xff", FaultKind.OPCODE, 2),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_stream_is_a_fault_with_its_position(case: str) -> None:
    data, kind, offset = BROKEN[case]
    report = walk(data)
    assert (report.faults[0].kind, report.faults[0].offset) == (kind, offset)
    assert walk(io.BytesIO(data)) == walk(bytearray(data)) == walk(memoryview(data)) == report


LIMITED = {
    "opcodes": (b"N0" * 5000 + b"N.", Limits(opcodes=4096)),
    "stack": (b"N" * 5000 + b".", Limits(stack=100)),
    "marks": (b"(" * 200, Limits(stack=100)),
    "memo": (b"N" + b"\x94" * 200 + b".", Limits(memo=100)),
    "lines": (b"I" + b"1" * 200 + b"\n.", Limits(line_bytes=100)),
    "lines without end": (b"I" + b"1" * 2000, Limits(line_bytes=100)),
    "globals": (b"".join(b"cm\nn%d\n0" % number for number in range(200)) + b"N.", Limits(uses=100)),
    "extensions": (b"".join(b"\x82%c0" % number for number in range(1, 200)) + b"N.", Limits(uses=100, faults=1000)),
    "faults": (b"\x970" * 200 + b"N.", Limits(faults=100)),
    "streams": (b"N." * 200, Limits(streams=100)),
    "tuples in tuples": (b"N" + b"\x85" * 200 + b".", Limits(tuple_depth=100)),
    "frozen sets in frozen sets": (b"(" * 200 + b"\x91" * 200 + b".", Limits(tuple_depth=100)),
    "persistent ids": (b"".join(b"Pid%d\n0" % number for number in range(200)) + b"N.", Limits(memo=100)),
    "persistent ids, kept": (b"".join(b"Pid%d\n0" % number for number in range(200)) + b"N.", Limits(kept_bytes=100)),
    "nested bytes": (b"C\x05\x80\x02NN..", Limits(nested_bytes=4)),
    "nested count": (b"C\x04\x80\x02N.0" * 200 + b"N.", Limits(nested_count=100)),
}


@pytest.mark.parametrize("case", LIMITED)
def test_what_is_above_a_limit_is_a_fault(case: str) -> None:
    data, limits = LIMITED[case]
    assert FaultKind.LIMIT in kinds(walk(data, limits))
    assert FaultKind.LIMIT in kinds(walk(io.BytesIO(data), limits))


def test_a_file_that_gives_single_bytes_reads_the_same() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(1, size or 0))

    data = pickle.dumps({"a": [1.5, "x" * 3000, b"y" * 3000, 10**80]}, 4) + b"I1\n."
    assert walk(Slow(data)) == walk(data)
    assert walk(data).stream_count == 2


def test_a_number_of_streams_ends_where_they_end() -> None:
    report = walk(io.BytesIO(b"K\x01.\x80\x02K\x02.raw"), streams=2)
    assert report.faults == ()
    assert [stream.result for stream in report.streams] == [1, 2]
    assert (report.end, report.protocol) == (8, 2)
    assert [stream.opcodes for stream in report.streams] == [2, 3]


def test_long_texts_are_reported_as_they_are_meant() -> None:
    long, short = "a text of twenty bytes or more", "a short text"
    for protocol in range(6):
        assert walk(pickle.dumps([long, short, 7], protocol)).texts == (long,)
    assert walk(b"S'\\x61 text of twenty bytes or more'\n.").texts == (long,)
    assert walk(pickle.dumps(["x" * 30 + str(number) for number in range(5)]), Limits(reported_bytes=70)).texts == (
        "x" * 30 + "0",
        "x" * 30 + "1",
    )


def test_where_bytes_and_longer_texts_stand_is_reported() -> None:
    data = pickle.dumps([b"x" * 30, "y" * 2000, b"z"], 4)
    assert walk(data).spans == ((data.index(b"C\x1e"), data.index(b"y" * 2000) + 2000),)
    line = b"V" + b"a" * 1100 + b"\n."
    assert walk(line).spans == ((0, len(line) - 1),)
    old = b"U\x1e" + b"\xff" * 30 + b"."
    assert walk(old).spans == ((0, 32),)
    apart = pickle.dumps([b"x" * 30, *range(3000), b"y" * 30, *range(3000), b"z" * 30], 4)
    assert len(walk(apart).spans) == 3
    assert walk(apart, Limits(uses=2)).spans[1:] == ((apart.index(b"C\x1ey"), apart.index(b"z" * 30) + 30),)
