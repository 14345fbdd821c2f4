"""Joblib's files: the arrays between the opcodes are passed over exactly."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest
from tests.samples.numpy import wrapped

from weighbridge.formats.joblib_walk import walk_joblib
from weighbridge.formats.pickle_globals import JOBLIB, unlisted
from weighbridge.formats.pickle_report import FaultKind, PickleReport

_ARRAY = np.arange(6, dtype="<f4").reshape(2, 3)
_GOOD = wrapped(_ARRAY, _ARRAY.tobytes())


def faults(data: bytes) -> list[FaultKind]:
    return [fault.kind for fault in walk_joblib(data).faults]


@pytest.mark.parametrize("padding", [b"", b"\0", b"\x01\xff", b"\x10" + b"\xff" * 16])
@pytest.mark.parametrize("kind", ["<f4", ">i8", "?", "S3", "<U2", "<i4,<f8"])
def test_an_array_is_passed_over(kind: str, padding: bytes) -> None:
    array = np.zeros((2, 3), kind)
    report = walk_joblib(io.BytesIO(wrapped(array, array.tobytes(), 2, padding)))
    assert report.faults == ()
    assert unlisted(report, JOBLIB) == ()
    assert unlisted(report)


def test_an_array_larger_than_a_chunk_is_passed_over() -> None:
    array = np.zeros(500_000)
    assert walk_joblib(io.BytesIO(wrapped(array, array.tobytes()))).faults == ()


def test_a_protocol_0_wrapper_is_read() -> None:
    body = _GOOD[2:].replace(
        b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81",
        b"ccopy_reg\n_reconstructor\n(cjoblib.numpy_pickle\nNumpyArrayWrapper\nc__builtin__\nobject\nNtR",
    )
    report = walk_joblib(b"\x80\x02" + body)
    assert report.faults == ()
    assert unlisted(report, JOBLIB) == ()


def test_states_of_marks_and_pairs_are_read() -> None:
    fields = b"(" + pickle.dumps("dtype", 2)[2:-1] + pickle.dumps(_ARRAY.dtype, 2)[2:-1] + b"d"
    more = b"Vsubclass\ncnumpy\nndarray\nsVshape\nK\x02K\x03\x86sVorder\nVC\ns"
    data = b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81" + fields + more + b"b" + bytes(24) + b"."
    assert walk_joblib(data).faults == ()


def changed(old: bytes, new: bytes) -> bytes:
    assert old in _GOOD
    return _GOOD.replace(old, new, 1)


_STATE = _GOOD.index(b"}q")
BROKEN = {
    "a state that is none": b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81Nb.",
    "another field": changed(b"allow_mmap", b"allow_nmap"),
    "another class": changed(b"cnumpy\nndarray\n", b"cnumpy\nmatrices\n"),
    "another order": changed(b"X\x01\0\0\0C", b"X\x01\0\0\0A"),
    "a dimension below nothing": changed(b"K\x02K\x03\x86", b"J\xff\xff\xff\xffK\x03\x86"),
    "a shape that is none": changed(b"K\x02K\x03\x86", b"K\x02K\x030"),
    "more than any file": changed(b"K\x02K\x03\x86", b"\x8a\x08\0\0\0\0\0\0\0\x40K\x03\x86"),
    "another type": changed(b"X\x02\0\0\0f4", b"X\x02\0\0\0x4"),
    "a type that is none": wrapped(_ARRAY, _ARRAY.tobytes()).replace(b"cnumpy\ndtype", b"cnumpy\nctype"),
    "another alignment": changed(b"K\x10", b"K\x20"),
    "too much padding": wrapped(_ARRAY, b"", 2, b"\x11" + b"\xff" * 17),
    "padding that is none": wrapped(_ARRAY, _ARRAY.tobytes(), 2, b"\x02N."),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_joblib_does_not_write_is_a_fault(case: str) -> None:
    assert FaultKind.ARRAY in faults(BROKEN[case])


def test_an_array_of_objects_ends_the_walk() -> None:
    objects = np.array([None], dtype=object)
    assert faults(wrapped(objects, pickle.dumps(objects), 2, b"")) == [FaultKind.OBJECTS]


def test_an_array_within_a_frame_is_a_fault() -> None:
    framed = b"\x80\x04\x95" + (len(_GOOD) - 2).to_bytes(8, "little") + _GOOD[2:]
    assert FaultKind.FRAME in faults(framed)


def test_an_array_that_lacks_bytes_is_a_fault() -> None:
    assert faults(_GOOD[:-5]) == [FaultKind.TRUNCATED]


def test_odd_items_are_a_fault() -> None:
    assert faults(b"(Nd.") == [FaultKind.STACK]
    assert faults(b"}(Nu.") == [FaultKind.STACK]
    report: PickleReport = walk_joblib(b"(NNd.")
    assert report.faults == ()
