"""NumPy: the header of a `.npy` file, versions 1 to 3, read strictly.

The file is a magic text, a version, the header's length, a Python literal with `descr`, `fortran_order` and `shape`,
and exactly as many bytes as these ask for (NEP 1 and `numpy.lib.format`). An array of objects is a pickle in place of
these bytes; this module says so and does not look at it.

Faults: `truncated`, `magic`, `version`, `header-length`, `header-text`, `header-literal`, `header-keys`, `descr`,
`order`, `shape`, `data-size`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from weighbridge.formats.fault import Fault, StopError, quoted
from weighbridge.formats.literal import Literal, NotLiteralError, read_literal
from weighbridge.formats.window import Readable, Window

MAX_HEADER_BYTES = 64 << 10
MAX_FIELDS = 1024
MAX_DIMENSIONS = 64
_MAX_BYTES = 1 << 62
_MAGIC = b"\x93NUMPY"
_KEYS = {"descr", "fortran_order", "shape"}
_PLAIN = re.compile(r"[<>|]?([biufcSUV])([0-9]{0,9})\Z")
_TIME = re.compile(r"[<>][mM]8(?:\[[0-9]{0,9}[a-zA-Zμ]{1,7}(?:/[0-9]{1,9})?\])?\Z")
_OBJECT = re.compile(r"[<>|]?O[48]?\Z")
_WIDTHS: Final = {
    "b": {1},
    "i": {1, 2, 4, 8},
    "u": {1, 2, 4, 8},
    "f": {2, 4, 8, 12, 16},
    "c": {8, 16, 24, 32},
}


@dataclass(frozen=True, slots=True)
class NpyReport:
    """What a `.npy` file holds, and which rules it breaks.

    Args:
        shape: Its dimensions.
        item_bytes: How long one element is; a reference to an object counts nothing.
        objects: Whether it is an array of objects: what follows the header is a pickle.
        data_at: Where the header ends.
        faults: The broken rules; without any, the numbers fill the file to its last byte.
    """

    shape: tuple[int, ...] = ()
    item_bytes: int = 0
    objects: bool = False
    data_at: int = 0
    faults: tuple[Fault, ...] = ()


def parse(file: Readable, size_bytes: int) -> NpyReport:
    """Read the header; an error of the file object itself passes through."""
    window = Window(file, size_bytes)
    try:
        text, data_at = _header(window)
        return _described(_entries(text), data_at, size_bytes)
    except StopError as error:
        return NpyReport(faults=(error.fault,))


def _header(window: Window) -> tuple[str, int]:
    """The header's text, and where it ends."""
    if window.take(0, len(_MAGIC)) != _MAGIC:
        raise StopError("magic", "it does not begin as an array", 0)
    major, minor = window.take(len(_MAGIC), 2)
    if minor != 0 or major not in {1, 2, 3}:
        raise StopError("version", f"version {major}.{minor} is unknown", 6)
    width = 2 if major == 1 else 4
    start = 8 + width
    length = int.from_bytes(window.take(8, width), "little")
    if length > MAX_HEADER_BYTES:
        raise StopError("header-length", f"a header of {length} bytes", 8)
    raw = window.take(start, length)
    try:
        text = raw.decode("utf-8" if major > 2 else "latin-1")  # noqa: PLR2004 - the first version in UTF-8
    except UnicodeDecodeError:
        raise StopError("header-text", "the header is not UTF-8", start) from None
    if not text.endswith("\n"):
        raise StopError("header-text", "the header does not end with a newline", start)
    return text, start + length


def _entries(text: str) -> dict[str, Literal]:
    try:
        entries = read_literal(text)
    except NotLiteralError as error:
        raise StopError("header-literal", f"the header is no plain literal: {error}", 10) from None
    if not isinstance(entries, dict) or set(entries) != _KEYS:
        raise StopError("header-keys", "the header has other keys than descr, fortran_order and shape", 10)
    return entries


def _described(entries: dict[str, Literal], data_at: int, size_bytes: int) -> NpyReport:
    if not isinstance(entries["fortran_order"], bool):
        raise StopError("order", "fortran_order is neither True nor False", 10)
    shape = _shape(entries["shape"])
    item_bytes, objects = _Types().size(entries["descr"])
    total = item_bytes
    for count in shape:
        total *= count
    if total > _MAX_BYTES:
        raise StopError("shape", "more bytes than any file has", 10)
    if not objects and total != size_bytes - data_at:
        message = f"{total} bytes are described and {size_bytes - data_at} follow"
        raise StopError("data-size", message, data_at)
    return NpyReport(shape, item_bytes, objects, data_at)


def _shape(value: Literal) -> tuple[int, ...]:
    if not isinstance(value, tuple) or len(value) > MAX_DIMENSIONS:
        raise StopError("shape", "the shape is no tuple of a few numbers", 10)
    counts = tuple(count for count in value if isinstance(count, int) and not isinstance(count, bool) and count >= 0)
    if len(counts) != len(value):
        raise StopError("shape", "a dimension is no count", 10)
    return counts


class _Types:
    """Element types of one header, at most so many fields in all."""

    def __init__(self) -> None:
        self._fields = 0

    def size(self, descr: Literal) -> tuple[int, bool]:
        """How many bytes an element has, and whether it refers to objects."""
        self._fields += 1
        if self._fields > MAX_FIELDS:
            raise StopError("descr", f"more than {MAX_FIELDS} fields", 10)
        if isinstance(descr, str):
            return _plain(descr)
        if isinstance(descr, tuple) and len(descr) == len(("type", "shape")):
            return self._repeated(*descr)
        if isinstance(descr, list) and descr:
            sizes = [self._field(field) for field in descr]
            return sum(size for size, _ in sizes), any(objects for _, objects in sizes)
        raise StopError("descr", "an element type is no text and no list of fields", 10)

    def _field(self, field: Literal) -> tuple[int, bool]:
        if not isinstance(field, tuple) or len(field) not in {2, 3}:
            raise StopError("descr", "a field is no name with a type", 10)
        names = field[0] if isinstance(field[0], tuple) else (field[0],)
        if not all(isinstance(name, str) for name in names):
            raise StopError("descr", "a field's name is no text", 10)
        return self._repeated(field[1], field[2] if len(field) > 2 else ())  # noqa: PLR2004 - the shape is left out

    def _repeated(self, descr: Literal, shape: Literal) -> tuple[int, bool]:
        size, objects = self.size(descr)
        for count in _shape((shape,) if isinstance(shape, int) else shape):
            size *= count
        return size, objects


def _plain(text: str) -> tuple[int, bool]:
    """The size of an element type that is one text."""
    if _OBJECT.match(text):
        return 0, True
    if _TIME.match(text):
        return 8, False
    match = _PLAIN.match(text)
    if match is None or (match[1] not in "SUV" and int(match[2] or 0) not in _WIDTHS[match[1]]):
        raise StopError("descr", f"{quoted(text)} is no element type", 10)
    size = int(match[2] or 0)
    return (4 * size if match[1] == "U" else size), False
