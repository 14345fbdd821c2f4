"""ONNX files made by code, field by field."""

from __future__ import annotations

import struct

from weighbridge.formats.onnx_schema import BITS


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | str | bytes) -> bytes:
    """A varint field for a number, else a length-delimited one."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def pair(number: int, key: str | bytes, value: str | bytes) -> bytes:
    return field(number, field(1, key) + field(2, value))


def dims(*sizes: int) -> bytes:
    return b"".join(field(1, size) for size in sizes)


def tensor(kind: int = 1, sizes: tuple[int, ...] = (2,), data: bytes | None = None, name: str = "w") -> bytes:
    """A tensor with raw data of the right length, or other fields in its place."""
    count = 1
    for size in sizes:
        count *= size
    if data is None:
        data = field(9, bytes(-(-count * BITS[kind] // 8)))
    return dims(*sizes) + field(2, kind) + field(8, name) + data


def external(*pairs: tuple[str | bytes, str | bytes], kind: int = 1, sizes: tuple[int, ...] = (2,)) -> bytes:
    """A tensor whose data lies elsewhere."""
    return tensor(kind, sizes, b"".join(pair(13, key, value) for key, value in pairs) + field(14, 1))


def node(operator: str = "Add", *attributes: bytes, domain: str = "") -> bytes:
    head = field(1, "x") + field(2, "y") + field(4, operator) + (field(7, domain) if domain else b"")
    return head + b"".join(field(5, attribute) for attribute in attributes)


def graph(*nodes: bytes, tensors: tuple[bytes, ...] = (), dimension: str = "batch") -> bytes:
    kind = field(1, field(1, 1) + field(2, field(1, field(1, 3)) + field(1, field(2, dimension))))
    inner = b"".join(field(1, each) for each in nodes) + field(2, "main") + b"".join(field(5, each) for each in tensors)
    return inner + field(11, field(1, "x") + field(2, kind)) + field(12, field(1, "y"))


def model(inner: bytes | None = None, *more: bytes, version: int = 8, opset: bytes | None = None) -> bytes:
    """A whole file around a graph."""
    head = field(1, version) + field(2, "maker") + field(3, "1.0")
    body = field(7, graph(node()) if inner is None else inner)
    return head + body + (field(8, field(1, "") + field(2, 17)) if opset is None else opset) + b"".join(more)


def with_tensor(*tensors: bytes) -> bytes:
    return model(graph(node(), tensors=tensors))


def nested(depth: int) -> bytes:
    """Graphs in attributes of nodes of graphs."""
    inner = graph(node())
    for _ in range(depth):
        inner = graph(node("If", field(1, "then_branch") + field(20, 5) + field(6, inner)))
    return model(inner)


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


FUNCTION = field(25, field(1, "Twice") + field(10, "my.own") + field(7, node()) + field(9, field(1, "") + field(2, 17)))
TRAINING = field(20, field(1, graph(node("Constant"))) + field(2, graph(node("Adam", domain="ai.onnx.training"))))
SPARSE = field(15, field(1, tensor(1, (2,))) + field(2, tensor(7, (2,), name="i")) + field(3, 9))
WEIGHTS = (("location", "weights.bin"), ("offset", "4096"), ("length", "8"), ("checksum", "a" * 40))

GOOD = {
    "plain": model(),
    "a dimension that is a sum": model(graph(node(), dimension="floor(past_length/2 - 1) + Max(1, batch)")),
    "each element type": with_tensor(*(tensor(kind, (3, 5)) for kind in BITS)),
    "scalar and nothing": with_tensor(tensor(1, ()), tensor(1, (0, 3), b"")),
    "packed sizes": with_tensor(field(1, b"\x02\x03") + field(2, 3) + field(9, bytes(6))),
    "floats": with_tensor(tensor(1, (2,), field(4, floats(1, 2))), tensor(14, (1,), field(4, floats(1, 2)))),
    "floats one by one": with_tensor(tensor(1, (2,), (varint(4 << 3 | 5) + floats(1)) * 2)),
    "doubles": with_tensor(tensor(11, (2,), field(10, bytes(16)))),
    "integers": with_tensor(
        tensor(7, (3,), field(7, varint(1) + varint(300) + varint(-1))),
        tensor(6, (2,), field(5, 1) + field(5, 2)),
        tensor(22, (3,), field(5, b"\x01\x02")),
        tensor(13, (1,), field(11, b"\x01")),
    ),
    "texts": with_tensor(tensor(8, (2,), field(6, "a") + field(6, b"\xff"))),
    "subgraphs": nested(20),
    "attributes": model(
        graph(
            node(
                "Many",
                field(1, "a") + varint(2 << 3 | 5) + floats(1) + field(20, 1),
                field(1, "b") + (varint(7 << 3 | 5) + floats(1)) * 3 + field(8, 1) + field(8, b"\x01\x02"),
                field(1, "c") + field(5, tensor()) + field(4, b"\xff") + field(9, "s"),
                field(1, "d") + field(11, graph()) + field(11, graph()) + field(22, field(1, tensor())),
                domain="com.example",
            )
        )
    ),
    "function, training, sparse, metadata": model(
        graph(node("Twice", domain="my.own")) + SPARSE, FUNCTION, TRAINING, pair(14, "k", "v\u00e9")
    ),
    "external data": with_tensor(external(*WEIGHTS), external(("location", "./sub/w_1.onnx.data")), tensor()),
    "old, without operator sets": model(version=2, opset=b""),
}


def _outside(location: str | bytes) -> bytes:
    return with_tensor(external(("location", location)))


BAD = {
    "empty": ("graph", b""),
    "model cut": ("truncated", model()[:-3]),
    "field longer than its message": ("truncated", field(7, field(1, b"abc")[:-1])),
    "fixed field longer than its message": ("truncated", field(7, varint(1 << 3 | 5) + b"ab")),
    "number cut": ("truncated", b"\x08\xff"),
    "number of eleven bytes": ("varint", b"\x08" + b"\xff" * 10 + b"\x01"),
    "number of 65 bits": ("varint", b"\x08" + b"\xff" * 9 + b"\x02"),
    "field 0": ("field-number", model() + b"\x00\x01"),
    "field of 30 bits": ("field-number", model() + varint(2**33) + b"\x01"),
    "wire type 6": ("wire-type", model() + b"\x0e"),
    "text as a number": ("wire-type", field(2, 1) + model(None)[2:]),
    "graph as fixed bytes": ("wire-type", varint(7 << 3 | 1) + bytes(8)),
    "group": ("group", model() + varint(50 << 3 | 3) + varint(50 << 3 | 4)),
    "packed floats cut": ("packed", with_tensor(tensor(1, (1,), field(4, bytes(5))))),
    "packed numbers cut": ("packed", with_tensor(tensor(7, (1,), field(7, b"\x01\xff")))),
    "deep": ("nesting", nested(40)),
    "graph twice": ("duplicate-field", model() + field(7, graph())),
    "data type twice": ("duplicate-field", with_tensor(field(2, 7) + tensor())),
    "zip at the end": ("unknown-field", model() + b"PK\x03\x04"),
    "unknown field": ("unknown-field", model() + field(99, "x")),
    "reserved field": ("unknown-field", model(graph() + field(4, 1))),
    "long text": ("limit", model(None, pair(14, "k", "x" * (2**20 + 1)))),
    "producer not UTF-8": ("text", field(2, b"\xff") + model()[9:]),
    "metadata key twice": ("duplicate-key", model(None, pair(14, "k", "1"), pair(14, "k", "2"))),
    "no version": ("ir-version", field(7, graph()) + field(8, field(2, 17))),
    "version of the future": ("ir-version", model(version=99)),
    "no graph": ("graph", field(1, 8) + field(8, field(2, 17))),
    "no operator set": ("opset", model(opset=b"")),
    "operator set twice": ("opset", model(None, field(8, field(2, 18)))),
    "operator set of -1": ("opset", model(opset=field(8, field(2, -1)))),
    "node without operator": ("node", model(graph(node("")))),
    "a dimension that is a call": ("dimension", model(graph(node(), dimension="open(1)"))),
    "a dimension that renames": ("dimension", model(graph(node(), dimension="(max:=exec, max(1))"))),
    "a dimension too long": ("dimension", model(graph(node(), dimension="a" * 2001))),
    "function twice": ("function", model(None, FUNCTION, FUNCTION)),
    "negative size": ("tensor-shape", with_tensor(tensor(1, (), dims(-1)))),
    "sizes that wrap": ("tensor-shape", with_tensor(tensor(1, (), dims(2**62, 4)))),
    "unknown type": ("tensor-type", with_tensor(tensor(99, (1,), field(9, b"1")))),
    "external text": ("tensor-type", with_tensor(external(*WEIGHTS[:1], kind=8))),
    "segment": ("tensor-segment", with_tensor(tensor() + field(3, field(1, 0) + field(2, 1)))),
    "unknown place": ("tensor-location", with_tensor(tensor() + field(14, 7))),
    "external data but not external": ("tensor-location", with_tensor(tensor() + pair(13, "location", "w"))),
    "external and inside": ("tensor-location", with_tensor(external(*WEIGHTS[:1]) + field(9, bytes(8)))),
    "data twice": ("tensor-data", with_tensor(tensor() + field(4, floats(1, 2)))),
    "raw text": ("tensor-data", with_tensor(tensor(8, (1,), field(9, b"1")))),
    "floats for integers": ("tensor-data", with_tensor(tensor(7, (1,), field(4, floats(1))))),
    "raw data too short": ("tensor-size", with_tensor(tensor(1, (2,), field(9, bytes(7))))),
    "raw data too long": ("tensor-size", with_tensor(tensor(22, (3,), field(9, bytes(3))))),
    "too few values": ("tensor-size", with_tensor(tensor(7, (3,), field(7, b"\x01\x01")))),
    "no data": ("tensor-size", with_tensor(tensor(1, (2,), b""))),
    "unknown external key": ("external-key", with_tensor(external(*WEIGHTS, ("__class__", "x")))),
    "location twice": ("external-key", with_tensor(external(("location", "a"), ("location", "b")))),
    "no location": ("external-location", with_tensor(external())),
    "empty location": ("external-location", _outside("")),
    "absolute": ("external-location", _outside("/etc/passwd")),
    "home": ("external-location", _outside("~/x")),
    "parent": ("external-location", _outside("../x")),
    "parent inside": ("external-location", _outside("a/../../x")),
    "backslash": ("external-location", _outside("a\\..\\..\\x")),
    "drive": ("external-location", _outside("C:x")),
    "URL": ("external-location", _outside("file:///etc/passwd")),
    "NUL": ("external-location", _outside("a\0b")),
    "address in memory": ("external-location", _outside("*/_ORT_MEM_ADDR_/*")),
    "empty segment": ("external-location", _outside("a//b")),
    "dot at the end": ("external-location", _outside("a./b")),
    "too long": ("external-location", _outside("a/" * 3000 + "b")),
    "location not UTF-8": ("external-location", _outside(b"\xff")),
    "base path": ("external-location", with_tensor(external(*WEIGHTS, ("basepath", "/etc")))),
    "negative offset": ("external-number", with_tensor(external(WEIGHTS[0], ("offset", "-1")))),
    "offset of 64 bits": ("external-number", with_tensor(external(WEIGHTS[0], ("offset", str(2**63))))),
    "length in another script": ("external-number", with_tensor(external(WEIGHTS[0], ("length", "\u0663")))),
    "length of another tensor": ("external-length", with_tensor(external(WEIGHTS[0], ("length", "9")))),
    "checksum of words": ("external-checksum", with_tensor(external(WEIGHTS[0], ("checksum", "none")))),
    "many faults": ("too-many-faults", model(graph(*[node("")] * 200))),
}
