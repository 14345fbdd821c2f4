"""A folder or a single file on this machine: ``file:PATH``.

The revision is ``sha256:`` and the SHA-256 of the canonical JSON of every file's path, size and SHA-256: it
identifies bytes, so `resolve` reads them once. A file that changes before `read` is done is noticed then. Links are
followed where they stay inside the folder, or, in the Hub's own cache, inside the ``models--…`` folder of the same
repository. Nothing is written, and the path is recorded as it was written in the reference, never resolved.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from weighbridge.core import digest
from weighbridge.core.errors import AccessError, IntegrityError, NotFoundError, SourceError
from weighbridge.core.listing import Listing, RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from weighbridge.core.ref import Ref

CHUNK_BYTES = 1 << 20
_HERE = Path()
MAX_FILES = 100_000
_CACHE_FOLDERS = ("models--", "datasets--", "spaces--")


class FolderSource:
    """Models that lie on this machine; may be used by several threads at once.

    Args:
        root: The folder that relative references start from: the project's.
    """

    scheme: ClassVar[str] = "file"

    def __init__(self, root: Path = _HERE) -> None:
        self._root = root

    def resolve(self, ref: Ref) -> Listing:
        """Every file of a folder, hashed; a path to one file is a model of that file.

        Raises:
            NotFoundError: Nothing is there, or no file (codes ``repository-missing``, ``empty``).
            AccessError: Something can't be read (code ``unreadable``).
            SourceError: A link leads out of the folder, is broken or circular (code ``link-outside``), or something is
                neither file nor folder (code ``special-file``).
            IntegrityError: A file changed while it was read (code ``changed-in-transfer``).
        """
        start = self._start(ref)
        files = tuple(_hashed(start, name) for name in _names(start))
        if not files:
            raise NotFoundError(f"{ref.name} holds no file", code="empty", hint="name the model's folder")
        rows = [
            {"path": file.path, "sha256": file.promise.removeprefix("sha256:"), "size": file.size} for file in files
        ]
        return Listing(ref, digest.of_value(rows), files, {"path": ref.name}, {})

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of a file from ``offset`` on.

        Raises:
            IntegrityError: The file is not the promised size any more (code ``size-mismatch``).
            SourceError: As for `resolve`.
        """
        start = self._start(listing.ref)
        known = {item.path for item in listing.files}
        if file.path not in known:
            raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")
        with _opened(start, file.path) as stream:
            if os.fstat(stream.fileno()).st_size != file.size:
                raise _changed_size(file)
            stream.seek(offset)
            left = file.size - offset
            while left > 0:
                piece = _read(stream, min(CHUNK_BYTES, left), file.path)
                if not piece:
                    raise _changed_size(file)
                left -= len(piece)
                yield piece

    def _start(self, ref: Ref) -> Path:
        """The path of a reference; no shell expands the ~ behind ``file:``."""
        try:
            return self._root / Path(ref.name).expanduser()
        except RuntimeError:
            raise NotFoundError(f"{ref.name} is in nobody's home", code="repository-missing") from None


def _changed_size(file: RemoteFile) -> IntegrityError:
    return IntegrityError(
        f"{file.path} is not {file.size} bytes any more",
        code="size-mismatch",
        hint="something writes into the folder: let it finish, then run the command again",
        details={"path": file.path, "promised": file.size},
    )


def _names(start: Path) -> list[str]:
    """The relative POSIX paths of all files, sorted by their UTF-8 bytes; the file's own name for a single file."""
    try:
        kind = start.stat().st_mode
    except OSError as error:
        raise _unreadable(start, error) from error
    if stat.S_ISREG(kind):
        return [_name_of(Path(start.name))]
    _require_kind(kind, start)
    names: list[str] = []
    _walk(start, start, (), names)
    return sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape"))


