"""ONNX: one tensor's data, inside the file or outside of it.

External data is where models reached for other files: CVE-2022-25882, CVE-2024-27318, CVE-2024-5187
(paths that leave the folder), CVE-2026-27489, CVE-2026-34446 (hard link), CVE-2026-34447 (symlink). A
parser of bytes sees the path alone: the links must be judged where the folder is known, by `locations`.
A location that onnxruntime takes for an address in memory (`*/_ORT_MEM_ADDR_/*`) is refused like any
with a `*`; a key that is not of the format is refused since readers set it as an attribute
(GHSA-538c-55jv-c5g9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import Faults, quoted
from weighbridge.formats.onnx_schema import BITS, STRING
from weighbridge.formats.protobuf import Message, signed

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DIMENSIONS = 64
MAX_LOCATION_BYTES = 4096
_MAX_I64 = 2**63 - 1
_EXTERNAL = 1
_KEYS: Final = frozenset({"location", "offset", "length", "checksum", "basepath"})
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_CHECKSUM = re.compile(r"[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
# The data types that each typed field may hold, and the stored numbers of one element.
_TYPED: Final = {
    "float_data": {1: 1, 14: 2},
    "double_data": {11: 1, 15: 2},
    "int64_data": {7: 1},
    "uint64_data": {12: 1, 13: 1},
    "int32_data": dict.fromkeys((2, 3, 4, 5, 6, 9, 10, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28), 1),
    "string_data": {STRING: 1},
}


@dataclass(frozen=True, slots=True)
class ExternalData:
    """Where a tensor's bytes lie outside the model file.

    Args:
        tensor: The tensor's name.
        location: The path, relative to the model's folder.
        offset: The first byte, None if not said.
        length: The number of bytes, None if not said.
        checksum: What the file says of the other file's SHA-1, empty if nothing.
        needed: The bytes that shape and type need, None if they have no size.
        at: Where in the file the tensor stands.
    """

    tensor: str
    location: str
    offset: int | None
    length: int | None
    checksum: str
    needed: int | None
    at: int


def unsafe_location(location: str) -> str | None:
    """Why a location must not be followed, or None."""
    parts = location.split("/")
    rules = (
        (not location, "it is empty"),
        (location.startswith(("/", "~")), "it is absolute"),
        (".." in parts, "it leaves the folder"),
        (_UNSAFE.search(location), "it holds a character that is no part of a portable path"),
        ("" in parts, "it has an empty segment"),
        (any(_is_odd(part) for part in parts), "a segment begins or ends with a blank, or ends with a dot"),
        (len(location.encode("utf-8", "replace")) > MAX_LOCATION_BYTES, "it is too long"),
    )
    return next((reason for broken, reason in rules if broken), None)


def _is_odd(part: str) -> bool:
    """Whether Windows would read a path segment as another one; `.` alone is fine."""
    return part != part.strip() or (part.endswith(".") and part != ".")


def check_tensor(tensor: Message, pairs: Iterable[tuple[bytes, bytes]], faults: Faults) -> ExternalData | None:
    """Check a tensor at its end; give back where its data lies, if that is outside.

    Args:
        tensor: The tensor as it was read.
        pairs: Its `external_data`.
        faults: Where faults go.
    """
    name = tensor.text("name").decode("utf-8", "replace")
    dims = [signed(size) for size in tensor.values.get("dims", []) if isinstance(size, int)]
    kind = tensor.number("data_type")
    elements = _elements(dims)
    pairs = list(pairs)
    if elements is None:
        faults.add("tensor-shape", f"the shape of tensor {quoted(name)} has a negative or no size", tensor.at)
    if kind != STRING and kind not in BITS:
        faults.add("tensor-type", f"tensor {quoted(name)} has the unknown type {kind}", tensor.at)
    if tensor.counts.get("segment"):
        faults.add("tensor-segment", f"tensor {quoted(name)} is a segment of another", tensor.at)
    location = tensor.number("data_location")
    if location not in {0, _EXTERNAL}:
        faults.add("tensor-location", f"tensor {quoted(name)} has the unknown data_location {location}", tensor.at)
    bits = BITS.get(kind)
    needed = None if elements is None or bits is None else -(-elements * bits // 8)
    if location != _EXTERNAL:
        if pairs:
            faults.add("tensor-location", f"tensor {quoted(name)} names external data but is not external", tensor.at)
        if elements is not None:
            _check_inside(tensor, kind, elements, needed, faults)
        return None
    if _stored(tensor):
        faults.add("tensor-location", f"the external tensor {quoted(name)} has data inside too", tensor.at)
    if kind == STRING:
        faults.add("tensor-type", f"the external tensor {quoted(name)} is text", tensor.at)
    return _external(name, pairs, needed, tensor.at, faults)


def _elements(dims: list[int]) -> int | None:
    elements = 1
    for size in dims:
        elements *= size
        if size < 0 or elements > _MAX_I64 or len(dims) > MAX_DIMENSIONS:
            return None
    return elements


def _stored(tensor: Message) -> list[str]:
    """The data fields that hold something."""
    return [name for name in ("raw_data", *_TYPED) if tensor.counts.get(name)]


def _check_inside(tensor: Message, kind: int, elements: int, needed: int | None, faults: Faults) -> None:
    name = quoted(tensor.text("name"))
    stored = _stored(tensor)
    if len(stored) > 1:
        faults.add("tensor-data", f"tensor {name} holds its data twice: {', '.join(stored)}", tensor.at)
        return
    if not stored:
        if elements:
            faults.add("tensor-size", f"tensor {name} has {elements} elements and no data", tensor.at)
        return
    field = stored[0]
    count = tensor.counts[field]
    if field == "raw_data":
        if kind == STRING or needed is None:
            faults.add("tensor-data", f"tensor {name} of type {kind} must not have raw data", tensor.at)
        elif count != needed:
            faults.add("tensor-size", f"tensor {name} has {count} raw bytes and needs {needed}", tensor.at)
        return
    numbers = _TYPED[field].get(kind)
    if numbers is None:
        faults.add("tensor-data", f"tensor {name} of type {kind} must not have {field}", tensor.at)
        return
    # Elements of 4 and 2 bits are packed into bytes, one byte a stored number; those of 6 bits are not.
    each = {4: 2, 2: 4}.get(BITS.get(kind, 0), 1)
    if count != -(-elements * numbers // each):
        faults.add("tensor-size", f"tensor {name} has {count} values for {elements} elements", tensor.at)


def _external(
    name: str, pairs: Iterable[tuple[bytes, bytes]], needed: int | None, at: int, faults: Faults
) -> ExternalData:
    found: dict[str, str] = {}
    for raw_key, raw_value in pairs:
        key, value = raw_key.decode("utf-8", "replace"), raw_value.decode("utf-8", "replace")
        if key not in _KEYS or key in found:
            faults.add("external-key", f"tensor {quoted(name)}: the key {quoted(key)} is unknown or stands twice", at)
        found.setdefault(key, value)
        reason = unsafe_location(value) if key in {"location", "basepath"} else None
        if reason is None and "\ufffd" in value:
            reason = "it is not UTF-8"
        if reason is not None:
            faults.add("external-location", f"tensor {quoted(name)}: {key} {quoted(value)}: {reason}", at)
    if "location" not in found:
        faults.add("external-location", f"the external tensor {quoted(name)} says no location", at)
    offset, length = (_number(found.get(key), key, name, at, faults) for key in ("offset", "length"))
    if length is not None and needed is not None and length != needed:
        faults.add("external-length", f"tensor {quoted(name)} takes {length} bytes and needs {needed}", at)
    checksum = found.get("checksum", "")
    if checksum and not _CHECKSUM.fullmatch(checksum):
        faults.add("external-checksum", f"tensor {quoted(name)}: {quoted(checksum)} is no digest", at)
    return ExternalData(name, found.get("location", ""), offset, length, checksum, needed, at)


def _number(text: str | None, key: str, name: str, at: int, faults: Faults) -> int | None:
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or int(text) > _MAX_I64:
        faults.add("external-number", f"tensor {quoted(name)}: the {key} {quoted(text)} is no number of bytes", at)
        return None
    return int(text)
