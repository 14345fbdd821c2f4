"""A new file in an open folder: whole or not there, never in place of another.

The bytes go to a temporary name that readers skip, are made durable, and only then get their name. What killed
writers left is taken away by later ones. Unlike `weighbridge.durable` it works in a folder that is already open, so
that nobody can swap the folder for a link meanwhile. This module does not look inside the file.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress

from weighbridge.durable import NO_LINKS, TEMPORARY_SUFFIX

STALE_SECONDS = 3600
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}" + re.escape(TEMPORARY_SUFFIX))


def is_temporary(name: str) -> bool:
    """Whether a name is that of a file still being written, or left by a killed writer."""
    return _TEMPORARY.fullmatch(name) is not None


def sync(folder: int) -> None:
    """Make the names in an open folder durable."""
    os.fsync(folder)


def _exists(folder: int, name: str) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _drop_stale(folder: int, newest: str) -> None:
    """Take away what killed writers left: by the file system's own clock, an hour older than a file just made."""
    limit = os.lstat(newest, dir_fd=folder).st_mtime - STALE_SECONDS
    for name in filter(is_temporary, os.listdir(folder)):
        with suppress(FileNotFoundError):
            if os.lstat(name, dir_fd=folder).st_mtime < limit:
                os.unlink(name, dir_fd=folder)


def _name_once(folder: int, temporary: str, name: str) -> bool:
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if _exists(folder, name):
            return False
        # Between the look and the rename only the same content can take a name that is made of its hash.
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    return True


def write_new(folder: int, name: str, data: bytes) -> bool:
    """Write a file into an open folder; False, with nothing changed, if the name is taken.

    The bytes are durable on return; the name is after `sync`.

    Raises:
        OSError: The disk failed; then the name is not taken by this call.
    """
    if _exists(folder, name):
        return False
    temporary = f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _drop_stale(folder, temporary)
        return _name_once(folder, temporary, name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
