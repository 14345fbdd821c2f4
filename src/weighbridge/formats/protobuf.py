"""Protobuf's wire format: a bounded walk over one message, by a table of its fields.

The walk keeps a stack of its own, never deeper than protobuf's own limit of 100, and reads only what
the table marks: other contents are passed over. Groups, wrong wire types, fields that repeat although
they may not (the last one wins in one reader, the first in another) and numbers that do not fit are faults.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import Faults, StopError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.formats.window import Window

MAX_DEPTH = 100
MAX_FIELDS = 8_000_000
MAX_TEXT_BYTES = 2**20
MAX_KEPT_BYTES = 128 * 2**20
MAX_PACKED_KEPT = 65_536
_KEPT_COST = 100  # bytes that a kept value takes besides its contents
_PIECE_BYTES = 1 << 18
_HIGH_BYTES: Final = bytes(range(128, 256))
_WIRE: Final = {"int": 0, "double": 1, "text": 2, "bytes": 2, "float": 5}
_WIDTH: Final = {"double": 8, "float": 4}
_SCALARS: Final = frozenset({"int", "float", "double"})
_DELIMITED = 2
_MAX_FIELD = 2**29 - 1

Value = int | bytes


@dataclass(frozen=True, slots=True)
class Field:
    """What a table says of a field.

    Args:
        name: Its name in the schema.
        kind: `int`, `float`, `double`, `text`, `bytes`, or the name of a message.
        wire: Its wire type.
        repeated: Whether it may stand more than once.
        keep: `!` to keep its values, `#` to count: the elements of numbers, the bytes of `bytes`, else occurrences.
    """

    name: str
    kind: str
    wire: int
    repeated: bool
    keep: str


Schema = dict[str, dict[int, Field]]


def schema(text: str) -> Schema:
    """A table from its text: a line with a message's name, then lines `number name[*][!|#] kind`."""
    found: Schema = {}
    fields: dict[int, Field] = {}
    for line in text.strip().splitlines():
        words = line.split()
        if len(words) == 1:
            fields = found[words[0]] = {}
            continue
        number, name, kind = words
        bare = name.rstrip("*!#")
        keep = name[-1] if name[-1] in "!#" else ""
        fields[int(number)] = Field(bare, kind, _WIRE.get(kind, 2), "*" in name, keep)
    return found


