"""Durable, atomic changes to small files and folders: whole or not at all, and still there after a power cut.

A process killed between any two system calls leaves either the old file or the new one under the final name. It knows
no format, and it does not translate errors: each caller says what failed in its own words.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY_SUFFIX = ".weighbridge-tmp"
"""Names that end so are leftovers of a killed process: readers ignore them."""
NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What file systems without hard links answer."""


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk.

    Raises:
        OSError: The disk failed.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, mode: int | None = None) -> None:
    """Make a folder and those above it, durably; ``mode`` is set on each new one against the umask.

    Raises:
        OSError: The disk failed, or something else has the name.
    """
    missing = []
    at = folder
    while not at.is_dir():
        missing.append(at)
        at = at.parent
    for new in reversed(missing):
        try:
            new.mkdir()
        except FileExistsError:
            if not new.is_dir():
                raise
            continue
        if mode is not None:
            new.chmod(mode)
        sync_folder(new.parent)


@contextmanager
def _temporary(path: Path, data: bytes, mode: int | None, scratch: Path | None) -> Iterator[Path]:
    """A finished, flushed file that is gone afterwards."""
    temporary = (scratch or path.parent) / f".{path.name[:100]}.{secrets.token_hex(6)}{TEMPORARY_SUFFIX}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def replace(path: Path, data: bytes, *, mode: int | None = None, scratch: Path | None = None) -> bool:
    """Give a file these bytes, whole or not at all; False if it has them already.

    Args:
        path: Where; its folder is made if missing.
        data: All of the content.
        mode: Permission bits; None for those of the umask.
        scratch: An existing folder of the same file system where nobody looks for files; None for the file's own.

    Raises:
        OSError: The disk failed; the file is as it was.
    """
    with suppress(FileNotFoundError):
        if not path.is_symlink() and path.read_bytes() == data:
            return False
    make_folder(path.parent)
    with _temporary(path, data, mode, scratch) as temporary:
        temporary.replace(path)
    sync_folder(path.parent)
    return True


def create(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Make a new file with these bytes, never touching one that is there.

    Raises:
        FileExistsError: Something has that name.
        OSError: The disk failed; no file has that name.
    """
    make_folder(path.parent)
    with _temporary(path, data, mode, None) as temporary:
        try:
            path.hardlink_to(temporary)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            if path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
            temporary.replace(path)
    sync_folder(path.parent)


def rename(old: Path, new: Path) -> None:
    """Move a flushed file or folder to its final name, replacing a file that is there.

    Raises:
        OSError: The disk failed.
    """
    old.replace(new)
    sync_folder(new.parent)


def remove(path: Path) -> bool:
    """Take a file's name away, durably; False if there was none.

    Raises:
        OSError: The disk failed.
    """
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True
