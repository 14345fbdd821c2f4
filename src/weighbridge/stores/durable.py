"""Durable, atomic changes to folders and small files: written, flushed to the disk, then renamed, then flushed again.

A process killed between any two system calls leaves either the old file or the new one under the final name.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER_MODE = 0o777


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, mode: int | None = None) -> None:
    """Make a folder and those above it, durably; ``mode`` is set on each new one against the umask."""
    missing = []
    at = folder
    while not at.is_dir():
        missing.append(at)
        at = at.parent
    for new in reversed(missing):
        try:
            new.mkdir(_FOLDER_MODE)
        except FileExistsError:
            continue
        if mode is not None:
            new.chmod(mode)
        sync_folder(new.parent)


def write(path: Path, data: bytes, *, scratch: Path, mode: int = 0o644) -> bool:
    """Give a file this content; False if it had it already.

    Args:
        path: The final name; its folder exists.
        data: All of the content.
        scratch: An existing folder of the same file system, where nobody looks for files.
        mode: Permission bits of the file.
    """
    if not path.is_symlink() and path.is_file() and path.read_bytes() == data:
        return False
    temporary = scratch / f"write-{secrets.token_hex(8)}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return True


def rename(old: Path, new: Path) -> None:
    """Move a flushed file or folder to its final name, replacing a file that is there."""
    old.replace(new)
    sync_folder(new.parent)


def remove(path: Path) -> bool:
    """Take a file's name away; False if there was none."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True
