"""GGUF files made by code."""

from __future__ import annotations

import struct
from dataclasses import dataclass

STRING, ARRAY = 8, 9


@dataclass(frozen=True)
class Packer:
    """Writes numbers in one byte order."""

    order: str = "<"

    def number(self, code: str, value: float) -> bytes:
        return struct.pack(self.order + code, value)

    def text(self, text: str | bytes) -> bytes:
        raw = text.encode() if isinstance(text, str) else text
        return self.number("Q", len(raw)) + raw

    def entry(self, key: str | bytes, kind: int, value: bytes) -> bytes:
        return self.text(key) + self.number("I", kind) + value

    def texts(self, *texts: str | bytes) -> bytes:
        return self.number("I", STRING) + self.number("Q", len(texts)) + b"".join(map(self.text, texts))

    def tensor(self, name: str | bytes, shape: tuple[int, ...] = (8,), kind: int = 0, offset: int = 0) -> bytes:
        sizes = b"".join(self.number("Q", size) for size in shape)
        shaped = self.text(name) + self.number("I", len(shape)) + sizes
        return shaped + self.number("I", kind) + self.number("Q", offset)

    def head(self, tensors: int, entries: int, version: int = 3) -> bytes:
        return b"GGUF" + self.number("I", version) + self.number("Q", tensors) + self.number("Q", entries)

    def file(
        self, entries: list[bytes], tensors: list[bytes], data: bytes = b"", *, version: int = 3, alignment: int = 32
    ) -> bytes:
        head = self.head(len(tensors), len(entries), version) + b"".join(entries) + b"".join(tensors)
        return head + bytes(-len(head) % alignment) + data


LITTLE = Packer()
P = LITTLE


def every_value(packer: Packer) -> list[bytes]:
    """An entry of each type, alone and in an array, an array of arrays, and the templates."""
    codes = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
    entries = [packer.entry(f"a.v{kind}", kind, packer.number(code, 1)) for kind, code in codes.items()]
    for kind, code in codes.items():
        head = packer.number("I", kind) + packer.number("Q", 3)
        entries.append(packer.entry(f"a.list{kind}", ARRAY, head + packer.number(code, 1) * 3))
    inner = packer.number("I", 0) + packer.number("Q", 2) + b"xy"
    return [
        *entries,
        packer.entry("general.name", STRING, packer.text("Tést")),
        packer.entry("tokenizer.ggml.tokens", ARRAY, packer.texts(*map(str, range(300)))),
        packer.entry("general.tags", ARRAY, packer.texts("a", "b")),
        packer.entry("a.nested", ARRAY, packer.number("I", ARRAY) + packer.number("Q", 2) + inner * 2),
        packer.entry("tokenizer.chat_template", STRING, packer.text("{{ messages }}")),
        packer.entry("tokenizer.chat_template.tool_use", STRING, packer.text("{{ tools }}")),
    ]


def whole(packer: Packer, version: int = 3) -> bytes:
    """A file with every value and three tensors."""
    tensors = [
        packer.tensor("token_embd.weight", (5, 3), 0, 0),
        packer.tensor("blk.0.attn_q.weight", (64, 2), 8, 64),
        packer.tensor("scalar", (), 28, 224),
    ]
    return packer.file(every_value(packer), tensors, bytes(256), version=version)


def aligned(value: int, offset: int, kind: int = 4, code: str = "I") -> bytes:
    """A file that sets its own alignment."""
    entry = P.entry("general.alignment", kind, P.number(code, value))
    tensors = [P.tensor("a", (8,)), P.tensor("b", (8,), 0, offset)]
    return P.file([entry], tensors, bytes(offset + 32), alignment=max(value, 1) if value < 2**17 else 1)


GOOD = {
    "little endian": whole(LITTLE),
    "big endian": whole(Packer(">")),
    "version 2": whole(LITTLE, 2),
    "nothing": P.head(0, 0),
    "vocabulary alone": P.file([P.entry("a.b", STRING, P.text("c"))], []),
    "vocabulary without padding": P.head(0, 1) + P.entry("a.b", STRING, P.text("c")),
    "alignment of 64": aligned(64, 64),
    "alignment of 8": aligned(8, 32),
    "last tensor without padding": P.file([], [P.tensor("a", (5,))], bytes(20)),
    "offsets in another order": P.file([], [P.tensor("a", offset=32), P.tensor("b")], bytes(64)),
}


def _key(key: str | bytes) -> bytes:
    return P.file([P.entry(key, 0, b"1")], [])


def _value(kind: int, value: bytes) -> bytes:
    return P.file([P.entry("a.b", kind, value)], [])


def _tensors(*tensors: bytes, size: int = 64) -> bytes:
    return P.file([], list(tensors), bytes(size))


def _nested(depth: int) -> bytes:
    return b"".join(P.number("I", ARRAY) + P.number("Q", 1) for _ in range(depth)) + P.number("I", 0) + P.number("Q", 0)


