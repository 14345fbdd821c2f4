"""Tensors of approved safetensors files: views of the very bytes that were hashed, never of a file read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.core.errors import IntegrityError, UsageError
from weighbridge.formats import safetensors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.formats.safetensors import Tensor

FRAMEWORKS = ("numpy", "torch")

NUMPY: Final = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "F16": "<f2",
    "U32": "<u4",
    "I32": "<i4",
    "F32": "<f4",
    "U64": "<u8",
    "I64": "<i8",
    "F64": "<f8",
    "C64": "<c8",
}
"""NumPy's type by safetensors' dtype; it has none for bfloat16 and the eight-bit floats."""
TORCH: Final = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E8M0": "float8_e8m0fnu",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "BF16": "bfloat16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
    "C64": "complex64",
}
"""The name of torch's type by safetensors' dtype."""


def views(files: Sequence[memoryview], name: str, framework: str) -> dict[str, Any]:
    """The tensors of some safetensors files, by name; they share the memory.

    Args:
        files: The verified bytes of each.
        name: The model's, for messages.
        framework: One of `FRAMEWORKS`.

    Raises:
        IntegrityError: A file is malformed, or two hold a tensor of one name (code ``bad-safetensors``).
        UsageError: There is no such framework, or it has no such element type (codes ``bad-framework``,
            ``bad-dtype``).
    """
    make = _maker(framework)
    found: dict[str, Any] = {}
    for memory in files:
        report = safetensors.parse(_Bytes(memory), len(memory))
        if report.faults:
            raise IntegrityError(
                f"a safetensors file of {name} was approved though it is malformed: {report.faults[0].message}",
                code="bad-safetensors",
                hint=f"see what its inspection found: weighbridge inspect {name}",
            )
        data = memory[safetensors.LENGTH_BYTES + report.header_bytes :]
        for tensor in report.tensors:
            if tensor.name in found:
                raise IntegrityError(
                    f"two safetensors files of {name} hold a tensor {tensor.name!r}",
                    code="bad-safetensors",
                    hint="name one of the files",
                )
            found[tensor.name] = make(data[tensor.begin : tensor.end], tensor)
    return found


def _maker(framework: str) -> Callable[[memoryview, Tensor], Any]:
    if framework == "numpy":
        return _of_numpy
    if framework == "torch":
        return _of_torch()
    hint = f"use {' or '.join(FRAMEWORKS)}"
    raise UsageError(f"there are no tensors of {framework!r}", code="bad-framework", hint=hint)


class _Bytes:
    """Memory that the parser reads like a file."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._at = 0

    def seek(self, offset: int, /) -> int:
        """Go to a byte."""
        self._at = offset
        return offset

    def read(self, length: int, /) -> bytes:
        """A copy of the next bytes."""
        found = bytes(self._memory[self._at : self._at + length])
        self._at += len(found)
        return found


def _unknown(tensor: Tensor, framework: str, hint: str) -> UsageError:
    return UsageError(f"{framework} has no type for {tensor.dtype} ({tensor.name})", code="bad-dtype", hint=hint)


def _of_numpy(data: memoryview, tensor: Tensor) -> Any:
    import numpy as np  # noqa: PLC0415 - optional

    kind = NUMPY.get(tensor.dtype)
    if kind is None:
        raise _unknown(tensor, "NumPy", 'use framework="torch"')
    return np.frombuffer(data, dtype=np.dtype(kind)).reshape(tensor.shape)


def _of_torch() -> Callable[[memoryview, Tensor], Any]:
    import torch  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - optional

    def make(data: memoryview, tensor: Tensor) -> Any:
        kind = getattr(torch, TORCH.get(tensor.dtype, ""), None)
        if kind is None:
            raise _unknown(tensor, "this torch", "load the model's folder with its own library")
        if tensor.begin == tensor.end:
            return torch.empty(tensor.shape, dtype=kind)
        return torch.frombuffer(data, dtype=torch.uint8).view(kind).reshape(tensor.shape)

    return make
