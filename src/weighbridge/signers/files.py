"""Folders and files that hold keys: used only where nobody else may read or change them.

This module does not know what is inside them.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.core.errors import SigningError
from weighbridge.durable import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 1 << 16
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


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


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, durably, or accept one that nobody else may change.

    Raises:
        OSError: The disk failed.
        SigningError: Others may write there (code ``key-permissions``).
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)
    if folder.stat().st_mode & _OTHERS_WRITE:
        raise SigningError(f"others may write to {folder}", code="key-permissions", hint=f"chmod 700 {folder}")


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
