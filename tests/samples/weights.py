"""Weights that break their formats, reach outside, or need foreign code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.unit.formats import gguf_samples, onnx_samples, safetensors_samples
from tests.unit.formats.gguf_samples import STRING, P
from tests.unit.formats.onnx_samples import external, field, graph, model, node, with_tensor
from tests.unit.formats.safetensors_samples import entry, pack

if TYPE_CHECKING:
    from collections.abc import Mapping

SAFETENSORS = pack({"__metadata__": {"format": "pt"}, "w": entry("F32", (2, 2), 0, 16)}, bytes(16))
GGUF = P.file(
    [P.entry("general.architecture", STRING, P.text("llama")), P.entry("general.name", STRING, P.text("tiny"))],
    [P.tensor("a")],
    bytes(32),
)
ONNX = model()
DATA = bytes(range(256)) * 16
LIKE_A_PICKLE = b"\x80\x04\x00" + DATA[3:]
LIKE_A_SOUND = b"\xff\xfb\x00\x00" + DATA[4:]
PICKLE = b"\x80\x04cos\nsystem\n(S'true'\ntR."


def _cases(check: str, name: str, good: Mapping[str, bytes], bad: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    cases = {("good", case): data for case, data in good.items()} | {("bad", case): data for case, data in bad.items()}
    return {f"{check}/{kind}/{case.replace(' ', '-')}": {name: data} for (kind, case), data in cases.items()}


def _chosen(samples: Mapping[str, tuple[str, bytes]], *cases: str) -> dict[str, bytes]:
    return {case: samples[case][1] for case in cases}


def outside(location: str = "model.onnx.data", offset: int = 0, length: int = len(DATA)) -> bytes:
    """A model whose one tensor lies in another file."""
    pairs = (("location", location), ("offset", str(offset)), ("length", str(length)))
    return with_tensor(external(*pairs, kind=2, sizes=(length,)))


def _operator(name: str, domain: str, *more: bytes) -> bytes:
    return model(graph(node(), node(name, domain=domain)), *more)


_FUNCTION = field(
    25, field(1, "Twice") + field(10, "my.own") + field(7, node()) + field(9, field(1, "") + field(2, 17))
)

SAMPLES: dict[str, dict[str, bytes]] = {
    **_cases(
        "safetensors-structure",
        "model.safetensors",
        {"tiny": SAFETENSORS, "every dtype": safetensors_samples.every_dtype(), "metadata alone": pack("{}")},
        _chosen(
            safetensors_samples.BAD, "overlap", "hole", "beyond the file", "polyglot", "too few bytes", "unknown dtype"
        ),
    ),
    **_cases(
        "gguf-structure",
        "model.gguf",
        {"tiny": GGUF, "every value": gguf_samples.whole(P), "version 2": gguf_samples.whole(P, 2)},
        {
            "trailing": GGUF + bytes(64),
            "truncated": GGUF[:-40],
            "beyond the file": P.file([], [P.tensor("a", (2**20,))], bytes(32)),
            "same key twice": P.file([P.entry("a.b", 0, b"1")] * 2, []),
            "count": P.head(2**16, 2**16),
        },
    ),
    **_cases(
        "onnx-structure",
        "model.onnx",
        {"tiny": ONNX, "subgraphs": onnx_samples.nested(3)},
        {
            "truncated": ONNX[:-3],
            "unknown field": ONNX + field(99, b"hidden"),
            "two graphs": ONNX + field(7, graph(node())),
            "tensor too short": with_tensor(onnx_samples.tensor(1, (4,), field(9, bytes(4)))),
        },
    ),
    "onnx-external-data/good/one-file": {"model.onnx": outside(), "model.onnx.data": DATA},
    "onnx-external-data/good/folder": {"onnx/model.onnx": outside("w.bin"), "onnx/w.bin": DATA},
    "onnx-external-data/good/chance-pickle": {"model.onnx": outside("w.bin"), "w.bin": LIKE_A_PICKLE},
    "onnx-external-data/good/chance-sound": {"model.onnx": outside(), "model.onnx.data": LIKE_A_SOUND},
    "onnx-external-data/bad/pickle": {"model.onnx": outside("w.bin"), "w.bin": PICKLE + DATA[len(PICKLE) :]},
    "onnx-external-data/bad/dot": {"model.onnx": outside(".")},
    "onnx-external-data/bad/folder": {"model.onnx": outside("parts"), "parts/config.json": b"{}"},
    "onnx-external-data/bad/missing": {"model.onnx": outside()},
    "onnx-external-data/good/inside": {"model.onnx": ONNX},
    "onnx-external-data/bad/parent": {"model.onnx": outside("../secret.bin")},
    "onnx-external-data/bad/absolute": {"model.onnx": outside("/etc/hostname")},
    "onnx-external-data/bad/too-short": {"model.onnx": outside(length=9999), "model.onnx.data": DATA},
    "onnx-external-data/bad/itself": {"model.onnx": outside("model.onnx", length=8)},
    "onnx-external-data/bad/config": {
        "model.onnx": outside("config.json", length=8),
        "config.json": json.dumps({"model_type": "bert"}).encode(),
    },
    **_cases(
        "onnx-custom-operator",
        "model.onnx",
        {"standard": ONNX, "onnx runtime's": _operator("FusedMatMul", "com.microsoft")},
        {
            "plug-in": _operator("MyOperator", "acme.plugins"),
            "python": _operator("PyOp", "ai.onnx.contrib"),
            "python of training": _operator("PythonOp", "com.microsoft"),
            "compiled program": _operator("EPContext", "com.microsoft"),
        },
    ),
}
