"""Samples of NumPy's and joblib's files."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import numpy as np


def npy(header: bytes, data: bytes, version: int = 1) -> bytes:
    """A `.npy` file with a header of one's own."""
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def saved(array: np.ndarray) -> bytes:
    """What `numpy.save` writes."""
    target = io.BytesIO()
    np.save(target, array, allow_pickle=True)
    return target.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    """A plain zip of these."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def _npz(**arrays: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.savez_compressed(target, **arrays)  # type: ignore[arg-type]
    return target.getvalue()


def wrapped(array: np.ndarray, behind: bytes, protocol: int = 4, padding: bytes = b"\x02\xff\xff") -> bytes:
    """A joblib file of one array: its wrapper as joblib writes it, then the array's bytes."""
    fields = {
        "subclass": np.ndarray,
        "shape": array.shape,
        "order": "C",
        "dtype": array.dtype,
        "allow_mmap": True,
        "numpy_array_alignment_bytes": 16 if padding else None,
    }
    state = pickle.dumps(fields, 2)[2:-1]
    body = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81" + state + b"b"
    return b"\x80" + bytes([protocol]) + body + padding + behind + b"."


_FLOATS = np.arange(6, dtype="<f4").reshape(2, 3)
_OBJECTS = np.array([{"a": 1}, None], dtype=object)
_HEAD = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
_STRUCTURE = {
    "too-little": {"a.npy": npy(_HEAD + b"\n", bytes(8))},
    "trailing-bytes": {"a.npy": saved(_FLOATS) + b"hidden"},
    "a-shape-that-overflows": {"a.npy": npy(_HEAD.replace(b"2, 3", b"4294967296, 4294967296") + b"\n", b"")},
    "a-call-in-the-header": {"a.npy": npy(_HEAD.replace(b"False", b"print(1)") + b"\n", bytes(24))},
    "a-repeated-key": {"a.npy": npy(b"{'descr': '|O', " + _HEAD[1:] + b"\n", bytes(24))},
    "a-version-to-come": {"a.npy": npy(_HEAD + b"\n", bytes(24), 9)},
    "an-endless-header": {"a.npy": npy(b"(" * 70_000 + b"\n", b"", 2)},
    "something-else-in-npz": {"a.npz": zipped({"a.npy": saved(_FLOATS), "b.npy": b"#!/bin/sh\ntrue\n"})},
}
_GOOD = {
    "numbers": {"a.npy": saved(_FLOATS)},
    "columns-first": {"a.npy": saved(np.asfortranarray(_FLOATS))},
    "records": {"a.npy": saved(np.zeros(3, [("x", "<f4", (2,)), ("name", "<U5"), ("y", [("z", "|b1")])]))},
    "times": {"a.npy": saved(np.array(["2026-11-23"], "M8[D]"))},
    "archive": {"a.npz": _npz(mean=_FLOATS, std=_FLOATS)},
    "number-alone": {"a.npy": saved(np.array(1.5))},
}
_JOBLIB = {
    "joblib-array": {"a.joblib": wrapped(_FLOATS, _FLOATS.tobytes())},
    "joblib-array-of-old": {"a.joblib": wrapped(_FLOATS, _FLOATS.tobytes(), 2, b"")},
}
_SYSTEM = b"cos\nsystem\n(Vtrue\ntR."

SAMPLES: dict[str, dict[str, bytes]] = {
    **{f"numpy-structure/bad/{case}": files for case, files in _STRUCTURE.items()},
    **{f"numpy-structure/good/{case}": files for case, files in _GOOD.items()},
    "numpy-objects/bad/npy": {"a.npy": saved(_OBJECTS)},
    "numpy-objects/bad/npz": {"a.npz": _npz(words=_OBJECTS)},
    "numpy-objects/bad/joblib": {"a.joblib": wrapped(_OBJECTS, pickle.dumps(_OBJECTS), padding=b"")},
    **{f"numpy-objects/good/{case}": files for case, files in (_GOOD | _JOBLIB).items()},
    "pickle-globals/bad/npy-of-objects": {
        "a.npy": npy(_HEAD.replace(b"<f4", b"|O") + b"\n", b"\x80\x02" + _SYSTEM),
    },
    "pickle-globals/bad/joblib": {"a.joblib": wrapped(_FLOATS, _FLOATS.tobytes())[:-1] + b"0" + _SYSTEM},
    "pickle-globals/bad/joblib-array-of-opcodes": {
        "a.joblib": wrapped(np.zeros(len(_SYSTEM), "u1"), _SYSTEM, 2, b""),
    },
    "pickle-globals/bad/joblib-of-many-files": {
        "a.joblib": b"\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}Vfilename\nVb.npy\nsb.",
    },
    **{f"pickle-globals/good/{case}": files for case, files in _JOBLIB.items()},
    **{f"pickle-structure/good/{case}": files for case, files in _JOBLIB.items()},
    "pickle-structure/bad/joblib-array-too-long": {"a.joblib": wrapped(np.zeros(900), bytes(24))},
}
