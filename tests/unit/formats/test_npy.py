"""The header of a `.npy` file: what NumPy writes is read, all else is a fault."""

from __future__ import annotations

import io

import numpy as np
import pytest
from tests.samples.numpy import npy, saved

from weighbridge.formats.npy import NpyReport, parse

_HEAD = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n"


def read(data: bytes) -> NpyReport:
    return parse(io.BytesIO(data), len(data))


ARRAYS = {
    "every plain type": [
        np.zeros(2, kind) for kind in ("?", "i1", "u8", "f2", "f4", "f8", "c8", "c16", "S3", "U3", "V4")
    ],
    "big end first": [np.zeros(2, ">f8")],
    "long doubles": [np.zeros(2, "longdouble")],
    "times": [np.zeros(2, "M8[ns]"), np.zeros(2, "m8[10ms]"), np.zeros(2, "M8")],
    "shapes": [np.zeros(()), np.zeros((0, 3)), np.zeros((1, 2, 3, 4)), np.asfortranarray(np.zeros((3, 4)))],
    "fields": [np.zeros(2, [("a", "<f4"), ("b", "i2", (2, 3)), ("c", [("d", "S1")])])],
    "fields with holes": [np.zeros(2, np.dtype({"names": ["a", "b"], "formats": ["i1", "f8"]}, align=True))],
    "fields with titles": [np.zeros(2, [(("title", "a"), "f4")])],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_what_numpy_writes_is_read(name: str) -> None:
    for array in ARRAYS[name]:
        report = read(saved(array))
        assert report.faults == ()
        assert (report.shape, report.item_bytes, report.objects) == (array.shape, array.itemsize, False)


def test_objects_are_told() -> None:
    report = read(saved(np.array([None], dtype=object)))
    assert report.objects
    assert report.faults == ()
    assert read(saved(np.zeros(1, [("a", "f4"), ("b", "O")]))).objects


@pytest.mark.parametrize("version", [1, 2, 3])
def test_each_version_is_read(version: int) -> None:
    assert read(npy(_HEAD, bytes(8), version)) == NpyReport((2,), 4, False, 10 + 2 * (version > 1) + len(_HEAD))


def changed(old: bytes, new: bytes) -> bytes:
    return npy(_HEAD.replace(old, new), bytes(8))


BROKEN = {
    "truncated": b"\x93NUMPY\x01",
    "magic": b"\x93NUMPI\x01\0" + bytes(40),
    "version": npy(_HEAD, bytes(8), 4),
    "header-length": npy(b" " * 70_000, b"", 2),
    "header-text": npy(_HEAD[:-1], bytes(8)),
    "header-text of no UTF-8": npy(b"{'\xff'}\n", b"", 3),
    "header-literal": npy(b"{'descr': f()}\n", b""),
    "header-keys": npy(b"{'descr': '<f4'}\n", b""),
    "header-keys of a list": npy(b"[1]\n", b""),
    "order": changed(b"False", b"0"),
    "shape": changed(b"(2,)", b"[2]"),
    "shape of truth": changed(b"(2,)", b"(True,)"),
    "shape below nothing": changed(b"(2,)", b"(-1,)"),
    "shape of many": changed(b"(2,)", b"(" + b"1," * 65 + b")"),
    "shape of more than a file": changed(b"(2,)", b"(9223372036854775807, 2)"),
    "descr": changed(b"'<f4'", b"'(2,3)f4, i8'"),
    "descr of another size": changed(b"'<f4'", b"'<f3'"),
    "descr of a number": changed(b"'<f4'", b"4"),
    "descr of no fields": changed(b"'<f4'", b"[]"),
    "descr of a field alone": changed(b"'<f4'", b"['a']"),
    "descr of a field without name": changed(b"'<f4'", b"[(1, '<f4')]"),
    "descr of many fields": changed(b"'<f4'", b"[" + b"('','|V0')," * 1030 + b"]"),
    "data-size": npy(_HEAD, bytes(9)),
    "data-size that lacks": npy(_HEAD, bytes(7)),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_breaks_the_format_is_a_fault(case: str) -> None:
    assert [fault.id for fault in read(BROKEN[case]).faults] == [case.partition(" ")[0]]


def test_a_field_may_repeat_and_a_type_may_be_an_array() -> None:
    assert read(changed(b"'<f4'", b"('<i2', (2,))")).item_bytes == 4
    assert read(changed(b"'<f4'", b"[('a', '<i2', 2)]")).item_bytes == 4
