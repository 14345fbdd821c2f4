"""Safetensors: the header of a `.safetensors` file, read strictly.

The file is an 8-byte length (little endian), so many bytes of JSON, then the tensors' bytes without
hole or overlap to the end of the file. What is accepted here, the reference implementation
(safetensors 0.8) opens; what it opens but may be read in two ways is refused here: a repeated key, a
key that it ignores, tensor entries written as lists, blanks before the `{`.

Faults: `truncated`, `header-too-large`, `header-beyond-file`, `header-utf8`, `header-start`,
`header-json`, `header-trailing`, `duplicate-key`, `metadata`, `tensor-field`, `tensor-dtype`,
`tensor-shape`, `tensor-offsets`, `tensor-size`, `tensor-overlap`, `tensor-hole`, `tensor-beyond-file`,
`trailing-bytes`, `limit`, `too-many-faults`.

Memory: the header (at most 100 MB) and about 400 bytes a tensor; the tensors' bytes are never read.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Final

from weighbridge.formats.fault import Fault, Faults, StopError, quoted
from weighbridge.formats.window import Readable, Window

MAX_HEADER_BYTES = 100_000_000
MAX_TENSORS = 250_000
MAX_DIMENSIONS = 64
MAX_NAME_BYTES = 4096
MAX_METADATA_ENTRIES = 65_536
MAX_METADATA_BYTES = 16_000_000
LENGTH_BYTES = 8
_MAX_U64 = 2**64 - 1
_CHECK_BYTES = 1 << 20
_METADATA = b"__metadata__"

BITS: Final = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}
"""Bits of one element, by dtype."""

# JSON by RFC 8259. Every repetition is possessive: no input makes the match go back.
_WS = rb"[ \t\n\r]*+"
_INTEGER = rb"(?:0|[1-9][0-9]{0,19}+)(?![0-9.eE])"
_BLANK = re.compile(_WS)
_STRING = re.compile(rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"')
_COLON = re.compile(_WS + rb":" + _WS)
_NEXT = re.compile(_WS + rb"([,}])" + _WS)
_NUMBERS = _INTEGER + _WS + rb"(?:," + _WS + _INTEGER + _WS + rb"){0,%d}+" % (MAX_DIMENSIONS - 1)
_LIST = re.compile(rb"\[" + _WS + rb"((?:" + _NUMBERS + rb")?+)\]")
# A tensor as writers write it: one match instead of a dozen.
_PLAIN = rb'"([^"\\\x00-\x1f]*+)"'
_NAMED = _WS + rb":" + _WS
_ENTRY = re.compile(
    (_PLAIN + _NAMED + rb"{" + _WS + rb'"dtype"' + _NAMED + _PLAIN + _WS + rb",")
    + (_WS + rb'"shape"' + _NAMED + _LIST.pattern + _WS + rb",")
    + (_WS + rb'"data_offsets"' + _NAMED + rb"\[" + _WS + rb"(" + _INTEGER + rb")" + _WS + rb",")
    + (_WS + rb"(" + _INTEGER + rb")" + _WS + rb"\]" + _WS + rb"}")
)


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as the header describes it; begin and end count bytes after the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class SafetensorsReport:
    """What a safetensors file says, and which rules it breaks.

    Args:
        header_bytes: The length of the JSON header.
        metadata: The `__metadata__`, in the file's order.
        tensors: The tensors, in the header's order.
        complete: Whether the whole header was read; if not, the lists above hold what came before.
        faults: The broken rules.
    """

    header_bytes: int
    metadata: tuple[tuple[str, str], ...]
    tensors: tuple[Tensor, ...]
    complete: bool
    faults: tuple[Fault, ...]


def parse(file: Readable, size_bytes: int) -> SafetensorsReport:
    """Read the header of a safetensors file; an error of the file object itself passes through."""
    faults = Faults()
    header = _Header(b"", faults)
    complete = False
    try:
        header = _Header(_read_header(Window(file, size_bytes)), faults)
        header.walk()
        complete = True
        _check_layout(
            header.tensors, size_bytes - LENGTH_BYTES - len(header.raw), LENGTH_BYTES + len(header.raw), faults
        )
    except StopError as error:
        faults.stop(error)
    return SafetensorsReport(
        len(header.raw), tuple(header.metadata.items()), tuple(header.tensors.values()), complete, faults.all()
    )


def _read_header(window: Window) -> bytes:
    length = int.from_bytes(window.take(0, LENGTH_BYTES), "little")
    if length > MAX_HEADER_BYTES:
        raise StopError("header-too-large", f"the header is said to have {length} bytes", 0)
    if LENGTH_BYTES + length > window.size_bytes:
        raise StopError("header-beyond-file", f"the header's {length} bytes reach beyond the end of the file", 0)
    raw = window.take(LENGTH_BYTES, length)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, length, _CHECK_BYTES):
            decoder.decode(raw[start : start + _CHECK_BYTES], final=start + _CHECK_BYTES >= length)
    except UnicodeDecodeError:
        raise StopError("header-utf8", "the header is not UTF-8", LENGTH_BYTES) from None
    if raw[:1] != b"{":
        raise StopError("header-start", "the header does not begin with {", LENGTH_BYTES)
    return raw


class _Header:
    """A walk through the header's JSON; `at` is the next byte."""

    def __init__(self, raw: bytes, faults: Faults) -> None:
        self.raw = raw
        self.at = 0
        self.metadata: dict[str, str] = {}
        self.tensors: dict[str, Tensor] = {}
        self._faults = faults
        self._has_metadata = False

    def walk(self) -> None:
        """Read the whole header."""
        if self._opens():
            while True:
                self._read_entry()
                if not self._goes_on():
                    break
        end = _BLANK.match(self.raw, self.at)
        if end is None or end.end() != len(self.raw):
            raise self._stop("header-trailing", "something follows the JSON object in the header")

    def _read_entry(self) -> None:
        start = self.at
        plain = _ENTRY.match(self.raw, start)
        if plain is not None and plain.group(1) != _METADATA and plain.end(1) - start <= MAX_NAME_BYTES:
            name, dtype, shape, begin, end = plain.groups()
            sizes = tuple(map(int, shape.split(b","))) if shape else ()
            self.at = plain.end()
            self._take(Tensor(name.decode(), dtype.decode(), sizes, int(begin), int(end)), start)
            return
        key = self._key()
        if key.encode() == _METADATA:
            self._read_metadata(start)
        else:
            self._read_tensor(key, start)

    def _stop(self, id: str, message: str, at: int | None = None) -> StopError:  # noqa: A002 - a fault's id
        return StopError(id, message, LENGTH_BYTES + (self.at if at is None else at))

    def _add(self, id: str, message: str, at: int) -> None:  # noqa: A002 - a fault's id
        self._faults.add(id, message, LENGTH_BYTES + at)

    def _token(self, pattern: re.Pattern[bytes], id: str, wanted: str) -> bytes:  # noqa: A002 - a fault's id
        found = pattern.match(self.raw, self.at)
        if found is None:
            raise self._stop(id, f"{wanted} is expected here")
        self.at = found.end()
        return found.group(found.lastindex or 0)

    def _opens(self) -> bool:
        """Pass the `{` that was seen here; whether something stands in the object."""
        self.at += 1
        self._token(_BLANK, "header-json", "a blank")
        if self.raw[self.at : self.at + 1] == b"}":
            self.at += 1
            return False
        return True

    def _goes_on(self) -> bool:
        """Pass a `,` or `}`; whether another entry follows."""
        found = _NEXT.match(self.raw, self.at)
        if found is None:
            raise self._stop("header-json", ", or } is expected here")
        more = found.group(1) == b","
        self.at = found.end() if more else found.end(1)
        return more

    def _key(self) -> str:
        key = self._text("header-json", MAX_NAME_BYTES)
        self._token(_COLON, "header-json", "a colon")
        return key

    def _text(self, id: str, limit: int) -> str:  # noqa: A002 - a fault's id
        start = self.at
        token = self._token(_STRING, id, "a string")
        if len(token) > limit:
            raise self._stop("limit", f"this text is longer than {limit} bytes", start)
        if b"\\" not in token:
            return token[1:-1].decode("utf-8")
        text = str(json.loads(token))
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise self._stop("header-json", "half of a surrogate pair stands here", start)
        return text

    def _read_metadata(self, start: int) -> None:
        if self._has_metadata:
            raise self._stop("duplicate-key", "__metadata__ stands twice", start)
        self._has_metadata = True
        if self.raw[self.at : self.at + 1] != b"{":
            raise self._stop("metadata", "__metadata__ is not an object")
        if not self._opens():
            return
        first = self.at
        while True:
            at = self.at
            key = self._key()
            value = self._text("metadata", MAX_METADATA_BYTES)
            if key in self.metadata:
                self._add("duplicate-key", f"the metadata's {quoted(key)} stands twice", at)
            self.metadata[key] = value
            if len(self.metadata) > MAX_METADATA_ENTRIES or self.at - first > MAX_METADATA_BYTES:
                raise self._stop("limit", "the metadata is too large", at)
            if not self._goes_on():
                return

    def _read_tensor(self, name: str, start: int) -> None:
        fields: dict[str, bytes] = {}
        at = self.at
        if self.raw[at : at + 1] != b"{":
            raise self._stop("tensor-field", f"tensor {quoted(name)} is not described by an object")
        if self._opens():
            while True:
                self._read_field(name, fields)
                if not self._goes_on():
                    break
        if len(fields) != 3:  # noqa: PLR2004 - dtype, shape, data_offsets
            raise self._stop("tensor-field", f"tensor {quoted(name)} lacks a dtype, shape or data_offsets", at)
        shape = tuple(int(part) for part in fields["shape"].split(b",") if part)
        offsets = tuple(int(part) for part in fields["data_offsets"].split(b",") if part)
        if len(offsets) != 2:  # noqa: PLR2004 - begin and end
            raise self._stop("tensor-offsets", f"tensor {quoted(name)} has {len(offsets)} data_offsets, not two", at)
        self._take(Tensor(name, fields["dtype"].decode(), shape, *offsets), start)

    def _read_field(self, name: str, fields: dict[str, bytes]) -> None:
        at = self.at
        key = self._key()
        if key in fields:
            raise self._stop("duplicate-key", f"tensor {quoted(name)} has {key} twice", at)
        if key == "dtype":
            fields[key] = self._token(_STRING, "tensor-dtype", "a dtype's name")[1:-1]
        elif key == "shape":
            fields[key] = self._token(_LIST, "tensor-shape", f"a list of at most {MAX_DIMENSIONS} sizes")
        elif key == "data_offsets":
            fields[key] = self._token(_LIST, "tensor-offsets", "a list of two offsets")
        else:
            raise self._stop("tensor-field", f"tensor {quoted(name)} has an unknown key {quoted(key)}", at)

    def _take(self, tensor: Tensor, start: int) -> None:
        if tensor.name in self.tensors:
            self._add("duplicate-key", f"tensor {quoted(tensor.name)} stands twice", start)
        if len(self.tensors) >= MAX_TENSORS:
            raise self._stop("limit", f"there are more than {MAX_TENSORS} tensors", start)
        self._check_tensor(tensor, start)
        self.tensors[tensor.name] = tensor

    def _check_tensor(self, tensor: Tensor, at: int) -> None:
        bits = BITS.get(tensor.dtype)
        product = None if bits is None else bits_product(tensor.shape, bits)
        if product == 8 * (tensor.end - tensor.begin) and tensor.end <= _MAX_U64:
            return
        name = quoted(tensor.name)
        if tensor.end < tensor.begin or tensor.end > _MAX_U64:
            self._add("tensor-offsets", f"tensor {name} ends before it begins, or beyond 64 bits", at)
        elif bits is None:
            self._add("tensor-dtype", f"tensor {name} has the unknown dtype {quoted(tensor.dtype)}", at)
        elif product is None:
            self._add("tensor-shape", f"the size of tensor {name} does not fit 64 bits", at)
        else:
            have = tensor.end - tensor.begin
            self._add("tensor-size", f"tensor {name} has {have} bytes, its shape and dtype need {product} bits", at)


def bits_product(shape: tuple[int, ...], bits: int) -> int | None:
    """Elements times bits, or None where a step of the reference's 64-bit product would overflow."""
    product = 1
    for size in (*shape, bits):
        product *= size
        if product > _MAX_U64 or size > _MAX_U64:
            return None
    return product


def _check_layout(tensors: dict[str, Tensor], data_bytes: int, start: int, faults: Faults) -> None:
    """The tensors cover the data exactly, in one order or another."""
    expected = 0
    for tensor in sorted(tensors.values(), key=lambda each: (each.begin, each.end)):
        if tensor.begin < expected:
            faults.add("tensor-overlap", f"tensor {quoted(tensor.name)} begins inside another", start + tensor.begin)
        elif tensor.begin > expected:
            message = f"{tensor.begin - expected} bytes before tensor {quoted(tensor.name)} are nobody's"
            faults.add("tensor-hole", message, start + expected)
        if tensor.end > data_bytes:
            raise StopError("tensor-beyond-file", f"tensor {quoted(tensor.name)} ends beyond the file", start)
        expected = max(expected, tensor.end)
    if expected < data_bytes:
        faults.add("trailing-bytes", f"{data_bytes - expected} bytes after the last tensor", start + expected)
