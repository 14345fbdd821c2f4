"""Opening what lies beneath a folder, and nothing else: no component of the way may be a symbolic link.

Who can write into a cache could swap a folder for a link between two looks at it; a path as a whole would follow it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK a FIFO that took a file's place would hold the reader for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_root(root: Path) -> int:
    """The folder itself; a link to it was resolved before."""
    return os.open(root, _FOLDER)


def open_folder(parent: int, name: str) -> int:
    """A folder within an open one."""
    return os.open(name, _FOLDER, dir_fd=parent)


@contextmanager
def folder_of(root: Path, path: str) -> Iterator[tuple[int, str]]:
    """The open folder that holds a path beneath the root, and the last name.

    Raises:
        OSError: It is not there, or a component on the way is no folder.
    """
    *way, name = path.split("/")
    handle = open_root(root)
    try:
        for step in way:
            inner = open_folder(handle, step)
            os.close(handle)
            handle = inner
        yield handle, name
    finally:
        os.close(handle)


@contextmanager
def opened(root: Path, path: str) -> Iterator[int]:
    """A file beneath the root, open for reading.

    Raises:
        OSError: It is not there, or it is a link.
    """
    with folder_of(root, path) as (folder, name):
        handle = os.open(name, _FILE, dir_fd=folder)
    try:
        yield handle
    finally:
        os.close(handle)
