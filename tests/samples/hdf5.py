"""A small HDF5 file, built by hand: one group with one dataset of floats, as Keras' library lays them out."""

from __future__ import annotations

import struct

SAMPLES: dict[str, dict[str, bytes]] = {}
_UNDEFINED = (1 << 64) - 1
_ROOT, _TREE, _HEAP, _NAMES, _LEAF, _TEXTS, _OBJECT = 96, 160, 704, 736, 824, 1152, 1280
FLOATS = bytes([0x11, 0x20, 0x1F, 0x00]) + struct.pack("<IHHBBBBI", 4, 0, 32, 23, 8, 0, 23, 127) + bytes(4)


def message(kind: int, data: bytes, flags: int = 0) -> bytes:
    """A message of an object header."""
    data += bytes(-len(data) % 8)
    return struct.pack("<HHB3x", kind, len(data), flags) + data


def shape(*dimensions: int) -> bytes:
    """A dataspace message's data."""
    return struct.pack(f"<BB6x{len(dimensions)}Q", 1, len(dimensions), *dimensions)


def contiguous(address: int, length: int) -> bytes:
    """A layout message's data."""
    return struct.pack("<BBQQ", 3, 1, address, length)


def text_attribute(name: bytes = b"name", length: int = 5, address: int = _TEXTS, index: int = 1) -> bytes:
    """An attribute message's data: one text of variable length in the heap."""
    kind = struct.pack("<B3BI", 0x19, 1, 0, 0, 16) + struct.pack("<B3BI", 0x13, 0, 0, 0, 1)
    padded = name + bytes(8 - len(name) % 8)
    head = struct.pack("<BxHHH", 1, len(name) + 1, len(kind), 8)
    return head + padded + kind + shape() + struct.pack("<IQI", length, address, index)


def header(*messages: bytes, count: int | None = None) -> bytes:
    """An object header of version 1."""
    body = b"".join(messages)
    return struct.pack("<BxHII4x", 1, len(messages) if count is None else count, 1, len(body)) + body


def entry(name: int, address: int, cached: int = 0) -> bytes:
    """A symbol: where its name and its object stand."""
    return struct.pack("<QQII16x", name, address, cached, 0)


def hdf5(*messages: bytes, numbers: bytes = bytes(24), symbols: bytes | None = None, end: int | None = None) -> bytes:
    """A file with one dataset of these messages; without any, of 2 times 3 floats with a name."""
    place = _OBJECT + 512
    found = messages or (message(1, shape(2, 3)), message(3, FLOATS), message(8, contiguous(place, len(numbers))))
    if not messages:
        found += (message(5, bytes([2, 2, 2, 0])), message(0x0C, text_attribute()))
    leaf = entry(8, _OBJECT) if symbols is None else symbols
    size = place + len(numbers) if end is None else end
    parts = {
        0: b"\x89HDF\r\n\x1a\n"
        + struct.pack("<8B2HI4Q", 0, 0, 0, 0, 0, 8, 8, 0, 4, 16, 0, 0, _UNDEFINED, size, _UNDEFINED)
        + struct.pack("<QQII16x", 0, _ROOT, 0, 0),
        _ROOT: header(message(0x11, struct.pack("<QQ", _TREE, _HEAP))),
        _TREE: b"TREE" + struct.pack("<BBHQQ3Q", 0, 0, 1, _UNDEFINED, _UNDEFINED, 0, _LEAF, 8),
        _HEAP: b"HEAP" + struct.pack("<B3xQQQ", 0, 88, 1, _NAMES),
        _NAMES: bytes(8) + b"kernel\0\0",
        _LEAF: b"SNOD" + struct.pack("<BxH", 1, len(leaf) // 40) + leaf,
        _TEXTS: b"GCOL" + struct.pack("<B3xQ", 1, 128) + struct.pack("<HHIQ", 1, 1, 0, 5) + b"dense\0\0\0",
        _OBJECT: header(*found),
        place: numbers,
    }
    whole = bytearray(place + len(numbers))
    for at, data in parts.items():
        whole[at : at + len(data)] = data
    return bytes(whole)