def _walk(start: Path, folder: Path, above: tuple[tuple[int, int], ...], names: list[str]) -> None:
    """Collect the files below a folder; `above` holds device and inode of the folders on the way, against circles."""
    here = _checked(start, folder)
    identity = (here.st_dev, here.st_ino)
    if identity in above:
        raise _bad_link(folder.relative_to(start), "leads back to a folder above it")
    try:
        entries = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise _unreadable(folder.relative_to(start), error) from error
    for entry in entries:
        path = folder / entry
        if stat.S_ISDIR(_checked(start, path).st_mode):
            _walk(start, path, (*above, identity), names)
        else:
            names.append(_name_of(path.relative_to(start)))
        if len(names) > MAX_FILES:
            raise SourceError(
                f"the folder holds more than {MAX_FILES} files",
                code="too-many-files",
                hint="name the model's own folder",
            )


def _name_of(path: Path) -> str:
    """The path as text that evidence can hold."""
    name = path.as_posix()
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise SourceError(f"the file name {name!a} is not UTF-8", code="bad-path", hint="rename the file") from None
    return name


def _checked(start: Path, path: Path) -> os.stat_result:
    """What lies behind a path inside the folder, links followed.

    Raises:
        SourceError: A link leads elsewhere, or it is neither file nor folder.
    """
    shown = path.relative_to(start)
    try:
        found = path.stat()
        if path != start and path.is_symlink() and not _stays_inside(start, path):
            raise _bad_link(shown, "leads out of the folder")
    except (OSError, RuntimeError) as error:
        # Python 3.11 and 3.12 tell of a circle of links by a RuntimeError.
        if isinstance(error, RuntimeError) or path.is_symlink():
            raise _bad_link(shown, "leads nowhere, or in a circle") from None
        raise _unreadable(shown, error) from error
    _require_kind(found.st_mode, shown)
    return found


def _require_kind(mode: int, shown: Path) -> None:
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise SourceError(
            f"{shown} is neither a file nor a folder", code="special-file", hint="take it out of the model's folder"
        )


def _stays_inside(start: Path, path: Path) -> bool:
    """Whether a link ends inside the folder, or inside the same repository of the Hub's cache."""
    root, target = start.resolve(), path.resolve()
    if target.is_relative_to(root):
        return True
    # <cache>/models--org--name/snapshots/<commit>/<file> -> ../../blobs/<etag>, made by `hf download`.
    repository = next((folder for folder in (root, *root.parents) if folder.name.startswith(_CACHE_FOLDERS)), None)
    return repository is not None and target.is_relative_to(repository / "blobs")


def _bad_link(shown: Path, what: str) -> SourceError:
    return SourceError(
        f"the link {shown} {what}",
        code="link-outside",
        hint="replace it by what it should lead to: `cp -rL` copies a folder with its links followed",
        details={"path": str(shown)},
    )


def _unreadable(shown: Path, error: OSError) -> SourceError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFoundError(f"there is no {shown}", code="repository-missing", hint="check the path after file:")
    return AccessError(
        f"{shown} can't be read: {error.strerror}", code="unreadable", hint="check the permissions of file and folders"
    )


def _opened(start: Path, name: str) -> FileIO:
    """One regular file, opened for reading; a pipe that took its place does not block."""
    path = start / name if start.is_dir() else start
    if path != start:
        _checked(start, path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(Path(name), error) from error
    stream = open(descriptor, "rb", buffering=0)  # noqa: SIM115, PTH123 - given to the caller; from a descriptor
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise SourceError(f"{name} is not a file", code="special-file", hint="name a file or a folder of files")
    return stream


def _read(stream: FileIO, size_bytes: int, name: str) -> bytes:
    try:
        return stream.read(size_bytes)
    except OSError as error:
        raise _unreadable(Path(name), error) from error


def _hashed(start: Path, name: str) -> RemoteFile:
    hasher, size = hashlib.sha256(), 0
    with _opened(start, name) as stream:
        before = os.fstat(stream.fileno())
        while piece := _read(stream, CHUNK_BYTES, name):
            hasher.update(piece)
            size += len(piece)
        after = os.fstat(stream.fileno())
    if size != after.st_size or (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise IntegrityError(
            f"{name} changed while it was read",
            code="changed-in-transfer",
            hint="something writes into the folder: let it finish, then run the command again",
        )
    return RemoteFile(name, size, f"sha256:{hasher.hexdigest()}")
