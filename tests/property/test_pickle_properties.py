from __future__ import annotations

import collections
import io
import pickle
import pickletools
import random
import struct
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from weighbridge.formats.pickle_globals import unlisted
from weighbridge.formats.pickle_opcodes import NAMES
from weighbridge.formats.pickle_report import FaultKind, PickleReport
from weighbridge.formats.pickle_walk import walk

PROTOCOLS = st.integers(0, pickle.HIGHEST_PROTOCOL)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.binary().map(bytearray)
    | st.complex_numbers()
)
HASHABLE = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS | st.sets(HASHABLE) | st.frozensets(HASHABLE),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(HASHABLE, inner)
        | st.dictionaries(st.text(), inner).map(collections.OrderedDict)
        | inner.map(lambda value: [value, value])
    ),
    max_leaves=20,
)
# Pieces of programs: enough to meet every rule, few enough to meet it often.
PIECES = st.sampled_from(
    [bytes([code]) for code in NAMES]
    + [b"cm\nn\n", b"(im\nn\n", b"\x8c\x01m", b"\x8c\x01n", b"\x8c\x01m\x8c\x01n\x93", b"K\x01", b"q\x00", b"h\x00"]
    + [
        b"q\x01",
        b"h\x01",
        b"p2\n",
        b"g2\n",
        b"(",
        b"t",
        b")",
        b"R",
        b"N",
        b"}",
        b"]",
        b"\x80\x02",
        b"\x80\x04",
        b"\x94",
    ]
    + [b"\x95" + struct.pack("<Q", size) for size in range(4)]
)


class Stub:
    """What the real unpickler is given in place of every global: it does nothing, whatever is done to it."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take anything."""

    def __setstate__(self, state: object) -> None:
        """Take anything."""

    def __setitem__(self, key: object, value: object) -> None:
        """Take anything."""

    def extend(self, items: object) -> None:
        """Take anything."""

    def add(self, item: object) -> None:
        """Take anything."""


class Recorder(pickle.Unpickler):
    """The C unpickler, with nothing to import: it writes down what it was asked for."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.asked: list[str] = []

    def find_class(self, module: str, name: str) -> Any:
        self.asked.append(f"{module}.{name}")
        return Stub

    def persistent_load(self, pid: object) -> Any:  # noqa: ARG002 - the unpickler's name
        return Stub()


def asked_by_the_unpickler(data: bytes, streams: int) -> tuple[list[str], bool]:
    """What the C unpickler asks for, and whether it came to the end; only for data in which the walk saw no fault."""
    file = io.BytesIO(data)
    asked: list[str] = []
    for _ in range(streams):
        recorder = Recorder(file)
        try:
            recorder.load()
        except (TypeError, AttributeError, ValueError, IndexError, pickle.UnpicklingError):
            return asked + recorder.asked, False
        finally:
            asked = asked + recorder.asked
    return asked, True


def agrees(data: bytes, report: PickleReport) -> bool:
    """Whether the C unpickler asks for nothing that the walk did not see."""
    asked, _ = asked_by_the_unpickler(data, report.stream_count)
    return set(asked) <= {use.written for use in report.globals}


@given(VALUES, PROTOCOLS)
def test_what_picklers_write_walks_clean(value: object, protocol: int) -> None:
    report = walk(pickle.dumps(value, protocol))
    assert report.faults == ()
    assert unlisted(report) == ()


@given(VALUES, PROTOCOLS)
def test_opcodes_are_those_of_pickletools(value: object, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    trace: list[tuple[int, int]] = []
    report = walk(io.BytesIO(data), trace=trace)
    assert trace == [(ord(opcode.code), position) for opcode, _, position in pickletools.genops(data)]
    assert (report.end, report.streams[0].opcodes) == (len(data), len(trace))


@settings(max_examples=2000)
@given(st.lists(PIECES, max_size=24).map(b"".join))
def test_programs_of_pieces_ask_for_nothing_that_was_not_seen(body: bytes) -> None:
    data = body + b"."
    report = walk(data)
    assert report.end <= len(data)
    if not report.faults:
        assert agrees(data, report)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_report(data: bytes) -> None:
    report = walk(data)
    assert walk(io.BytesIO(data)) == report
    assert report.faults or report.stream_count


def seeds() -> list[bytes]:
    values: list[object] = [
        {"a": [1, 2.5, None, True, "text", b"bytes", (1, 2), {3}, frozenset([4]), 2**70, bytearray(b"x")], "b": 1j},
        collections.OrderedDict((f"layer.{number}", (number, [float(number)])) for number in range(5)),
        [b"\x80\x02cm\nn\n)R.", "x" * 300, -1, 70000],
    ]
    programs = [
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x06tQK\x00)tR.",
        b"(Vid\nios\nsystem\n(cos\nsystem\nVid\no0.",
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93)\x81}\x92b.N.(I1\nL2L\nF1.0\nS'a'\nP3\nt.",
    ]
    return [pickle.dumps(value, protocol) for value in values for protocol in range(6)] + programs


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, put in, taken out, doubled or cut off."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(changed) + 1)
        size = dice.randint(1, 8)
        kind = dice.randrange(6)
        if kind == 0:
            changed[at : at + 1] = bytes([dice.randrange(256)])
        elif kind == 1:
            changed[at:at] = bytes([dice.choice(list(NAMES))])
        elif kind == 2:
            del changed[at : at + size]
        elif kind == 3:
            changed[at:at] = changed[at : at + size]
        elif kind == 4:
            changed[at : at + 4] = struct.pack("<I", dice.choice([0, 1, 255, 2**16, 2**31 - 1, 2**32 - 1]))
        else:
            del changed[len(changed) - size :]
    return bytes(changed)


def test_twenty_four_thousand_mutated_pickles() -> None:
    dice = random.Random(20261123)  # noqa: S311 - a reproducible choice, no secret
    originals = seeds()
    clean = agreed = 0
    started = time.monotonic()
    for number in range(24_000):
        data = mutated(originals[number % len(originals)], dice)
        report = walk(data)
        assert report.end <= len(data)
        assert report.faults or report.end == len(data)
        assert all(0 <= fault.offset <= len(data) for fault in report.faults)
        assert all(fault.kind in FaultKind and fault.message for fault in report.faults)
        if not report.faults:
            clean += 1
            agreed += agrees(data, report)
    assert clean == agreed > 100
    assert time.monotonic() - started < 120
