"""GGUF: the key-value pairs, all value types, bounded.

Texts are kept while they fit the limits; lists of texts are kept when they are short; other arrays are
counted and passed over.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import Faults, StopError, quoted

if TYPE_CHECKING:
    from weighbridge.formats.window import Window

MAX_KEY_BYTES = 65_535
MAX_STRING_BYTES = 64 * 2**20
MAX_KEPT_BYTES = 80 * 2**20
MAX_TEMPLATE_BYTES = 2**20
MAX_LISTED = 256
MAX_LISTED_BYTES = 65_536
MAX_TEXTS = 8_000_000
MAX_NESTING = 4
_PIECE_BYTES = 1 << 18
_ARRAY_COST = 16  # an array in an array takes so many times the work of a text

_ARRAY = 9
_STRING = 8
_BOOL = 7
_NAMES: Final = (
    *("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "string", "array"),
    *("uint64", "int64", "float64"),
)
_CODES: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key and its value.

    Args:
        key: The key.
        type: The value's type, of an array the type of its elements.
        count: The number of an array's elements; None if the value is no array.
        value: A number or text; the texts of a short list; None where it was passed over.
        offset: Where in the file the entry stands.
    """

    key: str
    type: str
    count: int | None
    value: str | int | float | tuple[str, ...] | None
    offset: int


