from __future__ import annotations

import pytest

from weighbridge.core.errors import UsageError
from weighbridge.core.listing import RemoteFile
from weighbridge.core.selection import Selection


def taken(*listed: str, selection: Selection | None = None) -> list[str]:
    kept, omitted = (selection or Selection()).split(RemoteFile(path, 1) for path in listed)
    assert sorted(file.path for file in kept + omitted) == sorted(listed)
    return [file.path for file in kept]


@pytest.mark.parametrize(
    "duplicate",
    ["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "rust_model.ot", "model.ckpt", "model.onnx", "model.pt",
     "pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json", "tf_model.h5.index.json", "onnx/model.onnx",
     "onnx/model_quantized.onnx", "onnx/config.json", "openvino/openvino_model.bin", "coreml/model.mlpackage"],
)  # fmt: skip
def test_duplicates_of_safetensors_are_left_out(duplicate: str) -> None:
    assert taken("config.json", "model.safetensors", duplicate) == ["config.json", "model.safetensors"]
    assert duplicate in taken("model.safetensors", duplicate, selection=Selection(all_formats=True))
    assert duplicate in taken("config.json", duplicate)


@pytest.mark.parametrize(
    "weights", ["model-00001-of-00002.safetensors", "pytorch_model.safetensors", "model.safetensors"]
)
def test_shards_are_weights_too(weights: str) -> None:
    assert taken(weights, "pytorch_model.bin") == [weights]


@pytest.mark.parametrize(
    "other",
    ["config.json", "tokenizer.json", "adapter_model.bin", "training_args.bin", "other/pytorch_model.bin",
     "1_Dense/pytorch_model.bin", "other.onnx", "model.safetensors.index.json", "README.md", "pytorch_model.bin.txt"],
)  # fmt: skip
def test_what_is_no_duplicate_is_taken(other: str) -> None:
    assert other in taken("model.safetensors", other)


def test_a_duplicate_has_the_same_stem_in_the_same_folder() -> None:
    listed = ["adapter.safetensors", "adapter.bin", "adapter-00001-of-00009.bin", "x/adapter.bin", "other.bin"]
    assert taken(*listed) == ["adapter.safetensors", "x/adapter.bin", "other.bin"]


def test_an_export_folder_counts_only_beside_main_weights() -> None:
    assert taken("adapter.safetensors", "onnx/model.onnx") == ["adapter.safetensors", "onnx/model.onnx"]
    assert taken("a/model.safetensors", "a/onnx/model.onnx", "onnx/model.onnx") == [
        "a/model.safetensors",
        "onnx/model.onnx",
    ]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (("*.json",), (), ["a.json", "d/b.json"]),
        (("a.json", "c.txt"), (), ["a.json", "c.txt"]),
        (("d/",), (), ["d/b.json"]),
        ((), ("*.json",), ["c.txt"]),
        ((), ("d/",), ["a.json", "c.txt"]),
        (("*.json",), ("a*",), ["d/b.json"]),
        (("A.JSON", "c.txt"), (), ["c.txt"]),
        (("[ac].*",), (), ["a.json", "c.txt"]),
    ],
)
def test_patterns(include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]) -> None:
    assert taken("a.json", "d/b.json", "c.txt", selection=Selection(include, exclude)) == expected


def test_an_include_takes_a_duplicate() -> None:
    assert taken("model.safetensors", "model.bin", selection=Selection(include=("*.bin",))) == ["model.bin"]


@pytest.mark.parametrize("selection", [Selection(include=("x",)), Selection(exclude=("*",))])
def test_nothing_left_is_an_error(selection: Selection) -> None:
    with pytest.raises(UsageError) as caught:
        selection.split([RemoteFile("a", 1)])
    assert caught.value.code == "nothing-selected"
