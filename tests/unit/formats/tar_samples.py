"""Tar archives written by hand, right or wrong in one place."""

from __future__ import annotations

import io
import tarfile

END = bytes(1024)


def header(
    name: bytes,
    size: int | bytes = 0,
    kind: bytes = b"0",
    *,
    prefix: bytes = b"",
    link: bytes = b"",
    magic: bytes = b"ustar\x0000",
) -> bytes:
    """One header block with its checksum."""
    length = b"%011o\0" % size if isinstance(size, int) else size
    fields = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + length + b"00000000000\0"
    rest = kind + link.ljust(100, b"\0") + magic + bytes(80) + prefix.ljust(155, b"\0") + bytes(12)
    total = sum(fields + b" " * 8 + rest)
    return fields + b"%06o\0 " % total + rest


def member(name: bytes, data: bytes = b"x\n", kind: bytes = b"0", prefix: bytes = b"") -> bytes:
    """A header and what belongs to it."""
    return header(name, len(data), kind, prefix=prefix) + data + bytes(-len(data) % 512)


def pax(values: dict[bytes, bytes], kind: bytes = b"x") -> bytes:
    """An extension with these values."""
    records = b""
    for key, value in values.items():
        length = len(key) + len(value) + 3
        length += len(str(length + len(str(length))))
        records += b"%d %s=%s\n" % (length, key, value)
    return member(b"pax", records, kind)


def written(format_: int, names: tuple[str, ...]) -> bytes:
    """What Python's tarfile writes."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=format_) as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"{}\n"))
    return target.getvalue()
