"""Who else may change what stands at a path: other users of this machine, by owner and permission bits.

The superuser can always; so can this user's own processes. A POSIX access list shows as the group bits of its mask, so
that what it grants counts as a group's right. A folder with the sticky bit, such as ``/tmp``, lets others add names but
not replace those of this user.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from functools import cache
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.errors import StoreError
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER_MODE = 0o700


@cache
def _is_own_group(gid: int) -> bool:
    """Whether a group is this user's private one: of the same name, and with no other member."""
    try:
        user, group = pwd.getpwuid(os.getuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return group.gr_gid == user.pw_gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def others_may_write(status: os.stat_result) -> bool:
    """Whether another user may change a file's bytes or a folder's names."""
    if status.st_uid not in {0, os.getuid()}:
        return True
    mode = status.st_mode
    writable = bool(mode & stat.S_IWOTH) or (bool(mode & stat.S_IWGRP) and not _is_own_group(status.st_gid))
    return writable and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX)


class _Look:
    """A look at paths and at every folder above them, each of them once."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def _ways(self, path: str) -> Iterable[str]:
        while path not in self._known:
            self._known.add(path)
            yield path
            path = os.path.dirname(path)  # noqa: PTH120 - thousands of paths: pathlib would cost more than the look

    def unsafe(self, path: str) -> str | None:
        """The first thing on the way to a path, or to where its links lead, that another user may change."""
        for way in self._ways(path):
            try:
                status = os.lstat(way)
            except FileNotFoundError:
                continue
            if stat.S_ISLNK(status.st_mode):
                found = self.unsafe(os.path.realpath(way))
                if found:
                    return found
            elif others_may_write(status):
                return way
        return None


def exposed(folder: Path, files: Iterable[str] = ()) -> Path | None:
    """The first thing on the way to a folder and some files that another user may change or replace; None if none.

    What is missing is passed over.

    Args:
        folder: The folder that all files stand below.
        files: Paths below it of plain files, or of links to such.

    Raises:
        StoreError: The disk failed.
    """
    look = _Look()
    with disk("see who may change the model's folder"):
        base = os.fspath(folder.absolute())
        for path in (base, *(f"{base}/{file}" for file in files)):
            found = look.unsafe(path)
            if found:
                return type(folder)(found)
    return None


def private_folder(root: Path, *parts: str) -> Path:
    """A folder that only this user can write, made if missing.

    Raises:
        StoreError: The disk failed, or others may write into it (code ``cache-unsafe``).
    """
    folder = root.joinpath(*parts)
    with disk("make the cache of loaded models"):
        durable.make_folder(folder, FOLDER_MODE)
        status = root.lstat()
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022
    unsafe = exposed(root) if is_own else root
    if unsafe:
        raise StoreError(
            f"{root} may be changed by others" + ("" if unsafe == root else f", who may write to {unsafe}"),
            code="cache-unsafe",
            hint=f"make it yours alone (chmod 700 {root}), or set XDG_CACHE_HOME to another folder",
        )
    return folder
