"""Samples of archives, of what they hide, and of names that contradict their content."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import zipfile
import zlib

import numpy as np

from tests.samples.torch import state_dict, tensor, torch_zip
from tests.unit.formats import tar_samples
from tests.unit.formats.zip_samples import Part, archive, descriptor

EVIL = b"cos\nsystem\n(S'true'\ntR."
"""A pickle that would run `true`; nothing here loads it."""
TEXT = b"A plain text.\n"
CONFIG = json.dumps({"model_type": "bert", "hidden_size": 8}).encode()
NUMBERS = pickle.dumps({"weights": [1.0, 2.0]})
HEADER = b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
SAFETENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 437\n"
TORCH = torch_zip(state_dict(tensor()), {"0": bytes(24)})
ZIP = archive(Part(b"config.json", CONFIG, True), Part(b"notes.txt", TEXT))
TAR = tar_samples.member(b"config.json", CONFIG) + tar_samples.member(b"notes.txt", TEXT) + tar_samples.END
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"
SIX_ZIPS = archive(Part(b"a.txt", TEXT))
for _ in range(6):
    SIX_ZIPS = archive(Part(b"inner.zip", SIX_ZIPS))


def _array(numbers: list[float]) -> bytes:
    target = io.BytesIO()
    np.save(target, np.array(numbers))
    return target.getvalue()


def _zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in members.items():
            writer.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


def _linked(name: bytes) -> bytes:
    return tar_samples.header(name, 0, b"2", link=b"/etc/passwd")


SAMPLES: dict[str, dict[str, bytes]] = {
    "format-unsupported/bad/hdf5": {"model.h5": b"\x89HDF\r\n\x1a\n" + bytes(64)},
    "format-unsupported/bad/savedmodel": {"saved_model.pb": b"\x08\x01\x12\x04\x0a\x02\x08\x01"},
    "format-unsupported/bad/tflite": {"model.tflite": b"\x1c\0\0\0TFL3" + bytes(40)},
    "format-unsupported/bad/7z": {"model.7z": b"7z\xbc\xaf\x27\x1c" + bytes(40)},
    "format-unsupported/bad/executable": {"lib.so": b"\x7fELF" + bytes(60)},
    "format-unsupported/bad/unknown": {"model.bin": bytes(range(256))},
    "format-unsupported/bad/encrypted": {"model.zip": archive(Part(b"model.pkl", NUMBERS, flags=1))},
    "format-unsupported/bad/in-a-zip": {"model.zip": _zipped({"lib.so": b"\x7fELF" + bytes(60)})},
    "format-unsupported/bad/skops": {"model.skops": _zipped({"schema.json": b"{}", "0.npy": b""})},
    "format-unsupported/bad/r-data": {"model.rds": gzip.compress(b"X\n\0\0\0\3" + bytes(30), mtime=0)},
    "format-unsupported/good/text": {"README.md": TEXT, "config.json": CONFIG},
    "format-unsupported/good/weights": {"model.safetensors": SAFETENSORS, "pytorch_model.bin": TORCH},
    "format-mismatch/bad/pickle-as-safetensors": {"model.safetensors": NUMBERS},
    "format-mismatch/bad/pickle-as-json": {"config.json": b"\x80\x02}q\0."},
    "format-mismatch/bad/zip-as-json": {"config.json": ZIP},
    "format-mismatch/bad/script-as-image": {"logo.png": b"#!/bin/sh\ntrue\n"},
    "format-mismatch/bad/text-as-json": {"config.json": b"see the other file\n"},
    "format-mismatch/bad/7z-as-torch": {"model.pt": b"7z\xbc\xaf\x27\x1c" + bytes(40)},
    "format-mismatch/bad/zip-behind-safetensors": {"model.safetensors": SAFETENSORS + ZIP},
    "format-mismatch/bad/zip-behind-image": {"logo.png": PNG + ZIP},
    "format-mismatch/bad/pickle-as-text": {"notes.txt": EVIL},
    "format-mismatch/bad/empty-weights": {"model.safetensors": b""},
    "format-mismatch/good/torch-by-any-name": {"model.bin": TORCH, "model.pt": TORCH, "model.ckpt": TORCH},
    "format-mismatch/good/texts": {"merges.txt": TEXT, "LICENSE": TEXT, "config.json": CONFIG, "README.md": TEXT},
    "format-mismatch/good/compressed": {
        "model.joblib": zlib.compress(NUMBERS),
        "model.pkl.gz": gzip.compress(NUMBERS, mtime=0),
    },
    "zip-structure/bad/two-of-one-name": {"model.zip": archive(Part(b"a.txt", TEXT), Part(b"a.txt", CONFIG))},
    "zip-structure/bad/local-name": {"model.zip": archive(Part(b"a.txt", TEXT, local={"name": b"b.pkl"}))},
    "zip-structure/bad/bomb-of-many": {
        "model.zip": archive(*(Part(b"%d.txt" % part, b"a" * (6 << 20), deflated=True) for part in range(4)))
    },
    "zip-structure/bad/flags": {"model.zip": archive(Part(b"a.txt", TEXT, flags=0x0020))},
    "zip-structure/bad/crc": {"model.zip": archive(Part(b"a.txt", TEXT, local={"crc": 1}, central={"crc": 1}))},
    "zip-structure/bad/prefix": {"model.zip": b"\0\1\2\3" + ZIP},
    "zip-structure/bad/hidden-member": {"model.zip": archive(Part(b"a.txt", TEXT, after=ZIP[:60]), Part(b"b.txt"))},
    "zip-structure/bad/traversal": {"model.zip": archive(Part(b"../a.txt", TEXT))},
    "zip-structure/bad/link": {"model.zip": archive(Part(b"a", b"/etc/passwd", attributes=0o120777 << 16))},
    "zip-structure/bad/case": {"model.zip": archive(Part(b"Model.txt", TEXT), Part(b"model.txt", TEXT))},
    "zip-structure/bad/behind-the-end": {"model.zip": ZIP + b"more"},
    "zip-structure/bad/torch": {"model.pt": TORCH + b"\0"},
    "zip-structure/good/zip": {"model.zip": ZIP},
    "zip-structure/good/streamed": {
        "model.zip": archive(
            Part(b"a.txt", TEXT, flags=8, local={"crc": 0, "packed": 0, "size": 0}, descriptor=descriptor(TEXT))
        )
    },
    "zip-structure/good/torch": {"model.pt": TORCH},
    "zip-structure/good/numpy": {
        "weights.npz": _zipped({"weights.npy": _array([1.0, 2.0]), "Weights.npy": _array([3.0])})
    },
    "archive-structure/bad/tar-traversal": {
        "model.tar": tar_samples.member(b"../../a.txt", TEXT) + tar_samples.END,
    },
    "archive-structure/bad/tar-link": {"model.tar": _linked(b"a.txt") + tar_samples.END},
    "archive-structure/bad/tar-twice": {"model.tar": TAR[:-1024] + TAR},
    "archive-structure/bad/tar-two-sizes": {
        "model.tar": tar_samples.pax({b"size": b"0"}) + TAR,
    },
    "archive-structure/bad/tar-behind-the-end": {"model.tar": TAR + TAR},
    "archive-structure/bad/gzip-behind-the-end": {"config.json.gz": gzip.compress(CONFIG, mtime=0) + EVIL},
    "archive-structure/bad/gzip-cut": {"config.json.gz": gzip.compress(CONFIG, mtime=0)[:-5]},
    "archive-structure/bad/xz-broken": {"config.json.xz": lzma.compress(CONFIG)[:-9] + bytes(9)},
    "archive-structure/good/tar": {"model.tar": TAR, "model.tar.gz": gzip.compress(TAR, mtime=0)},
    "archive-structure/good/compressed": {
        "config.json.gz": gzip.compress(CONFIG, mtime=0),
        "config.json.bz2": bz2.compress(CONFIG),
        "config.json.xz": lzma.compress(CONFIG),
        "config.json.lzma": lzma.compress(CONFIG, lzma.FORMAT_ALONE),
    },
    "lfs-pointer/bad/safetensors": {"model.safetensors": POINTER},
    "lfs-pointer/bad/torch": {"pytorch_model.bin": POINTER},
    "lfs-pointer/bad/in-a-zip": {"model.zip": archive(Part(b"model.onnx", POINTER))},
    "lfs-pointer/good/file": {"model.safetensors": SAFETENSORS},
    "lfs-pointer/good/told-of": {"README.md": b"Pointers begin with `version https://git-lfs.github.com/spec/v1`.\n"},
    "pickle-globals/bad/in-a-zip": {"model.zip": _zipped({"model.pkl": EVIL})},
    "pickle-globals/bad/in-a-zip-in-a-tar": {
        "model.tar": tar_samples.member(b"inner.zip", _zipped({"model.pkl": EVIL})) + tar_samples.END
    },
    "pickle-globals/bad/in-gzip": {"model.pkl.gz": gzip.compress(EVIL, mtime=0)},
    "pickle-globals/bad/as-text": {"notes.txt": EVIL},
    "pickle-globals/bad/behind-a-prefix": {"model.zip": b"\0\1\2\3" + _zipped({"model.pkl": EVIL})},
    "not-inspected/bad/nested-too-deep": {"model.zip": SIX_ZIPS},
    "not-inspected/good/nested": {"model.zip": archive(Part(b"inner.zip", archive(Part(b"inner.zip", ZIP))))},
}
