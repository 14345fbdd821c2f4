"""Storages against what pickles say of them, in the zip format's ids and in the old format."""

from __future__ import annotations

import io

import pytest
from tests.samples.torch import state_dict, tensor, torch_legacy

from weighbridge.formats import torch_legacy as legacy
from weighbridge.formats import torch_storage
from weighbridge.formats.pickle_walk import walk


def found(data: bytes, there: dict[str, int]) -> list[str]:
    report = walk(b"\x80\x02" + data + b".")
    assert report.faults == ()
    named, faults = torch_storage.storages(report)
    return [fault.id for fault in [*faults, *torch_storage.views(report, named), *torch_storage.against(named, there)]]


def view(function: str, arguments: bytes, kind: str = "ctorch\nByteStorage\n") -> bytes:
    """A tensor of a function, over a storage of 24 bytes."""
    storage = f"(Vstorage\n{kind}V0\nVcpu\nK\x18tQ".encode("latin-1")
    return f"ctorch._utils\n{function}\n(".encode() + storage + arguments + b"tR"


_PLAIN = b"K\x00K\x02K\x03\x86K\x03K\x01\x86"
CASES: dict[str, tuple[bytes, dict[str, int], list[str]]] = {
    "a tensor": (tensor(), {"0": 24}, []),
    "the oldest function": (view("_rebuild_tensor", b"K\x00K\x18\x85K\x01\x85"), {"0": 24}, []),
    "bytes with a type": (
        view("_rebuild_tensor_v3", _PLAIN + b"\x89Nctorch\nfloat32\n", "ctorch.storage\nUntypedStorage\n"),
        {"0": 24},
        [],
    ),
    "bytes with too wide a type": (
        view("_rebuild_tensor_v3", _PLAIN + b"\x89Nctorch\nfloat64\n", "ctorch.storage\nUntypedStorage\n"),
        {"0": 24},
        ["view-bounds"],
    ),
    "bytes without type": (
        view("_rebuild_tensor_v2", _PLAIN + b"\x89N", "ctorch.storage\nUntypedStorage\n"),
        {"0": 24},
        ["view"],
    ),
    "a quantised tensor": (view("_rebuild_qtensor", _PLAIN + b")\x89N", "ctorch\nQInt8Storage\n"), {"0": 24}, []),
    "a tensor within a call": (
        (
            b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n"
            b"((Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x06tQK\x00K\x07\x85K\x01\x85\x89Nt}tR"
        ),
        {"0": 24},
        ["view-bounds"],
    ),
    "a call within a call that is no tensor": (
        (
            b"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x06tQ0"
            b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_parameter\nctorch\nTensor\n)}tR"
        ),
        {"0": 24},
        [],
    ),
    "a tensor over nothing": (b"ctorch._utils\n_rebuild_tensor_v2\n)R", {}, ["view"]),
    "a tensor of unknown shape": (view("_rebuild_tensor", b"K\x00NN"), {"0": 24}, ["view"]),
    "a tensor of texts": (view("_rebuild_tensor", b"K\x00Va\n\x85K\x01\x85"), {"0": 24}, ["view"]),
    "shape and steps of other lengths": (view("_rebuild_tensor", b"K\x00K\x02\x85)"), {"0": 24}, ["view"]),
    "a scalar": (view("_rebuild_tensor", b"K\x17))"), {"0": 24}, []),
    "a scalar behind the end": (view("_rebuild_tensor", b"K\x18))"), {"0": 24}, ["view-bounds"]),
    "an id that is no storage": (b"(Vmodule\nNNNNtQ", {}, ["id"]),
    "an id of one text": (b"Vid\nQ", {}, ["id"]),
    "a view of a storage": (b"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x06(K\x00ttQ", {}, ["id"]),
    "an old id": (b"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nK\x06NtQ", {"0": 24}, []),
    "a key that is a number": (b"(Vstorage\nctorch\nFloatStorage\nK\x00Vcpu\nK\x06tQ", {}, ["id"]),
    "a count below nothing": (b"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nJ\xff\xff\xff\xfftQ", {}, ["id"]),
    "a type that is none": (b"(Vstorage\nctorch\nSize\nV0\nVcpu\nK\x06tQ", {}, ["type"]),
}


@pytest.mark.parametrize("case", CASES)
def test_storages_and_tensors(case: str) -> None:
    data, there, expected = CASES[case]
    assert found(data, there) == expected


def test_a_hundred_faults_are_enough() -> None:
    assert len(torch_storage.against({}, {str(number): 1 for number in range(500)})) == 100


def old(data: bytes) -> list[str]:
    return [fault.id for fault in legacy.parse(io.BytesIO(data), len(data)).faults]


_FLOATS = (6, bytes(24))
_DATA = state_dict(tensor())
_OLD = torch_legacy(_DATA, {"0": _FLOATS})
OLD: dict[str, tuple[bytes, list[str]]] = {
    "as torch writes it": (_OLD, []),
    "without tensors": (torch_legacy(b"\x80\x02}.", {}), []),
    "another magic number": (_OLD.replace(b"\x6c\xfc", b"\x6d\xfc", 1), ["header"]),
    "a count that differs": (torch_legacy(_DATA, {"0": (5, bytes(24))}), ["count"]),
    "a count below nothing": (_OLD[:-32] + b"\xff" * 8 + bytes(24), ["count"]),
    "a storage twice": (
        torch_legacy(_DATA, {"0": _FLOATS}).replace(b"X\x01\0\0\x000q\x01a", b"(X\x01\0\0\x000X\x01\0\0\x000e")
        + _FLOATS[0].to_bytes(8, "little")
        + bytes(24),
        ["count"],
    ),
    "a key that is a number": (_OLD.replace(b"X\x01\0\0\x000q\x01a", b"K\x00q\x01a"), ["keys"]),
    "a storage missing": (torch_legacy(state_dict(tensor(), tensor("1")), {"0": _FLOATS}), ["missing"]),
    "a storage too many": (torch_legacy(_DATA, {"0": _FLOATS, "1": (0, b"")}), ["unused"]),
    "cut in a storage": (_OLD[:-1], ["truncated"]),
    "cut in a count": (_OLD[:-30], ["truncated"]),
    "bytes behind": (_OLD + b"\0", ["trailing"]),
    "a tensor too long": (torch_legacy(state_dict(tensor(start=1)), {"0": _FLOATS}), ["view-bounds"]),
}


@pytest.mark.parametrize("case", OLD)
def test_the_old_format(case: str) -> None:
    data, expected = OLD[case]
    assert old(data) == expected


def test_broken_pickles_end_the_old_format() -> None:
    report = legacy.parse(io.BytesIO(_OLD[:60]), 60)
    assert report.pickles.faults
    assert report.faults == ()
