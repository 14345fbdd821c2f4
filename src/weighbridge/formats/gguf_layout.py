"""GGUF: where the tensors lie, and whether their sizes are what shape and type say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.fault import Faults, StopError, quoted
from weighbridge.formats.ggml_types import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_I64 = 2**63 - 1
_MAX_U64 = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as the table describes it.

    Args:
        name: Its name.
        type_id: The ggml type.
        shape: Its sizes, the innermost first.
        offset: Where its bytes begin, counted from the start of the data.
        at: Where in the file its description stands.
    """

    name: str
    type_id: int
    shape: tuple[int, ...]
    offset: int
    at: int

    @property
    def size_bytes(self) -> int | None:
        """The bytes that shape and type need; None if there is no such size."""
        kind = TYPES.get(self.type_id)
        row = self.shape[0] if self.shape else 1
        elements = 1
        for size in self.shape:
            elements *= size
        if kind is None or row % kind.elements or elements > _MAX_I64:
            return None
        size_bytes = elements // kind.elements * kind.size_bytes
        return size_bytes if size_bytes <= _MAX_I64 else None


def check_tensor(tensor: Tensor, alignment: int, faults: Faults) -> None:
    """Type, shape and offset of one tensor."""
    name = quoted(tensor.name)
    if tensor.type_id not in TYPES:
        faults.add("tensor-type", f"tensor {name} has the unknown type {tensor.type_id}", tensor.at)
    elif 0 in tensor.shape:
        # A size of zero is divided by in ggml before August 2026.
        faults.add("tensor-shape", f"tensor {name} has a dimension of size 0", tensor.at)
    elif tensor.size_bytes is None:
        kind = TYPES[tensor.type_id]
        faults.add(
            "tensor-size",
            f"tensor {name} of shape {tensor.shape} has no size: rows must be whole blocks of {kind.elements}, "
            "and the sum must fit 63 bits",
            tensor.at,
        )
    if tensor.offset % alignment or tensor.offset + alignment > _MAX_U64:
        faults.add("tensor-offset", f"the offset of tensor {name} is no multiple of {alignment}", tensor.at)


def check_layout(tensors: Iterable[Tensor], alignment: int, start: int, size_bytes: int, faults: Faults) -> None:
    """No tensor overlaps another or leaves the file, and nothing lies between or behind them.

    The padding after the last tensor may be missing.

    Raises:
        StopError: A tensor leaves the file, or there are too many faults.
    """
    end = expected = 0
    for tensor in sorted(tensors, key=lambda each: each.offset):
        length = tensor.size_bytes
        if length is None:
            raise StopError("tensor-size", f"the layout after tensor {quoted(tensor.name)} is unknown", tensor.at)
        if tensor.offset < expected:
            faults.add("tensor-overlap", f"tensor {quoted(tensor.name)} begins inside another", tensor.at)
        elif tensor.offset > expected:
            faults.add("tensor-gap", f"{tensor.offset - expected} bytes before {quoted(tensor.name)}", tensor.at)
        end = max(end, tensor.offset + length)
        expected = max(expected, -(-end // alignment) * alignment)
        if start + end > size_bytes:
            raise StopError("tensor-beyond-file", f"tensor {quoted(tensor.name)} ends beyond the file", tensor.at)
    if start + expected < size_bytes:
        faults.add("trailing-bytes", f"{size_bytes - start - expected} bytes after the tensors", start + expected)
