"""Samples of torch files, laid out by hand as `torch.save` lays them out, with tensors of a few numbers."""

from __future__ import annotations

import io
import pickle
import zipfile

from weighbridge.formats.torch_legacy import MAGIC, PROTOCOL


def tensor(
    key: str = "0", count: int = 6, size: str = "K\x02K\x03\x86", stride: str = "K\x03K\x01\x86", start: int = 0
) -> bytes:
    """The opcodes of a tensor of floats over a storage."""
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV"
        + key.encode()
        + b"\nVcpu\nK%ctQK%c" % (count, start)
        + size.encode("latin-1")
        + stride.encode("latin-1")
        + b"\x89ccollections\nOrderedDict\n)RtR"
    )


def state_dict(*tensors: bytes) -> bytes:
    """The pickle of a state dict."""
    items = b"".join(b"Vlayer.%d.weight\n" % number + each for number, each in enumerate(tensors))
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + items + b"u}V_metadata\nccollections\nOrderedDict\n)Rsb."


def torch_zip(data: bytes, storages: dict[str, bytes], more: dict[str, bytes] | None = None) -> bytes:
    """A file in the zip format, its members stored."""
    members = {"data.pkl": data, "byteorder": b"little"}
    members |= {f"data/{key}": content for key, content in storages.items()}
    members |= {"version": b"3\n", ".data/serialization_id": b"0" * 40, **(more or {})}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"model/{name}"), content)
    return target.getvalue()


def torch_legacy(data: bytes, storages: dict[str, tuple[int, bytes]]) -> bytes:
    """A file in the old format."""
    heads = [MAGIC, PROTOCOL, {"protocol_version": PROTOCOL, "little_endian": True}]
    tail = b"".join(count.to_bytes(8, "little") + content for count, content in storages.values())
    return b"".join(pickle.dumps(head, 2) for head in heads) + data + pickle.dumps(list(storages), 2) + tail


def script(constants: bytes = b"\x80\x02).") -> bytes:
    """A TorchScript archive of one empty module."""
    code = {
        "code/__torch__.py": b"class Model(Module):\n  def forward(self, x): return x\n",
        "code/__torch__.py.debug_pkl": b"\x80\x02).",
        "constants.pkl": constants,
    }
    return torch_zip(b"\x80\x02c__torch__\nModel\n)\x81}b.", {}, code)


_FLOATS = bytes(24)
_LAYOUT = state_dict(tensor(), tensor("1"))
_PLAIN = torch_zip(_LAYOUT, {"0": _FLOATS, "1": _FLOATS})
_OLD = torch_legacy(_LAYOUT, {"0": (6, _FLOATS), "1": (6, _FLOATS)})
_SHARED = torch_zip(state_dict(tensor(), tensor(size="K\x02\x85", stride="K\x03\x85", start=1)), {"0": _FLOATS})
_EMPTY = torch_zip(state_dict(tensor(count=0, size="K\x00\x85", stride="K\x01\x85")), {"0": b""})
_BAD = {
    "storage-too-short": torch_zip(state_dict(tensor()), {"0": bytes(8)}),
    "storage-too-long": torch_zip(state_dict(tensor()), {"0": bytes(32)}),
    "storage-missing": torch_zip(_LAYOUT, {"0": _FLOATS}),
    "storage-of-no-tensor": torch_zip(state_dict(tensor()), {"0": _FLOATS, "7": b"payload"}),
    "view-beyond-its-storage": torch_zip(state_dict(tensor(size="K\x02K\x04\x86")), {"0": _FLOATS}),
    "view-from-beyond": torch_zip(state_dict(tensor(start=5)), {"0": _FLOATS}),
    "view-with-wide-steps": torch_zip(state_dict(tensor(stride="K\x09K\x01\x86")), {"0": _FLOATS}),
    "view-with-negative-steps": torch_zip(state_dict(tensor(stride="J\xff\xff\xff\xffK\x01\x86")), {"0": _FLOATS}),
    "two-sizes-of-one-storage": torch_zip(state_dict(tensor(), tensor(count=5)), {"0": _FLOATS}),
    "no-version-but-words": torch_zip(state_dict(tensor()), {"0": _FLOATS}, {"version": b"#!/bin/sh\ntrue\n"}),
    "old-with-trailing-bytes": _OLD + b"hidden",
    "old-truncated": _OLD[:-4],
    "old-with-another-count": torch_legacy(state_dict(tensor()), {"0": (5, bytes(20))}),
    "old-with-more-storages": torch_legacy(state_dict(tensor()), {"0": (6, _FLOATS), "9": (0, b"")}),
}
_GOOD = {"state-dict": _PLAIN, "old-format": _OLD, "views-of-one-storage": _SHARED, "empty-tensor": _EMPTY}
_SYSTEM = b"cos\nsystem\n(Vtrue\ntR"
_GLOBALS = {
    "torch-zip": torch_zip(b"\x80\x02" + _SYSTEM + b".", {}),
    "torch-zip-behind-a-state-dict": torch_zip(_LAYOUT[:-1] + b"0" + _SYSTEM + b".", {"0": _FLOATS, "1": _FLOATS}),
    "torch-old": torch_legacy(b"\x80\x02" + _SYSTEM + b".", {}),
    "torchscript-constants": script(b"\x80\x02" + _SYSTEM + b"."),
    "torch-pickle-beside-the-other": torch_zip(_LAYOUT, {"0": _FLOATS, "1": _FLOATS}, {"b.pkl": _SYSTEM + b"."}),
}

SAMPLES: dict[str, dict[str, bytes]] = {
    **{f"torch-storage/bad/{case}": {"pytorch_model.bin": data} for case, data in _BAD.items()},
    **{f"torch-storage/good/{case}": {"pytorch_model.bin": data} for case, data in _GOOD.items()},
    **{f"pickle-globals/bad/{case}": {"model.pt": data} for case, data in _GLOBALS.items()},
    **{f"pickle-globals/good/{case}": {"model.pt": data} for case, data in _GOOD.items()},
    "pickle-structure/bad/torch-with-two-pickles": {"model.pt": torch_zip(b"\x80\x02N." * 2, {})},
    "pickle-structure/good/torch-state-dict": {"model.pt": _PLAIN},
    "remote-code/bad/torchscript": {"model.pt": script()},
    "remote-code/good/torch-state-dict": {"model.pt": _PLAIN},
}
