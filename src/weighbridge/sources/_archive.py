"""A zip archive of one Git commit, as ``git archive`` makes it: checked whole before anything is read from it.

It is never unpacked to a disk. `weighbridge.formats.zip_directory` judges its directory more strictly than any reader;
then every member is read to its end, so that lengths and checksums are known to hold.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from weighbridge.core.errors import IntegrityError, NotFoundError
from weighbridge.formats import zip_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CHUNK_BYTES = 1 << 20
MAX_UNPACKED_BYTES = 4 << 30
_COMMENT = re.compile(rb"[0-9a-f]{40}")
_EXECUTABLE = 0o111 << 16


@dataclass(frozen=True, slots=True)
class CodeFile:
    """One file of a commit.

    Args:
        path: Below the archive's top folder.
        size: Bytes.
        blob: Git's id of it, 40 hexadecimal digits.
        executable: Whether Git has it as a program.
    """

    path: str
    size: int
    blob: str
    executable: bool


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Archive:
    """A checked archive; may be read by several threads at once.

    Args:
        top: The folder that everything lies in, with a slash at the end.
        commit: What its comment says: 40 hexadecimal digits.
        files: By path below its top folder.
        tree: Git's id of the tree that these files make, 40 hexadecimal digits.
        empty_folders: Folders without a file: Git has none, so these stand for submodules.
    """

    top: str
    commit: str
    files: Mapping[str, CodeFile]
    tree: str
    empty_folders: tuple[str, ...]
    _reader: zipfile.ZipFile

    def read(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a file from ``offset`` on, in pieces of at most 1 MiB.

        Raises:
            NotFoundError: There is no such file (code ``file-missing``).
        """
        if path not in self.files:
            raise NotFoundError(f"the archive has no {path!r}", code="file-missing")
        with self._reader.open(self.top + path) as member:
            member.seek(offset)
            while piece := member.read(CHUNK_BYTES):
                yield piece


def open_archive(stream: IO[bytes], size_bytes: int) -> Archive:
    """Check an archive.

    Args:
        stream: The archive; it stays open, and belongs to what is given back.
        size_bytes: How long it is.

    Raises:
        IntegrityError: It is cut off, breaks a rule of the format, holds anything but plain files below one folder,
            unpacks to too much, or does not say its commit (code ``bad-archive``).
    """
    report = zip_directory.parse(stream, size_bytes)
    if report.faults or not report.complete:
        raise bad_archive(report.faults[0].message if report.faults else "its directory can't be read")
    if report.encrypted:
        raise bad_archive("a member needs a password")
    if sum(member.size_bytes for member in report.members) > MAX_UNPACKED_BYTES:
        raise bad_archive(f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes")
    top = _top_of([member.name for member in report.members])
    try:
        reader = zipfile.ZipFile(stream)
        listed = [(item.filename, item.file_size) for item in reader.infolist()]
        if listed != [(member.name, member.size_bytes) for member in report.members]:
            raise bad_archive("two readers see different members")
        files = {item.path: item for item in _hashed(reader, top)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise bad_archive(f"it can't be unpacked ({type(error).__name__})") from None
    if not _COMMENT.fullmatch(reader.comment):
        raise bad_archive("its comment is not the id of a commit")
    _require_apart(files)
    folders = {member.name.removeprefix(top).removesuffix("/") for member in report.members if member.folder}
    used = {folder for path in files for folder in _above(path)} | {""}
    commit = reader.comment.decode("ascii")
    return Archive(top, commit, files, tree_id(files.values()), tuple(sorted(folders - used)), reader)


def bad_archive(why: str) -> IntegrityError:
    """The archive can't be believed."""
    return IntegrityError(
        f"the archive of the repository is not what it should be: {why}",
        code="bad-archive",
        hint="run the command again; if it happens again, do not use this repository before its owner explains",
    )


def _top_of(names: list[str]) -> str:
    """The one folder that everything is below, with its slash."""
    top, slash, _ = names[0].partition("/") if names else ("", "", "")
    folder = top + slash
    if not slash or any(not name.startswith(folder) for name in names):
        raise bad_archive("its files are not below one folder")
    return folder


def _hashed(reader: zipfile.ZipFile, top: str) -> Iterator[CodeFile]:
    for item in reader.infolist():
        if item.is_dir():
            continue
        size = 0
        blob = hashlib.sha1(b"blob %d\0" % item.file_size, usedforsecurity=False)
        with reader.open(item) as member:
            while piece := member.read(CHUNK_BYTES):
                blob.update(piece)
                size += len(piece)
        if size != item.file_size:
            raise bad_archive("a member is not as long as it says")
        executable = bool(item.external_attr & _EXECUTABLE)
        yield CodeFile(item.filename.removeprefix(top), size, blob.hexdigest(), executable)


def _above(path: str) -> Iterator[str]:
    """The folders that a path lies in, innermost first."""
    while path := path.rpartition("/")[0]:
        yield path


def _require_apart(files: Mapping[str, CodeFile]) -> None:
    both = next((folder for path in files for folder in _above(path) if folder in files), None)
    if both is not None:
        raise bad_archive("a file is a folder too")


def tree_id(files: Iterable[CodeFile]) -> str:
    """Git's SHA-1 of the tree that plain files make: a row of mode, name and id for each file and folder, sorted."""
    rows: dict[str, dict[bytes, bytes]] = {"": {}}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        for above in (folder, *_above(folder)) if folder else ():
            rows.setdefault(above, {})
        raw, mode = name.encode(), b"100755" if file.executable else b"100644"
        rows[folder][raw] = mode + b" " + raw + b"\0" + bytes.fromhex(file.blob)
    tree = b""
    for folder in sorted(rows, key=lambda path: len(path.split("/")) if path else 0, reverse=True):
        # Git sorts a folder as if its name ended with a slash.
        data = b"".join(rows[folder][name] for name in sorted(rows[folder]))
        tree = hashlib.sha1(b"tree %d\0" % len(data) + data, usedforsecurity=False).digest()
        if folder:
            parent, _, name = folder.rpartition("/")
            rows[parent][name.encode() + b"/"] = b"40000 " + name.encode() + b"\0" + tree
    return tree.hex()
