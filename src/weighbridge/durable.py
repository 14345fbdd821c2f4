"""Durable small files: whole or not at all, and still there after a power cut.

Every file that Weighbridge itself owns (locks, evidence, keys, pointers) is written here. It knows no format, and it
does not translate errors: each caller says what failed in its own words.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY_SUFFIX = ".weighbridge-tmp"
"""Names that end so are leftovers of a killed process: readers ignore them."""


def sync_folder(folder: Path) -> None:
    """Make a rename or link within a folder survive a power cut.

    Raises:
        OSError: The disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _temporary(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """A finished, synced file beside `path` that is gone afterwards."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}{TEMPORARY_SUFFIX}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  opens a descriptor, not a path
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def replace(path: Path, data: bytes, *, mode: int = 0o666) -> bool:
    """Give a file these bytes, whole or not at all; False if it has them already.

    Args:
        path: Where; its folder is made if missing.
        data: The bytes.
        mode: Permissions of a new file, before the umask.

    Raises:
        OSError: The disk failed; the file is as it was.
    """
    with suppress(FileNotFoundError):
        if not path.is_symlink() and path.read_bytes() == data:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path, data, mode) as temporary:
        temporary.replace(path)
    sync_folder(path.parent)
    return True


def create(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Make a new file with these bytes, never touching one that is there.

    Raises:
        FileExistsError: Something has that name.
        OSError: The disk failed; no file has that name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path, data, mode) as temporary:
        path.hardlink_to(temporary)
    sync_folder(path.parent)
