"""Generated files of the formats that inspection knows: the shapes of ordinary models, with few bytes of numbers."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from typing import TYPE_CHECKING

from tests.samples.torch import state_dict, tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TENSORS, NODES, WORDS = 1_000, 2_000, 30_000


def safetensors() -> bytes:
    """A header of a thousand tensors."""
    header = {
        f"model.layers.{number}.mlp.weight": {
            "dtype": "F16",
            "shape": [4, 8],
            "data_offsets": [64 * number, 64 * (number + 1)],
        }
        for number in range(TENSORS)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + bytes(64 * TENSORS)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def onnx() -> bytes:
    """A graph of two thousand nodes and half as many tensors."""
    nodes = b"".join(
        _field(1, _field(1, f"x{at}") + _field(2, f"x{at + 1}") + _field(3, f"node_{at}") + _field(4, "Relu"))
        for at in range(NODES)
    )
    tensors = b"".join(
        _field(5, _field(1, 16) + _field(2, 1) + _field(8, f"w{at}") + _field(9, bytes(64))) for at in range(NODES // 2)
    )
    opset = _field(8, _field(1, "") + _field(2, 17))
    return _field(1, 8) + _field(2, "pytorch") + _field(7, nodes + _field(2, "main") + tensors) + opset


def torch() -> bytes:
    """A state dict of 250 tensors, as `torch.save` writes it."""
    members = {"data.pkl": state_dict(*(tensor(str(at)) for at in range(TENSORS // 4))), "byteorder": b"little"}
    members |= {f"data/{at}": bytes(24) for at in range(TENSORS // 4)} | {"version": b"3\n"}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"archive/{name}"), content)
    return target.getvalue()


def vocabulary() -> bytes:
    """A pickled vocabulary of thirty thousand words."""
    return pickle.dumps({f"token{number}": number for number in range(WORDS)}, 4)


def records() -> bytes:
    """A pickled list of records of texts, numbers and tuples."""
    rows = [{"id": at, "text": f"line {at}", "score": at / 7, "span": (at, at + 1), "ok": True} for at in range(WORDS)]
    return pickle.dumps(rows, 2)


FILES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    f"safetensors of {TENSORS} tensors": ("model.safetensors", safetensors),
    f"ONNX of {NODES} nodes": ("model.onnx", onnx),
    f"torch file of {TENSORS // 4} tensors": ("pytorch_model.bin", torch),
    f"pickle of {WORDS} words": ("vocab.pkl", vocabulary),
}
"""Name and maker by what it is."""

PICKLES: Mapping[str, Callable[[], bytes]] = {
    "words": vocabulary,
    "records": records,
    "tensors": lambda: state_dict(*(tensor(str(at)) for at in range(4 * TENSORS))),
}