@dataclass(slots=True)
class Message:
    """A message while it is read.

    Args:
        kind: Its name in the table.
        at: Where its contents begin.
        end: Where they end.
        values: What was kept, by field name.
        counts: What was counted, by field name.
        seen: The numbers of the fields seen that may stand once.
    """

    kind: str
    at: int
    end: int
    values: dict[str, list[Value]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def number(self, name: str, default: int = 0) -> int:
        """A kept integer, as the signed 64 bits that protobuf means."""
        values = self.values.get(name)
        if not values or isinstance(values[0], bytes):
            return default
        return signed(values[0])

    def text(self, name: str) -> bytes:
        """A kept text, empty if it is missing."""
        values = self.values.get(name)
        return values[0] if values and isinstance(values[0], bytes) else b""


def signed(value: int) -> int:
    """A varint's 64 bits as a signed number."""
    return value - 2**64 if value >= 2**63 else value


class Walk:
    """A walk over a message and all that it holds.

    Args:
        window: The file.
        table: The fields of every message.
        leave: Called with each message at its end, and with the message that holds it (None for the outermost).
        faults: Where faults go.
    """

    def __init__(
        self,
        window: Window,
        table: Schema,
        leave: Mapping[str, Callable[[Message, Message | None], None]],
        faults: Faults,
    ) -> None:
        self.unknown: dict[tuple[str, int], int] = {}
        self.root = Message("", 0, window.size_bytes)
        self.deepest = 1
        self._window = window
        self._table = table
        self._leave = leave
        self._faults = faults
        self._at = 0
        self._fields = 0
        self._kept_bytes = 0

    def run(self, kind: str) -> None:
        """Walk over the whole file, one message of this kind.

        Raises:
            StopError: It can't be read on, or a limit was reached.
        """
        self.root.kind = kind
        stack = [self.root]
        while stack:
            top = stack[-1]
            if self._at == top.end:
                stack.pop()
                leave = self._leave.get(top.kind)
                if leave is not None:
                    leave(top, stack[-1] if stack else None)
                continue
            inner = self._field(top)
            if inner is not None:
                stack.append(inner)
                self.deepest = max(self.deepest, len(stack))
                if len(stack) > MAX_DEPTH:
                    raise StopError("nesting", f"messages are nested deeper than {MAX_DEPTH}", inner.at)

    def _field(self, top: Message) -> Message | None:
        """Read one field; if it is a message, return it to be walked over."""
        start = self._at
        self._fields += 1
        if self._fields > MAX_FIELDS:
            raise StopError("limit", f"there are more than {MAX_FIELDS} fields", start)
        tag = self._varint(top.end)
        number, wire = tag >> 3, tag & 7
        known = self._table[top.kind].get(number)
        if known is None or (
            wire != known.wire and not (wire == _DELIMITED and known.repeated and known.kind in _SCALARS)
        ):
            self._odd(top, known, number, wire, start)
            return None
        if not known.repeated:
            if number in top.seen:
                self._faults.add("duplicate-field", f"{known.name} of {top.kind} stands twice", start)
            top.seen.add(number)
        if wire == 0:
            self._scalar(top, known, self._varint(top.end))
        elif wire == _DELIMITED:
            return self._delimited(top, known)
        else:
            self._pass(_WIDTH[known.kind], top.end)
            self._count(top, known, 1)
        return None

    def _odd(self, top: Message, known: Field | None, number: int, wire: int, start: int) -> None:
        """A field that the table doesn't know, or not like this."""
        if not 0 < number <= _MAX_FIELD:
            raise StopError("field-number", f"field {number} of {top.kind} can't be", start)
        if wire in {3, 4}:
            raise StopError("group", f"field {number} of {top.kind} is a group", start)
        if wire in {6, 7}:
            raise StopError("wire-type", f"field {number} of {top.kind} has the wire type {wire}", start)
        if known is not None:
            self._faults.add("wire-type", f"{known.name} of {top.kind} has the wire type {wire}", start)
        else:
            key = (top.kind, number)
            if key not in self.unknown:
                self.unknown[key] = 0
                self._faults.add("unknown-field", f"field {number} of {top.kind} is unknown", start)
            self.unknown[key] += 1
        if wire == 0:
            self._varint(top.end)
        else:
            self._pass(self._varint(top.end) if wire == _DELIMITED else 8 if wire == 1 else 4, top.end)

    def _delimited(self, top: Message, known: Field) -> Message | None:
        length = self._varint(top.end)
        start = self._at
        if length > top.end - start:
            raise StopError("truncated", f"{known.name} of {top.kind} is longer than what holds it", start)
        if known.kind in self._table:
            self._count(top, known, 1)
            return Message(known.kind, start, start + length)
        if known.kind in _SCALARS:
            self._packed(top, known, start, length)
        elif known.keep == "!":
            if length > MAX_TEXT_BYTES:
                raise StopError("limit", f"{known.name} of {top.kind} has {length} bytes", start)
            self._keep(top, known, self._window.take(start, length))
        else:
            self._count(top, known, length if known.kind == "bytes" and not known.repeated else 1)
        self._at = start + length
        return None

    def _packed(self, top: Message, known: Field, start: int, length: int) -> None:
        end = start + length
        width = _WIDTH.get(known.kind)
        if width is not None:
            if length % width:
                self._faults.add("packed", f"{known.name} of {top.kind} is not whole elements", start)
            self._count(top, known, length // width)
        elif known.keep == "!":
            while self._at < end:
                self._scalar(top, known, self._varint(end))
                if len(top.values[known.name]) > MAX_PACKED_KEPT:
                    raise StopError("limit", f"{known.name} of {top.kind} has too many elements", start)
        elif known.keep == "#":
            # Each varint ends with its one byte below 128.
            last = 0
            for begin in range(start, end, _PIECE_BYTES):
                piece = self._window.take(begin, min(_PIECE_BYTES, end - begin))
                self._count(top, known, len(piece.translate(None, _HIGH_BYTES)))
                last = piece[-1]
            if last > 127:  # noqa: PLR2004 - the last byte goes on
                self._faults.add("packed", f"{known.name} of {top.kind} ends inside a number", start)

    def _scalar(self, top: Message, known: Field, value: int) -> None:
        if known.keep == "!":
            self._keep(top, known, value)
        else:
            self._count(top, known, 1)

    def _keep(self, top: Message, known: Field, value: Value) -> None:
        self._kept_bytes += _KEPT_COST + (len(value) if isinstance(value, bytes) else 0)
        if self._kept_bytes > MAX_KEPT_BYTES:
            raise StopError("limit", f"more than {MAX_KEPT_BYTES} bytes would be kept", self._at)
        top.values.setdefault(known.name, []).append(value)

    def _count(self, top: Message, known: Field, number: int) -> None:
        if known.keep == "#":
            top.counts[known.name] = top.counts.get(known.name, 0) + number

    def _pass(self, length: int, end: int) -> None:
        if length > end - self._at:
            raise StopError("truncated", f"a field of {length} bytes is longer than what holds it", self._at)
        self._at += length

    def _varint(self, end: int) -> int:
        """The next varint: at most 10 bytes and 64 bits."""
        at = self._at
        window = self._window
        value = shift = 0
        while at < end:
            place = at - window.base
            if not 0 <= place < len(window.chunk):
                window.refill(at)
                place = 0
            byte = window.chunk[place]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:  # noqa: PLR2004 - the last byte
                if value >= 2**64:
                    break
                self._at = at
                return value
            shift += 7
            if shift > 63:  # noqa: PLR2004 - ten bytes
                break
        else:
            raise StopError("truncated", "a number ends beyond what holds it", self._at)
        raise StopError("varint", "a number does not fit 64 bits", self._at)
