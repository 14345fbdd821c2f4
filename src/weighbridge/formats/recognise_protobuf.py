"""Recognise models that are one protobuf message without any magic, by the fields of its outermost level.

Only tags and lengths are read: at most `MAX_FIELDS` fields, and of each field nothing but where it ends. Schemas: ONNX
ModelProto, TensorFlow SavedModel and GraphDef, Core ML Model, sentencepiece ModelProto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.fault import StopError
from weighbridge.formats.kinds import Kind
from weighbridge.formats.window import Window

if TYPE_CHECKING:
    from weighbridge.formats.window import Readable

MAX_FIELDS = 20_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIRES: Final = frozenset({_VARINT, _FIXED64, _BYTES, _FIXED32})
_ONNX: Final = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
_SAVEDMODEL: Final = {1: 0, 2: 2}
_GRAPHDEF: Final = {1: 2, 2: 2, 3: 0, 4: 2, 5: 2}
_MAX_IR_VERSION = 64
_FIRST_COREML_MODEL = 200
_PIECE: Final = b"\x15\x18"  # score or type follows the piece
_NODE: Final = b"\x12"  # the operation follows the node's name
_PAIR_BYTES = 384
_MAX_VARINT_BYTES = 10
_GRAPH, _OPSET = 7, 8

Field = tuple[int, int, int]


def kind_of(file: Readable, size_bytes: int, name: str) -> Kind | None:
    """What a binary file is that begins with a plausible field; None if it is none of these."""
    window = Window(file, size_bytes)
    found, whole = _fields(window)
    if not found:
        return None
    wires = {number: wire for number, wire, _ in found}
    first = found[0]
    if _is_pair(window, first, _PIECE):
        return Kind.SENTENCEPIECE
    if _is_onnx(wires, found, name):
        return Kind.ONNX
    if not whole:
        return None
    is_graph = _within(wires, _GRAPHDEF) and _is_pair(window, first, _NODE)
    if is_graph or (_within(wires, _SAVEDMODEL) and wires.keys() == {1, 2}):
        return Kind.SAVEDMODEL
    is_coreml = wires.get(1) == _VARINT and wires.get(2) == _BYTES and max(wires) >= _FIRST_COREML_MODEL
    return Kind.COREML if is_coreml else None


def _is_onnx(wires: dict[int, int], found: list[Field], name: str) -> bool:
    """A graph beside a version: even a file that breaks off, or has a field too many, is a broken ONNX file."""
    known = [number for number, wire, _ in found if _ONNX.get(number) == wire]
    if not known or wires.get(1, _VARINT) != _VARINT:
        return False
    if name.endswith(".onnx"):
        return True
    return _GRAPH in known and (1 in known or _OPSET in known) and 2 * len(known) > len(found)


def _within(wires: dict[int, int], schema: dict[int, int]) -> bool:
    return all(schema.get(number) == wire for number, wire in wires.items())


def _is_pair(window: Window, field: Field, second: bytes) -> bool:
    """Whether the first field is a message of a text and one of these tags, as vocabularies and graphs begin."""
    number, wire, at = field
    if (number, wire) != (1, _BYTES) or at >= window.size_bytes:
        return False
    head = window.take(at, min(_PAIR_BYTES, window.size_bytes - at))
    after = 2 + head[1] if len(head) > 1 else 0
    return head[:1] == b"\x0a" and after < len(head) and head[after] in second


def _fields(window: Window) -> tuple[list[Field], bool]:
    """The outermost fields as number, wire type and where the contents begin, and whether they fill the file."""
    found: list[Field] = []
    at = 0
    try:
        while at < window.size_bytes:
            if len(found) >= MAX_FIELDS:
                return found, True
            tag, at = _varint(window, at)
            number, wire = tag >> 3, tag & 7
            if not number or wire not in _WIRES:
                return found, False
            length = {_FIXED64: 8, _FIXED32: 4}.get(wire, 0)
            if wire == _VARINT:
                _, after = _varint(window, at)
                length = after - at
            elif wire == _BYTES:
                length, at = _varint(window, at)
            found.append((number, wire, at))
            at += length
    except StopError:
        return found, False
    return found, at == window.size_bytes


def _varint(window: Window, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        byte = window.take(at + index, 1)[0]
        value |= (byte & 127) << (7 * index)
        if byte <= 127:  # noqa: PLR2004 - the last byte
            return value, at + index + 1
    raise StopError("varint", "a number does not fit 64 bits", at)