BAD = {
    "empty": ("truncated", b""),
    "text beyond the file": ("truncated", _value(STRING, P.number("Q", 2**63))),
    "array beyond the file": ("truncated", _value(ARRAY, P.number("I", 12) + P.number("Q", 2**61))),
    "texts beyond the file": ("truncated", _value(ARRAY, P.number("I", STRING) + P.number("Q", 2**61))),
    "last text beyond the file": (
        "truncated",
        _value(ARRAY, P.number("I", STRING) + P.number("Q", 300) + P.text("") * 299 + P.number("Q", 2**62)),
    ),
    "text inside a list beyond the file": (
        "truncated",
        _value(ARRAY, P.number("I", STRING) + P.number("Q", 300) + P.number("Q", 2**62) + P.text("") * 299),
    ),
    "other magic": ("magic", b"GGML" + whole(LITTLE)[4:]),
    "version 1": ("version", P.head(0, 0, 1)),
    "version 4": ("version", P.head(0, 0, 4)),
    "version 0": ("version", P.head(0, 0, 0)),
    "counts for a larger file": ("count", P.head(60_000, 0)),
    "huge counts": ("limit", P.head(2**63, 2**63)),
    "empty key": ("key-name", _key("")),
    "key with a NUL": ("key-name", _key("a\0b")),
    "key of dots": ("key-name", _key("a..b")),
    "key not UTF-8": ("key-name", _key(b"a.\xff")),
    "long key": ("key-name", _key("a" * 65_536)),
    "key twice": ("duplicate-key", P.file([P.entry("a", 0, b"1"), P.entry("a", 0, b"2")], [])),
    "unknown value type": ("value-type", _value(13, b"")),
    "unknown element type": ("value-type", _value(ARRAY, P.number("I", 99) + P.number("Q", 0))),
    "arrays in arrays": ("nesting", _value(ARRAY, _nested(1000))),
    "bool of 2": ("bool-value", _value(7, b"\2")),
    "bool of 2 in an array": ("bool-value", _value(ARRAY, P.number("I", 7) + P.number("Q", 2) + b"\0\2")),
    "text not UTF-8": ("text", _value(STRING, P.text(b"\xff"))),
    "text not UTF-8 in a list": ("text", _value(ARRAY, P.texts("a", b"\xff", "c"))),
    "huge template": (
        "template",
        P.file([P.entry("tokenizer.chat_template", STRING, P.text("x" * (2**20 + 1)))], []),
    ),
    "alignment of 0": ("alignment", aligned(0, 32)),
    "alignment of 24": ("alignment", aligned(24, 48)),
    "alignment of 4": ("alignment", aligned(4, 32)),
    "alignment of 2 GiB": ("alignment", aligned(2**31, 32)),
    "alignment as another type": ("alignment", aligned(64, 64, 10, "Q")),
    "long tensor name": ("tensor-name", _tensors(P.tensor("a" * 128))),
    "empty tensor name": ("tensor-name", _tensors(P.tensor(""), size=32)),
    "tensor name with a NUL": ("tensor-name", _tensors(P.tensor("a\0b"), size=32)),
    "tensor name not UTF-8": ("tensor-name", _tensors(P.tensor(b"\xff"), size=32)),
    "tensor twice": ("duplicate-tensor", _tensors(P.tensor("a"), P.tensor("a", offset=32))),
    "five dimensions": ("tensor-shape", _tensors(P.tensor("a", (1,) * 5))),
    "dimension of 0": ("tensor-shape", _tensors(P.tensor("a", (8, 0)))),
    "removed tensor type": ("tensor-type", _tensors(P.tensor("a", (32,), 4))),
    "half a block": ("tensor-size", _tensors(P.tensor("a", (33,), 2))),
    "elements that wrap": ("tensor-size", _tensors(P.tensor("a", (2**42 + 1, 2**22)))),
    "bytes that wrap": ("tensor-size", _tensors(P.tensor("a", (2**61,), 28))),
    "sizes near the end of 63 bits": ("tensor-size", _tensors(P.tensor("a", (2**63 - 1, 2), 24))),
    "offset between multiples": ("tensor-offset", _tensors(P.tensor("a", offset=16))),
    "offset of all ones": ("tensor-offset", _tensors(P.tensor("a", offset=2**64 - 32))),
    "overlap": ("tensor-overlap", _tensors(P.tensor("a", (16,)), P.tensor("b", offset=32))),
    "same place": ("tensor-overlap", _tensors(P.tensor("a"), P.tensor("b"))),
    "gap": ("tensor-gap", _tensors(P.tensor("a", offset=32))),
    "tensor beyond the file": ("tensor-beyond-file", _tensors(P.tensor("a", (17,)))),
    "offset beyond the file": ("tensor-beyond-file", _tensors(P.tensor("a", offset=2**40))),
    "padding that says something": ("padding", (P.head(1, 0) + P.tensor("a")).ljust(63, b"\0") + b"!" + bytes(32)),
    "bytes after the tensors": ("trailing-bytes", _tensors(P.tensor("a"), size=33)),
    "bytes after the vocabulary": ("trailing-bytes", P.file([], [], b"PK")),
    "many faults": ("too-many-faults", P.file([P.entry("a", 0, b"1")] * 200, [])),
}
