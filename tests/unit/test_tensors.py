"""Tensors made of verified memory are those that safetensors itself reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load, save

from weighbridge import tensors
from weighbridge.core.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from typing import Any

KINDS = ["?", "u1", "i1", "<u2", "<i2", "<f2", "<u4", "<i4", "<f4", "<u8", "<i8", "<f8", "<c8"]


def _arrays() -> dict[str, Any]:
    values = np.arange(24)
    made = {f"of {kind}": (values % 2 if kind == "?" else values).astype(kind).reshape(2, 3, 4) for kind in KINDS}
    return {**made, "scalar": np.array(7, "f4"), "empty": np.zeros((0, 3), "f4")}


def test_every_type_of_numpy_is_read_as_safetensors_reads_it() -> None:
    data = save(_arrays())
    found = tensors.views([memoryview(data)], "model", "numpy")
    wanted = load(data)
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert np.array_equal(found[name], array)


def test_arrays_share_the_memory_that_was_hashed() -> None:
    memory = bytearray(save({"a": np.zeros(4, "f4")}))
    found = tensors.views([memoryview(memory)], "model", "numpy")
    memory[-4:] = np.float32(5).tobytes()
    assert found["a"][-1] == 5


def test_shards_come_together() -> None:
    files = [memoryview(save({name: np.full(2, number, "i4")})) for number, name in enumerate(("a", "b"))]
    found = tensors.views(files, "model", "numpy")
    assert {name: array.tolist() for name, array in found.items()} == {"a": [0, 0], "b": [1, 1]}
    with pytest.raises(IntegrityError, match="two safetensors files of model hold a tensor 'a'"):
        tensors.views([files[0], files[0]], "model", "numpy")


def test_a_malformed_file_is_refused() -> None:
    data = save({"a": np.zeros(4, "f4")})
    for broken in (b"", data[:-1], data + b"x", b"\xff" * 8 + data):
        with pytest.raises(IntegrityError) as error:
            tensors.views([memoryview(broken)], "model", "numpy")
        assert error.value.code == "bad-safetensors"


def test_a_type_that_numpy_lacks_names_the_way_out() -> None:
    row = b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    row += b" " * (-len(row) % 8)
    with pytest.raises(UsageError, match="NumPy has no type for BF16") as error:
        tensors.views([memoryview(len(row).to_bytes(8, "little") + row + bytes(4))], "model", "numpy")
    assert (error.value.code, error.value.hint) == ("bad-dtype", 'use framework="torch"')


def test_an_unknown_framework_is_refused() -> None:
    with pytest.raises(UsageError, match="no tensors of 'jax'"):
        tensors.views([], "model", "jax")
