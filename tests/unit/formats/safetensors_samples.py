"""Safetensors files made by code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import safetensors as reference

from weighbridge.formats import safetensors

if TYPE_CHECKING:
    from collections.abc import Callable

reference_read: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = reference.deserialize


def pack(header: str | bytes | dict[str, object], data: bytes = b"") -> bytes:
    """A file of a header and the tensors' bytes."""
    if isinstance(header, dict):
        header = json.dumps(header)
    raw = header.encode("utf-8", "surrogatepass") if isinstance(header, str) else header
    return len(raw).to_bytes(8, "little") + raw + data


def entry(dtype: str = "U8", shape: tuple[int, ...] = (1,), begin: int = 0, end: int = 1) -> dict[str, object]:
    """The description of a tensor."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def every_dtype() -> bytes:
    """One tensor of 8 elements of each dtype."""
    header: dict[str, object] = {"__metadata__": {"format": "pt", "note": "ü\n"}}
    at = 0
    for dtype, bits in safetensors.BITS.items():
        header[f"tensor.{dtype}"] = entry(dtype, (2, 4), at, at + bits)
        at += bits
    return pack(header, bytes(at))


GOOD = {
    "every dtype": every_dtype(),
    "nothing": pack("{}"),
    "metadata alone": pack({"__metadata__": {"a": "1"}}),
    "empty metadata": pack({"__metadata__": {}}),
    "blanks at the end": pack("{}      "),
    "blanks inside": pack(
        '{ "a" :\n{ "shape":[ 1 , 1 ] ,"data_offsets" : [0, 1]\t, "dtype":"U8" } , "b":{"dtype":"I8","shape":[],'
        '"data_offsets":[1,2]}}\r\n',
        b"12",
    ),
    "scalar": pack({"a": entry(shape=())}, b"1"),
    "no elements": pack({"a": entry(shape=(0, 2**63, 5), end=0), "b": entry(shape=(0,), end=0)}),
    "any order": pack({"b": entry(begin=1, end=2), "a": entry()}, b"12"),
    "escaped name": pack('{"\\u0061\\ud83d\\ude00":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"1"),
    "four bits": pack({"a": entry("F4", (2, 3), 0, 3)}, b"123"),
}

_A = json.dumps(entry())

BAD = {
    "no length": ("truncated", b"1234567"),
    "length over 100 MB": ("header-too-large", (100_000_001).to_bytes(8, "little") + b"{}"),
    "length of all ones": ("header-too-large", b"\xff" * 8 + b"{}"),
    "length beyond the file": ("header-beyond-file", (3).to_bytes(8, "little") + b"{}"),
    "not UTF-8": ("header-utf8", pack(b'{"\xff":1}')),
    "blank first": ("header-start", pack(" {}")),
    "byte order mark first": ("header-start", pack("\ufeff{}")),
    "empty header": ("header-start", pack("")),
    "list": ("header-start", pack("[]")),
    "no end": ("header-json", pack("{")),
    "comma at the end": ("header-json", pack('{"a":' + _A + ",}", b"1")),
    "half a surrogate pair": ("header-json", pack('{"\\ud800":' + _A + "}", b"1")),
    "control character": ("header-json", pack('{"\x01":' + _A + "}", b"1")),
    "bad escape": ("header-json", pack('{"\\x":' + _A + "}", b"1")),
    "no colon": ("header-json", pack('{"a" ' + _A + "}", b"1")),
    "no comma": ("header-json", pack('{"a":' + _A + '"b":1}', b"1")),
    "NUL after the object": ("header-trailing", pack("{}\0")),
    "second object": ("header-trailing", pack("{}{}")),
    "tensor twice": ("duplicate-key", pack('{"a":' + _A + ',"a":' + _A + "}", b"1")),
    "tensor twice, once escaped": ("duplicate-key", pack('{"a":' + _A + ',"\\u0061":' + _A + "}", b"1")),
    "dtype twice": (
        "duplicate-key",
        pack('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"1"),
    ),
    "metadata twice": ("duplicate-key", pack('{"__metadata__":{},"__metadata__":{}}')),
    "metadata key twice": ("duplicate-key", pack('{"__metadata__":{"a":"1","a":"2"}}')),
    "metadata with a number": ("metadata", pack({"__metadata__": {"a": 1}})),
    "metadata null": ("metadata", pack('{"__metadata__":null}')),
    "metadata list": ("metadata", pack('{"__metadata__":[]}')),
    "unknown key": ("tensor-field", pack({"a": entry() | {"x": 1}}, b"1")),
    "no dtype": ("tensor-field", pack('{"a":{"shape":[1],"data_offsets":[0,1]}}', b"1")),
    "empty entry": ("tensor-field", pack('{"a":{}}')),
    "entry as a list": ("tensor-field", pack('{"a":["U8",[1],[0,1]]}', b"1")),
    "unknown dtype": ("tensor-dtype", pack({"a": entry("F128")}, b"1")),
    "dtype as an object": ("tensor-dtype", pack('{"a":{"dtype":{"U8":null},"shape":[1],"data_offsets":[0,1]}}', b"1")),
    "negative size": ("tensor-shape", pack({"a": entry(shape=(-1,))}, b"1")),
    "size as a float": ("tensor-shape", pack('{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', b"1")),
    "size in exponents": ("tensor-shape", pack('{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}', b"1")),
    "size with a zero first": ("tensor-shape", pack('{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}', b"1")),
    "size of 65 bits": ("tensor-shape", pack({"a": entry(shape=(2**64, 0), end=0)})),
    "product of 65 bits": ("tensor-shape", pack({"a": entry(shape=(2**63, 2, 0), end=0)})),
    "bits of 65 bits": ("tensor-shape", pack({"a": entry("F64", shape=(2**60,), end=0)})),
    "too many dimensions": ("tensor-shape", pack({"a": entry(shape=(1,) * 65)}, b"1")),
    "three offsets": ("tensor-offsets", pack('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}', b"1")),
    "end before begin": ("tensor-offsets", pack({"a": entry(begin=1, end=0)}, b"1")),
    "offset of 65 bits": ("tensor-offsets", pack({"a": entry(end=2**64)}, b"1")),
    "too few bytes": ("tensor-size", pack({"a": entry("F32")}, b"1")),
    "half a byte": ("tensor-size", pack({"a": entry("F4", (3,), 0, 1)}, b"1")),
    "overlap": ("tensor-overlap", pack({"a": entry(shape=(2,), end=2), "b": entry(begin=1, end=2)}, b"12")),
    "hole": ("tensor-hole", pack({"a": entry(begin=1, end=2)}, b"12")),
    "beyond the file": ("tensor-beyond-file", pack({"a": entry(shape=(9,), end=9)}, b"1")),
    "polyglot": ("trailing-bytes", pack({"a": entry()}, b"1PK\x03\x04")),
    "long name": ("limit", pack({"a" * 5000: entry()}, b"1")),
    "large metadata": ("limit", pack({"__metadata__": {"a": "x" * 9_000_000, "b": "x" * 9_000_000}})),
    "many faults": ("too-many-faults", pack({str(i): entry("X") for i in range(200)}, b"1")),
}
