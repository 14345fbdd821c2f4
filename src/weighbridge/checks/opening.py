"""Opening: a file below a folder, never through a link, never anything but a regular file.

The folder is held open, so that nobody can put another in its place (DESIGN: what is examined is what was listed).
Nothing here reads.
"""

from __future__ import annotations

import errno
import os
import stat

_COMMON = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe without a writer would wait for ever.
_FILE = _COMMON | os.O_NONBLOCK
_FOLDER = _COMMON | os.O_DIRECTORY
_NOT_PLAIN = {errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EMLINK}


class NotPlainError(Exception):
    """There is a link, a device, a pipe, a socket or a folder in place of the file."""


def open_below(folder: int, path: str, *, linked: bool = False) -> int:
    """A descriptor of a regular file.

    Args:
        folder: A descriptor of the folder.
        path: Relative, with slashes.
        linked: The file itself may be a link, as a store makes them to its cache; never a folder on the way.

    Raises:
        NotPlainError: It is no regular file, or the way there leads through a link.
        OSError: It is not there or can't be read.
    """
    *folders, name = path.split("/")
    if any(part in {"", ".", ".."} for part in (*folders, name)) or "\0" in path:
        raise NotPlainError("the path leaves its folder")
    at = os.dup(folder)
    try:
        for part in folders:
            below = os.open(part, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        return _regular(at, name, _FILE & ~os.O_NOFOLLOW if linked else _FILE)
    except OSError as error:
        if error.errno in _NOT_PLAIN:
            raise NotPlainError("a link or a special file stands in its place") from error
        raise
    finally:
        os.close(at)


def _regular(at: int, name: str, flags: int) -> int:
    opened = os.open(name, flags, dir_fd=at)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        return opened
    os.close(opened)
    raise NotPlainError("a special file stands in its place")
