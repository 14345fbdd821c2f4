"""Tar: the members of an archive, read so that every reader sees the same ones.

Readers disagree about sizes that stand twice (CVE-2025-62518), about names that stand twice, and about what follows the
end. Links, devices and sparse files are refused: models are made of files and folders.

Faults: `truncated`, `header`, `checksum`, `name-encoding`, `name-path`, `duplicate-name`, `file-type`, `sparse`,
`folder-data`, `extension`, `size`, `end`, `trailing`, `limit`, `too-many-faults`.

Source: POSIX.1-2017, pax; the GNU tar manual, "Basic Tar Format". Memory: about 300 bytes a member and one chunk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from weighbridge.formats import tar_header
from weighbridge.formats.fault import Fault, Faults, StopError, quoted
from weighbridge.formats.member_name import unsafe
from weighbridge.formats.tar_header import BLOCK_BYTES, Header
from weighbridge.formats.window import Readable, Window

MAX_MEMBERS = 100_000
MAX_EXTENSION_BYTES = 1 << 20
_FILES: Final = frozenset({b"0", b"\0", b"7"})
_FOLDER, _LONG_NAME, _PAX, _GLOBAL = b"5", b"L", b"x", b"g"
_LARGEST_OCTAL = 8**11
_HARMLESS: Final = frozenset({b"mtime", b"atime", b"ctime", b"uid", b"gid", b"uname", b"gname", b"comment", b"charset"})
_HARMLESS_PREFIXES: Final = (b"SCHILY.", b"LIBARCHIVE.")
_MAX_DIGITS = 20


@dataclass(frozen=True, slots=True)
class TarMember:
    """One file of an archive.

    Args:
        name: Its name, without a leading ``./``.
        size_bytes: How long it is.
        data_at: Where its contents begin.
    """

    name: str
    size_bytes: int
    data_at: int


@dataclass(frozen=True, slots=True)
class TarReport:
    """What a tar archive holds, and which rules it breaks.

    Args:
        members: The files, in order; folders are not listed.
        faults: The broken rules.
        complete: Whether the archive was read to its end; if not, `members` are those that came before.
    """

    members: tuple[TarMember, ...]
    faults: tuple[Fault, ...]
    complete: bool


def parse(file: Readable, size_bytes: int) -> TarReport:
    """Read every header; an error of the file object itself passes through."""
    faults = Faults()
    archive = _Archive(Window(file, size_bytes), faults)
    complete = False
    try:
        archive.read()
        complete = True
    except StopError as error:
        faults.stop(error)
    return TarReport(tuple(archive.members), faults.all(), complete)


class _Archive:
    """An archive while it is read."""

    def __init__(self, window: Window, faults: Faults) -> None:
        self.members: list[TarMember] = []
        self._window = window
        self._faults = faults
        self._names: set[str] = set()
        self._long_name: bytes | None = None
        self._pax: dict[bytes, bytes] = {}

    def read(self) -> None:
        """Read to the end.

        Raises:
            StopError: It can't be read on.
        """
        at = headers = 0
        while at < self._window.size_bytes:
            block = self._window.take(at, BLOCK_BYTES)
            if not any(block):
                self._end(at)
                return
            headers += 1
            if headers > MAX_MEMBERS:
                raise StopError("limit", f"there are more than {MAX_MEMBERS} headers", at)
            if not tar_header.is_header(block):
                raise StopError("checksum", "a header's checksum does not fit", at)
            header = tar_header.read(block)
            if header is None:
                raise StopError("header", "a header holds a number that is none, or a name in an unknown place", at)
            at = self._header(header, at)
        raise StopError("end", "the archive does not end with two empty blocks", self._window.size_bytes)

    def _end(self, at: int) -> None:
        """Two empty blocks end an archive; nothing but padding may follow."""
        size_bytes = self._window.size_bytes
        if size_bytes - at < 2 * BLOCK_BYTES:
            self._faults.add("end", "the archive does not end with two empty blocks", at)
        if self._long_name is not None or self._pax:
            self._faults.add("extension", "an extension belongs to no member", at)
        while at < size_bytes:
            length = min(1 << 18, size_bytes - at)
            if any(self._window.take(at, length)):
                raise StopError("trailing", "bytes follow the end of the archive", at)
            at += length

    def _header(self, header: Header, at: int) -> int:
        """Take one header and what belongs to it; give the offset of the next."""
        if header.type in {_LONG_NAME, _PAX, _GLOBAL}:
            self._extension(header, at)
        else:
            header = self._applied(header, at)
            self._member(header, at)
        data_at = at + BLOCK_BYTES
        length = 0 if header.type == _FOLDER else header.size_bytes
        following = data_at + -(-length // BLOCK_BYTES) * BLOCK_BYTES
        if following > self._window.size_bytes:
            raise StopError("truncated", "a member reaches beyond the end of the file", at)
        return following

    def _extension(self, header: Header, at: int) -> None:
        """A name or other values for the next member."""
        if header.size_bytes > MAX_EXTENSION_BYTES:
            raise StopError("limit", "an extension is too long", at)
        data = self._window.take(at + BLOCK_BYTES, header.size_bytes)
        if header.type == _LONG_NAME:
            if self._long_name is not None:
                self._faults.add("extension", "two long names stand before one member", at)
            self._long_name = tar_header.cut(data)
            return
        values = _records(data, at)
        if header.type == _GLOBAL and not values.keys() <= _HARMLESS:
            self._faults.add("extension", "values for all members change more than their dates", at)
        elif header.type == _PAX:
            if self._pax:
                self._faults.add("extension", "two extensions stand before one member", at)
            self._check_values(values, at)
            self._pax = values

    def _check_values(self, values: dict[bytes, bytes], at: int) -> None:
        for key in values:
            if key.startswith(b"GNU.sparse."):
                self._faults.add("sparse", "a sparse file", at)
            elif key not in _HARMLESS | {b"path", b"size"} and not key.startswith(_HARMLESS_PREFIXES):
                self._faults.add("extension", f"the extension {quoted(key)} is unknown", at)

    def _applied(self, header: Header, at: int) -> Header:
        """The header with the values of the extensions before it."""
        name, size_bytes = self._pax.get(b"path"), self._pax.get(b"size")
        if name is not None and self._long_name is not None:
            self._faults.add("extension", "two extensions name one member", at)
        if name is None:
            name = header.name if self._long_name is None else self._long_name
        length = header.size_bytes
        if size_bytes is not None:
            if not size_bytes.isdigit() or len(size_bytes) > _MAX_DIGITS:
                raise StopError("extension", "a size is no number", at)
            length = int(size_bytes)
            if length != header.size_bytes and length < _LARGEST_OCTAL:
                self._faults.add("size", f"{quoted(name)} has two sizes", at)
        self._long_name, self._pax = None, {}
        return replace(header, name=name, size_bytes=length)

    def _member(self, header: Header, at: int) -> None:
        try:
            name = header.name.decode()
        except UnicodeDecodeError:
            self._faults.add("name-encoding", f"the name {quoted(header.name)} is not UTF-8", at)
            name = header.name.decode("latin-1")
        folder = header.type == _FOLDER or (header.type in _FILES and name.endswith("/"))
        why = unsafe(name)
        if why:
            self._faults.add("name-path", f"the name {quoted(name)} {why}", at)
        if folder and header.size_bytes:
            self._faults.add("folder-data", f"the folder {quoted(name)} has contents of its own", at)
        if folder:
            return
        name = name.removeprefix("./")
        if name in self._names:
            self._faults.add("duplicate-name", f"{quoted(name)} stands twice", at)
        self._names.add(name)
        if header.type in _FILES:
            self.members.append(TarMember(name, header.size_bytes, at + BLOCK_BYTES))
        elif header.type == b"S":
            raise StopError("sparse", f"{quoted(name)} is a sparse file", at)
        else:
            self._faults.add(
                "file-type", f"{quoted(name)} is of type {quoted(header.type)}, neither file nor folder", at
            )


def _records(data: bytes, at: int) -> dict[bytes, bytes]:
    """The records of a pax extension: a length, a blank, key=value and a newline each."""
    values: dict[bytes, bytes] = {}
    place = 0
    while place < len(data):
        digits = data[place : place + _MAX_DIGITS].partition(b" ")[0]
        end = place + int(digits) if digits.isdigit() else -1
        key, equals, value = data[place + len(digits) + 1 : end].partition(b"=")
        if end > len(data) or end <= place + len(digits) or data[end - 1 : end] != b"\n" or not equals or key in values:
            raise StopError("extension", "a record of an extension is broken", at)
        values[key] = value[:-1]
        place = end
    return values