class Numbers:
    """A reader of numbers and counted texts; `at` is the next byte, and never goes back."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.at = 0
        self.big_endian = False

    def raw(self, length: int) -> bytes:
        """The next bytes."""
        data = self.window.take(self.at, length)
        self.at += length
        return data

    def number(self, code: str) -> int:
        """The next integer, by its letter in `struct`."""
        return int(self.value(code))

    def value(self, code: str) -> int | float:
        """The next number, by its letter in `struct`."""
        form = (">" if self.big_endian else "<") + code
        found: int | float = struct.unpack(form, self.raw(struct.calcsize(form)))[0]
        return found

    def room(self, length: int, what: str) -> None:
        """See that so many bytes are left.

        Raises:
            StopError: They are not.
        """
        if length > self.window.size_bytes - self.at:
            raise StopError("truncated", f"{what} needs {length} bytes, more than the file has", self.at)

    def text_bytes(self, limit: int, id: str = "limit") -> bytes:  # noqa: A002 - a fault's id
        """The next counted text, not decoded.

        Raises:
            StopError: It is longer than the limit or the file.
        """
        start = self.at
        length = self.number("Q")
        self.room(length, "a text")
        if length > limit:
            raise StopError(id, f"a text of {length} bytes is longer than {limit}", start)
        return self.raw(length)


class Metadata:
    """The key-value pairs read so far."""

    def __init__(self, numbers: Numbers, faults: Faults) -> None:
        self.entries: dict[str, Entry] = {}
        self._numbers = numbers
        self._faults = faults
        self._kept_bytes = 0
        self._texts = 0

    def read_entry(self) -> None:
        """Read the next pair."""
        numbers = self._numbers
        start = numbers.at
        key = self._key(start)
        kind = numbers.number("I")
        self._keep(len(key) + 256, start)
        if kind == _ARRAY:
            element, count, value = self._array(key, 1)
            entry = Entry(key, _NAMES[element], count, value, start)
        elif kind == _STRING:
            entry = Entry(key, "string", None, self._text(key), start)
        elif kind in _CODES:
            number = numbers.value(_CODES[kind])
            if kind == _BOOL and number not in {0, 1}:
                self._faults.add("bool-value", f"the bool {quoted(key)} is {number}", start)
            entry = Entry(key, _NAMES[kind], None, bool(number) if kind == _BOOL else number, start)
        else:
            raise StopError("value-type", f"{quoted(key)} has the unknown type {kind}", start)
        if key in self.entries:
            self._faults.add("duplicate-key", f"the key {quoted(key)} stands twice", start)
        else:
            self.entries[key] = entry

    def _key(self, start: int) -> str:
        raw = self._numbers.text_bytes(MAX_KEY_BYTES, "key-name")
        key = raw.decode("utf-8", "replace")
        if not _KEY.fullmatch(key):
            self._faults.add("key-name", f"the key {quoted(raw)} is not made of words and dots", start)
        return key

    def _text(self, key: str) -> str | None:
        start = self._numbers.at
        raw = self._numbers.text_bytes(MAX_STRING_BYTES)
        if key.startswith("tokenizer.chat_template") and len(raw) > MAX_TEMPLATE_BYTES:
            self._faults.add("template", f"the template {quoted(key)} has {len(raw)} bytes", start)
            return None
        return self._decoded(raw, key, start)

    def _decoded(self, raw: bytes, key: str, start: int) -> str | None:
        self._keep(len(raw), start)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self._faults.add("text", f"the text of {quoted(key)} is not UTF-8", start)
            return None

    def _keep(self, length: int, start: int) -> None:
        self._kept_bytes += length
        if self._kept_bytes > MAX_KEPT_BYTES:
            raise StopError("limit", f"keys and texts have more than {MAX_KEPT_BYTES} bytes", start)

    def _array(self, key: str, depth: int) -> tuple[int, int, tuple[str, ...] | None]:
        numbers = self._numbers
        start = numbers.at
        kind, count = numbers.number("I"), numbers.number("Q")
        if kind == _STRING:
            return kind, count, self._strings(key, count)
        if kind == _ARRAY:
            if depth >= MAX_NESTING:
                raise StopError("nesting", f"{quoted(key)} has arrays in arrays deeper than {MAX_NESTING}", start)
            numbers.room(12 * count, f"{quoted(key)}")
            self._spend(_ARRAY_COST * count, start)
            for _ in range(count):
                self._array(key, depth + 1)
        elif kind in _CODES:
            length = count * struct.calcsize(_CODES[kind])
            numbers.room(length, f"{quoted(key)}")
            if kind == _BOOL:
                self._check_bools(key, count)
            else:
                numbers.at += length
        else:
            raise StopError("value-type", f"the elements of {quoted(key)} have the unknown type {kind}", start)
        return kind, count, None

    def _spend(self, count: int, start: int) -> None:
        self._texts += count
        if self._texts > MAX_TEXTS:
            raise StopError("limit", f"the arrays have more than {MAX_TEXTS} texts", start)

    def _check_bools(self, key: str, count: int) -> None:
        start = self._numbers.at
        for begin in range(0, count, _PIECE_BYTES):
            piece = self._numbers.raw(min(_PIECE_BYTES, count - begin))
            if piece.strip(b"\0\1"):
                self._faults.add("bool-value", f"a bool in {quoted(key)} is neither 0 nor 1", start)

    def _strings(self, key: str, count: int) -> tuple[str, ...] | None:
        numbers = self._numbers
        start = numbers.at
        numbers.room(8 * count, f"{quoted(key)}")
        self._spend(count, start)
        if count > MAX_LISTED:
            self._pass_strings(count)
            return None
        texts = [self._decoded(numbers.text_bytes(MAX_LISTED_BYTES), key, start) for _ in range(count)]
        return tuple(text for text in texts if text is not None)

    def _pass_strings(self, count: int) -> None:
        """Pass over texts quickly: vocabularies have some hundred thousand."""
        window = self._numbers.window
        unpack = struct.Struct(">Q" if self._numbers.big_endian else "<Q").unpack_from
        at = self._numbers.at
        for _ in range(count):
            place = at - window.base
            if not 0 <= place <= len(window.chunk) - 8:
                if at > window.size_bytes - 8:
                    raise StopError("truncated", "the file ends inside a list of texts", self._numbers.at)
                window.refill(at)
                place = 0
            at += 8 + unpack(window.chunk, place)[0]
        if at > window.size_bytes:
            raise StopError("truncated", "the last of a list of texts ends beyond the file", self._numbers.at)
        self._numbers.at = at
