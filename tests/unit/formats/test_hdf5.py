"""HDF5 as Keras writes it is read to the last object; links, outside storage and lies are faults."""

from __future__ import annotations

import io
import struct

import pytest
from tests.samples.hdf5 import FLOATS, contiguous, entry, hdf5, header, message, shape, text_attribute

from weighbridge.formats import hdf5 as parser

_UNDEFINED = (1 << 64) - 1
_PLACE = 1792
_SHAPE, _TYPE = message(1, shape(2, 3)), message(3, FLOATS)
_WHERE = message(8, contiguous(_PLACE, 24))
_HALF = bytes([0x13, 0, 0, 0]) + struct.pack("<I", 4)


def found(data: bytes) -> list[str]:
    return [fault.id for fault in parser.parse(io.BytesIO(data), len(data)).faults]


def dataset(*more: bytes) -> bytes:
    """A whole dataset with more messages."""
    return hdf5(_SHAPE, _TYPE, _WHERE, *more)


def changed(at: int, new: bytes) -> bytes:
    data = bytearray(hdf5())
    data[at : at + len(new)] = new
    return bytes(data)


def test_a_dataset_is_read() -> None:
    data = hdf5()
    assert parser.parse(io.BytesIO(data), len(data)) == parser.Hdf5Report(1, 24)


def attribute(version: int, kind: bytes, data: bytes, space: bytes = shape()) -> bytes:
    """An attribute of versions 2 and 3, which pad nothing."""
    encoding = b"\1" if version == 3 else b""
    return bytes([version, 0]) + struct.pack("<3H", 2, len(kind), len(space)) + encoding + b"a\0" + kind + space + data


SOUND = {
    "an attribute of text": dataset(message(0x0C, text_attribute())),
    "an attribute of version 2": dataset(message(0x0C, attribute(2, FLOATS, bytes(4)))),
    "an attribute of version 3": dataset(message(0x0C, attribute(3, FLOATS, bytes(4)))),
    "an attribute of nothing": dataset(message(0x0C, attribute(3, FLOATS, b"", bytes([2, 0, 0, 2])))),
    "an empty text": dataset(message(0x0C, text_attribute(length=0, address=0))),
    "times and fills": dataset(message(5, bytes(4)), message(0x12, bytes(8)), message(0, b"")),
    "a compact dataset": hdf5(message(1, shape()), _TYPE, message(8, b"\3\0\4\0" + bytes(4))),
    "an empty dataset": hdf5(message(1, shape(0)), _TYPE, message(8, contiguous(_UNDEFINED, 0))),
    "texts of one length": hdf5(message(1, shape(6)), message(3, _HALF), _WHERE),
    "a second name": hdf5(symbols=entry(8, 1280) + entry(8, 1280)),
    "no name at all": hdf5(symbols=b""),
    "messages elsewhere": hdf5(_SHAPE, _TYPE, message(0x10, struct.pack("<QQ", 1500, 32)))[:1500]
    + _WHERE
    + hdf5()[1532:],
}
SOUND["messages elsewhere"] = SOUND["messages elsewhere"][:1282] + b"\4" + SOUND["messages elsewhere"][1283:]


@pytest.mark.parametrize("case", SOUND)
def test_what_the_library_writes_is_sound(case: str) -> None:
    assert found(SOUND[case]) == []


