"""Files that hold keys: created whole or not at all, never overwritten, read only where nobody else may.

This module does not know what is inside them.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.core.errors import SigningError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 1 << 16
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# File systems without hard links say one of these.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the disk says inside into a SigningError with code ``key-folder``."""
    try:
        yield
    except OSError as error:
        raise SigningError(
            f"{path} can't be used: {error.strerror or error}",
            code="key-folder",
            hint="make that folder yours and writable, or name another one in XDG_CONFIG_HOME",
        ) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, durably, or accept one that nobody else may change.

    Raises:
        OSError: The disk failed.
        SigningError: Others may write there (code ``key-permissions``).
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(path.parent)
    if folder.stat().st_mode & _OTHERS_WRITE:
        raise SigningError(f"others may write to {folder}", code="key-permissions", hint=f"chmod 700 {folder}")


def _name_once(temporary: Path, final: Path) -> None:
    try:
        os.link(temporary, final)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if final.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final)) from error
        temporary.rename(final)


def write_new(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 that did not exist; durable on return, and never seen half-written.

    Raises:
        OSError: It exists, or the disk failed.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _name_once(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def read_guarded(path: Path, *, secret: bool) -> bytes:
    """The bytes of a file that nobody but its owner may change and, where it is secret, read.

    Raises:
        OSError: The disk failed.
        SigningError: Others may (code ``key-permissions``), or it is no plain file of a key's size
            (code ``key-damaged``).
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_BYTES:
        os.close(handle)
        raise SigningError(f"{path} is not a key file", code="key-damaged", hint=f"move {path} away")
    with os.fdopen(handle, "rb") as file:
        if state.st_mode & (_OTHERS if secret else _OTHERS_WRITE):
            raise SigningError(f"others may read or change {path}", code="key-permissions", hint=f"chmod 600 {path}")
        return file.read(MAX_BYTES)
