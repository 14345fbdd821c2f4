"""Zip: the directory of an archive, read so strictly that every reader sees the same members.

Loaders disagree about archives that break the rules: one follows the directory at the end, another the header before
each member (CVE-2025-1944), one gives up at a flag or a checksum that another ignores (CVE-2025-1945, CVE-2025-10156),
and of two members with one name one takes the first, another the last. Each such difference is a fault here, and every
byte of the file must belong to a member, to the directory or to the end records.

Faults: `truncated`, `end-record`, `comment`, `zip64`, `disk`, `prefix`, `directory`, `name-encoding`, `name-path`,
`duplicate-name`, `flags`, `version`, `method`, `extra`, `file-type`, `folder-data`, `ratio`, `local-header`,
`descriptor`, `overlap`, `hole`, `limit`, `too-many-faults`.

Source: PKWARE's APPNOTE 6.3.10. Not done: nothing is unpacked here, see `zip_member`. Memory: about 500 bytes a member
and one chunk of the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from weighbridge.formats import zip_extra
from weighbridge.formats.fault import Fault, Faults, StopError, quoted
from weighbridge.formats.member_name import unsafe
from weighbridge.formats.ratio import is_bomb
from weighbridge.formats.window import Readable, Window
from weighbridge.formats.zip_end import End, find_end
from weighbridge.formats.zip_local import Entry, check_layout, read_local

MAX_MEMBERS = 100_000
STORED, DEFLATED = 0, 8
_ENTRY = struct.Struct("<4s2B5H3L5H2L")
_ENTRY_START: Final = b"PK\1\2"
_UNIX = 3
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_UTF8 = 0x0800
_KNOWN_FLAGS = _ENCRYPTED | 0x0002 | 0x0004 | 0x0008 | _UTF8
_NEWEST_VERSION = 63
_AES_METHOD = 99
_TYPES: Final = {0, 0o100000, 0o040000}
_TYPE_MASK = 0o170000


class _Head(NamedTuple):
    """The fixed part of an entry of the directory."""

    start: bytes
    version: int
    system: int
    needs: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    name_bytes: int
    extra_bytes: int
    comment_bytes: int
    disk: int
    inner: int
    attributes: int
    offset: int


@dataclass(frozen=True, slots=True)
class Member:
    """One member, as the directory describes it.

    Args:
        name: Its name, decoded; a folder's ends with a slash.
        method: How it is packed: 0 stored, 8 deflated; others are a fault and can't be read.
        flags: The general purpose bits.
        crc: CRC-32 of its contents.
        packed_bytes: How long it is in the file.
        size_bytes: How long its contents are.
        header_at: Where its local header begins.
        data_at: Where its contents begin.
        encrypted: Whether it can't be read without a password.
    """

    name: str
    method: int
    flags: int
    crc: int
    packed_bytes: int
    size_bytes: int
    header_at: int
    data_at: int
    encrypted: bool

    @property
    def folder(self) -> bool:
        """Whether it is a folder and no file."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class ZipReport:
    """What a zip archive holds, and which rules it breaks.

    Args:
        members: In the directory's order.
        faults: The broken rules.
        complete: Whether the whole directory was read; if not, `members` are those that came before.
    """

    members: tuple[Member, ...]
    faults: tuple[Fault, ...]
    complete: bool

    @property
    def encrypted(self) -> bool:
        """Whether any member needs a password."""
        return any(member.encrypted for member in self.members)


def parse(file: Readable, size_bytes: int) -> ZipReport:
    """Read the directory and every local header; an error of the file object itself passes through."""
    faults = Faults()
    directory = _Directory(file, size_bytes, faults)
    complete = False
    try:
        directory.read()
        complete = True
    except StopError as error:
        faults.stop(error)
    return ZipReport(tuple(directory.members), faults.all(), complete)


