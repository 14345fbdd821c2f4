"""Values of HDF5: shapes, element types, attributes, and the heap where texts of variable length stand.

Only what plain numbers and texts need: references to objects and regions, compounds and arrays of arrays are refused.
Source: the HDF5 File Format Specification 3.0, IV.A.2 and III.E.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.fault import StopError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DIMENSIONS = 32
_MAX_BYTES = 1 << 62
_INTEGER, _FLOAT, _STRING, _ENUM, _VARIABLE = 0, 1, 3, 8, 9
_TEXT_BYTES = 16
_HEAP_HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class Element:
    """An element type: how long one is, and whether it refers to a text in the heap."""

    size_bytes: int
    texts: bool


def space(data: bytes, at: int) -> int:
    """How many elements a shape has.

    Raises:
        StopError: It is no plain shape.
    """
    if len(data) < 4 or data[0] not in {1, 2}:  # noqa: PLR2004 - the fixed part
        raise StopError("dataspace", "a shape of another version", at)
    start = 8 if data[0] == 1 else 4
    rank = data[1]
    if rank > MAX_DIMENSIONS or len(data) < start + 8 * rank:
        raise StopError("dataspace", "a shape that is cut short or has too many dimensions", at)
    if data[0] == 2 and data[3] == 2:  # noqa: PLR2004 - version 2 knows shapes without elements
        return 0
    count = 1
    for dimension in struct.unpack_from(f"<{rank}Q", data, start):
        count *= dimension
    if count > _MAX_BYTES:
        raise StopError("dataspace", "more elements than any file has", at)
    return count


def element(data: bytes, at: int) -> Element:
    """An element type.

    Raises:
        StopError: It is no number, no text, or cut short.
    """
    if len(data) < 8:  # noqa: PLR2004 - the fixed part
        raise StopError("datatype", "an element type that is cut short", at)
    kind = data[0] & 0x0F
    size = int.from_bytes(data[4:8], "little")
    if kind in {_INTEGER, _FLOAT, _STRING, _ENUM} and size:
        return Element(size, texts=False)
    if kind == _VARIABLE and data[1] & 0x0F == 1 and size == _TEXT_BYTES:
        return Element(size, texts=True)
    raise StopError("datatype", f"elements of class {kind} are not read", at)


def attribute(data: bytes, at: int) -> list[tuple[int, int, int]]:
    """The texts that an attribute refers to: length, heap's address and index of each.

    Raises:
        StopError: The attribute is broken, or of a type that is not read.
    """
    if len(data) < 8 or data[0] not in {1, 2, 3}:  # noqa: PLR2004 - the fixed part
        raise StopError("attribute", "an attribute of another version", at)
    if data[0] > 1 and data[1]:
        raise StopError("attribute", "an attribute whose type stands elsewhere", at)
    sizes = struct.unpack_from("<3H", data, 2)
    name, kind, shape = (size + -size % 8 if data[0] == 1 else size for size in sizes)
    start = (9 if data[0] == 3 else 8) + name  # noqa: PLR2004 - version 3 names the text's encoding
    if len(data) < start + kind + shape:
        raise StopError("attribute", "an attribute is cut short", at)
    found = element(data[start : start + kind], at)
    count = space(data[start + kind : start + kind + shape], at)
    start += kind + shape
    if found.size_bytes * count > len(data) - start:
        raise StopError("attribute", "an attribute is longer than its message", at)
    if not found.texts:
        return []
    return [struct.unpack_from("<IQI", data, start + _TEXT_BYTES * number) for number in range(count)]


class Heaps:
    """The global heaps of a file: how long each of their objects is, read once.

    Args:
        read: Gives bytes at an address.
        charge: Counts work at an address, and stops when there is too much.
    """

    def __init__(self, read: Callable[[int, int], bytes], charge: Callable[[int, int], None]) -> None:
        self._read = read
        self._charge = charge
        self._known: dict[int, dict[int, int]] = {}

    def hold(self, address: int, index: int, length: int) -> None:
        """Hold a text against its place.

        Raises:
            StopError: There is no such heap, or no object so long in it.
        """
        self._charge(1, address)
        if address not in self._known:
            self._known[address] = self._objects(address)
        if self._known[address].get(index, 0) < length:
            raise StopError("heap", "a text is not in its heap, or longer than its place", address)

    def _objects(self, address: int) -> dict[int, int]:
        head = self._read(address, _HEAP_HEAD_BYTES)
        if head[:5] != b"GCOL\1":
            raise StopError("heap", "a text stands in no heap", address)
        at, end = address + _HEAP_HEAD_BYTES, address + int.from_bytes(head[8:], "little")
        found: dict[int, int] = {}
        while at + _HEAP_HEAD_BYTES <= end:
            self._charge(1, at)
            number, length = struct.unpack("<H6xQ", self._read(at, _HEAP_HEAD_BYTES))
            if not number:
                break
            at += _HEAP_HEAD_BYTES + length + -length % 8
            if at > end or number in found:
                raise StopError("heap", "a heap's objects do not fit into it", address)
            found[number] = length
        return found
