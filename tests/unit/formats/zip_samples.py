"""Zip archives written by hand, right or wrong in one place."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

END = b"PK\5\6"


@dataclass(frozen=True)
class Part:
    """One member; `local` and `central` replace what its two headers say."""

    name: bytes
    data: bytes = b"x\n"
    deflated: bool = False
    flags: int = 0
    attributes: int = 0o100644 << 16
    local: dict[str, int | bytes] = field(default_factory=dict)
    central: dict[str, int | bytes] = field(default_factory=dict)
    descriptor: bytes = b""
    after: bytes = b""

    @property
    def packed(self) -> bytes:
        if not self.deflated:
            return self.data
        stream = zlib.compressobj(wbits=-15)
        return stream.compress(self.data) + stream.flush()

    def values(self) -> dict[str, int | bytes]:
        return {
            "name": self.name,
            "extra": b"",
            "comment": b"",
            "flags": self.flags,
            "method": 8 if self.deflated else 0,
            "crc": zlib.crc32(self.data),
            "packed": len(self.packed),
            "size": len(self.data),
            "needs": 20,
            "disk": 0,
            "attributes": self.attributes,
            "system": 3,
        }


def _number(value: int | bytes) -> int:
    assert isinstance(value, int)
    return value


def _text(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value


def local_header(part: Part) -> bytes:
    values = part.values() | part.local
    numbers = [_number(values[key]) for key in ("crc", "packed", "size")]
    name, extra = _text(values["name"]), _text(values["extra"])
    head = [_number(values[key]) for key in ("needs", "flags", "method")]
    return struct.pack("<4s5H3L2H", b"PK\3\4", *head, 0, 33, *numbers, len(name), len(extra)) + name + extra


def central_entry(part: Part, offset: int) -> bytes:
    values = {"offset": offset} | part.values() | part.central
    texts = [_text(values[key]) for key in ("name", "extra", "comment")]
    head = [_number(values[key]) for key in ("system", "needs", "flags", "method")]
    numbers = [_number(values[key]) for key in ("crc", "packed", "size")]
    lengths = [len(text) for text in texts]
    disk, attributes, at = (_number(values[key]) for key in ("disk", "attributes", "offset"))
    fixed = struct.pack("<4s2B5H3L5H2L", b"PK\1\2", 20, *head, 0, 33, *numbers, *lengths, disk, 0, attributes, at)
    return fixed + b"".join(texts)


def end_record(entries: int, length: int, offset: int, comment: bytes = b"", disk: int = 0) -> bytes:
    return struct.pack("<4s4H2LH", END, disk, 0, entries, entries, length, offset, len(comment)) + comment


def end_records_64(entries: int, length: int, offset: int, **changes: int) -> bytes:
    """The zip64 record, its locator, and an end record that leaves all to them."""
    values = {"rest": 44, "disk": 0, "at": offset + length, "disks": 1, "small": 0xFFFF} | changes
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", values["rest"], 45, 45, values["disk"], 0, entries, entries, length, offset
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, values["at"], values["disks"])
    small = struct.pack("<4s4H2LH", END, 0, 0, values["small"], values["small"], 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return record + locator + small


def archive(
    *parts: Part, prefix: bytes = b"", gap: bytes = b"", comment: bytes = b"", end: bytes | None = None
) -> bytes:
    """An archive of these members."""
    body = prefix
    offsets = []
    for part in parts:
        offsets.append(len(body) - len(prefix))
        body += local_header(part) + part.packed + part.descriptor + part.after
    body += gap
    directory = b"".join(central_entry(part, at) for part, at in zip(parts, offsets, strict=True))
    closing = end_record(len(parts), len(directory), len(body) - len(prefix), comment) if end is None else end
    return body + directory + closing


def descriptor(data: bytes, *, wide: bool = False, signed: bool = True) -> bytes:
    """The sizes that follow a stored member."""
    packed = struct.pack("<LQQ" if wide else "<3L", zlib.crc32(data), len(data), len(data))
    return (b"PK\7\x08" if signed else b"") + packed


def directory_of(*parts: Part) -> tuple[bytes, int, int]:
    """The bytes before the end record, the directory's length and its offset."""
    whole = archive(*parts, end=b"")
    length = sum(len(central_entry(part, 0)) for part in parts)
    return whole, length, len(whole) - length