class _Directory:
    """The directory while it is read."""

    def __init__(self, file: Readable, size_bytes: int, faults: Faults) -> None:
        self.members: list[Member] = []
        self._file = file
        self._size_bytes = size_bytes
        self._window = Window(file, size_bytes)
        self._faults = faults
        self._names: set[str] = set()
        self._unpacked = self._packed = 0
        self._told = False

    def read(self) -> None:
        """Read every entry, then compare the layout.

        Raises:
            StopError: It can't be read on.
        """
        end = find_end(self._window, self._faults)
        if end.entries > MAX_MEMBERS:
            raise StopError("limit", f"there are {end.entries} members", end.directory_at)
        spans = []
        at = end.directory_at
        for _ in range(end.entries):
            entry, at = self._entry(at, end)
            spans.append((entry, self.members[-1].data_at))
        if at != end.records_at:
            raise StopError("directory", "the directory's length is not that of its entries", end.directory_at)
        check_layout(self._file, spans, end.directory_at, self._faults)

    def _entry(self, at: int, end: End) -> tuple[Entry, int]:
        head = _Head._make(_ENTRY.unpack(self._window.take(at, _ENTRY.size)))
        following = at + _ENTRY.size + head.name_bytes + head.extra_bytes + head.comment_bytes
        if head.start != _ENTRY_START or following > end.records_at:
            raise StopError("directory", "an entry of the directory is broken", at)
        if head.disk:
            raise StopError("disk", "a member lies in another volume", at)
        text = self._window.take(at + _ENTRY.size, head.name_bytes + head.extra_bytes)
        raw_name = text[: head.name_bytes]
        found = zip_extra.fields(text[head.name_bytes :], at, self._faults)
        size, packed, offset = zip_extra.large(found, (head.size, head.packed, head.offset), at, self._faults)
        name = self._name(raw_name, head.flags, at)
        zip_extra.check_name(found, name, at, self._faults)
        entry = Entry(raw_name, name, head.flags, head.method, head.crc, packed, size, offset + end.base)
        self._check(entry, head, at)
        data_at = read_local(self._file, self._size_bytes, entry, self._faults)
        encrypted = bool(head.flags & _ENCRYPTED) or head.method == _AES_METHOD or zip_extra.encrypted(found)
        self.members.append(
            Member(name, head.method, head.flags, head.crc, packed, size, entry.header_at, data_at, encrypted)
        )
        return entry, following

    def _name(self, raw: bytes, flags: int, at: int) -> str:
        try:
            name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
        except UnicodeDecodeError:
            self._faults.add("name-encoding", f"readers decode the name {quoted(raw)} differently", at)
            name = raw.decode("cp437")
        why = unsafe(name)
        if why:
            self._faults.add("name-path", f"the name {quoted(name)} {why}", at)
        if name in self._names:
            self._faults.add("duplicate-name", f"{quoted(name)} stands twice", at)
        self._names.add(name)
        return name

    def _check(self, entry: Entry, head: _Head, at: int) -> None:
        """What a member may be: a file or folder, stored or deflated."""
        name = quoted(entry.name)
        if entry.flags & ~_KNOWN_FLAGS:
            self._faults.add("flags", f"{name} has the flags {entry.flags:#06x}", at)
        if head.needs & 0xFF > _NEWEST_VERSION:
            self._faults.add("version", f"{name} needs version {head.needs} of the format", at)
        if entry.method not in {STORED, DEFLATED}:
            self._faults.add("method", f"{name} is packed by method {entry.method}", at)
        elif entry.method == STORED and entry.packed_bytes != entry.size_bytes and not entry.flags & _ENCRYPTED:
            self._faults.add("method", f"{name} is stored, with two different sizes", at)
        self._count(entry, at)
        if head.system == _UNIX and (head.attributes >> 16) & _TYPE_MASK not in _TYPES:
            self._faults.add("file-type", f"{name} is neither a file nor a folder", at)
        if entry.name.endswith("/") and entry.size_bytes:
            self._faults.add("folder-data", f"the folder {name} has contents of its own", at)

    def _count(self, entry: Entry, at: int) -> None:
        """Hold what a member, and all until it, unpack to against what they are packed into."""
        self._unpacked += entry.size_bytes
        self._packed += entry.packed_bytes
        alone = is_bomb(entry.size_bytes, entry.packed_bytes)
        if alone or (is_bomb(self._unpacked, self._packed) and not self._told):
            self._told = True
            size = entry.size_bytes if alone else self._unpacked
            self._faults.add("ratio", f"members up to {quoted(entry.name)} unpack to {size} bytes", at)