BROKEN = {
    "truncated": hdf5()[:50],
    "signature": changed(1, b"HDX"),
    "unsupported superblock": changed(8, b"\2"),
    "superblock with other sizes": changed(13, b"\4"),
    "superblock with a base": changed(24, b"\1"),
    "superblock with a driver": changed(48, bytes(8)),
    "size": hdf5(end=99),
    "truncated root": changed(64, struct.pack("<Q", 1 << 40)),
    "unsupported header": changed(96, b"\2"),
    "header of fewer messages": changed(98, b"\2"),
    "header with a long message": changed(96 + 18, b"\xff"),
    "unsupported message": dataset(message(6, bytes(8))),
    "unsupported message elsewhere": dataset(message(0x0C, text_attribute(), 2)),
    "unsupported dense links": dataset(message(2, bytes(24))),
    "external": dataset(message(7, bytes(24))),
    "link": hdf5(symbols=entry(8, 1280, 2)),
    "link to nothing": hdf5(symbols=entry(8, _UNDEFINED)),
    "group whose name is outside": hdf5(symbols=entry(88, 1280)),
    "group without tree": changed(160, b"TREX"),
    "group without heap": changed(704, b"HEAX"),
    "group without leaf": changed(824, b"SNOX"),
    "group of a short message": dataset(message(0x11, bytes(8))),
    "group met twice": hdf5(message(0x11, struct.pack("<QQ", 160, 704))),
    "group of a tree of itself": changed(165, b"\1")[:192] + struct.pack("<Q", 160) + hdf5()[200:],
    "header of nothing": hdf5(message(5, bytes(8))),
    "header without shape": hdf5(_TYPE, _WHERE),
    "unsupported chunks": hdf5(_SHAPE, _TYPE, message(8, bytes([3, 2, 3]) + bytes(24))),
    "unsupported layout": hdf5(_SHAPE, _TYPE, message(8, bytes([4, 1]) + bytes(24))),
    "layout longer than its shape": hdf5(_SHAPE, _TYPE, message(8, contiguous(_PLACE, 25))),
    "layout behind the end": hdf5(_SHAPE, _TYPE, message(8, contiguous(_PLACE + 8, 24))),
    "layout of nowhere": hdf5(_SHAPE, _TYPE, message(8, contiguous(_UNDEFINED, 24))),
    "layout cut short": hdf5(_SHAPE, _TYPE, message(8, bytes([3, 1]))),
    "layout of another compact size": hdf5(_SHAPE, _TYPE, message(8, b"\3\0\4\0" + bytes(4))),
    "datatype of references": hdf5(_SHAPE, message(3, bytes([0x17, 0, 0, 0, 8, 0, 0, 0])), _WHERE),
    "datatype of compounds": hdf5(_SHAPE, message(3, bytes([0x16, 0, 0, 0, 8, 0, 0, 0])), _WHERE),
    "datatype of sequences": hdf5(_SHAPE, message(3, bytes([0x19, 0, 0, 0, 16, 0, 0, 0])), _WHERE),
    "datatype of nothing": hdf5(_SHAPE, message(3, b""), _WHERE),
    "unsupported texts": hdf5(_SHAPE, message(3, bytes([0x19, 1, 0, 0, 16, 0, 0, 0])), _WHERE),
    "dataspace of another version": hdf5(message(1, bytes([9, 0, 0, 0])), _TYPE, _WHERE),
    "dataspace cut short": hdf5(message(1, bytes([1, 9, 0, 0])), _TYPE, _WHERE),
    "dataspace of too much": hdf5(message(1, shape(1 << 40, 1 << 40)), _TYPE, _WHERE),
    "attribute of another version": dataset(message(0x0C, bytes([9]) + bytes(15))),
    "attribute that is shared": dataset(message(0x0C, bytes([3, 1]) + bytes(14))),
    "attribute cut short": dataset(message(0x0C, bytes([1, 0]) + struct.pack("<3H", 90, 8, 8))),
    "attribute longer than its message": dataset(message(0x0C, attribute(2, FLOATS, b"", shape(9)))),
    "heap that is none": dataset(message(0x0C, text_attribute(address=0))),
    "heap without the text": dataset(message(0x0C, text_attribute(index=9))),
    "heap of a shorter text": dataset(message(0x0C, text_attribute(length=6))),
    "heap that overflows": changed(1152 + 24, b"\xff\xff"),
    "overlap": changed(1280, header(_SHAPE, _TYPE, _WHERE))[:824]
    + b"SNOD\1\0\2\0"
    + entry(8, 1280)
    + entry(8, 1500)
    + hdf5(_SHAPE, _TYPE, _WHERE)[912:1500]
    + header(_SHAPE, _TYPE, _WHERE)
    + hdf5()[1500 + len(header(_SHAPE, _TYPE, _WHERE)) :],
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_not_so_is_a_fault(case: str) -> None:
    assert found(BROKEN[case]) == [case.partition(" ")[0]]


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "MAX_WORK", 5)
    assert found(hdf5()) == ["limit"]
    monkeypatch.undo()
    monkeypatch.setattr(parser, "MAX_OBJECTS", 1)
    assert found(hdf5()) == ["limit"]
