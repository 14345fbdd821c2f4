"""A pin's folder: links to the cache's objects, built out of sight and then renamed into place.

The cheapest link that the file system allows is taken: a reflink (its own inode, shared extents), a hard link, or a
symbolic link to the object. DVC's ``cache.type`` is neither read nor changed. Nothing here hashes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.stores.layout import Layout

# linux/fs.h: _IOW(0x94, 9, int)
_FICLONE = 0x40049409
_NO_HARD_LINK = {errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS}


def reflink(source: Path, target: Path) -> bool:
    """Make ``target`` a copy that shares the extents of ``source``; False where the file system can't."""
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - the call exists on Linux only

    read = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        write = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.ioctl(write, _FICLONE, read)
            os.fchmod(write, 0o444)
            os.fsync(write)
        except OSError as error:
            target.unlink()
            if error.errno in {errno.ENOSPC, errno.EIO, errno.EDQUOT}:
                raise
            return False
        finally:
            os.close(write)
    finally:
        os.close(read)
    return True


def link(source: Path, target: Path) -> None:
    """Link a file of a pin's folder to its object."""
    if reflink(source, target):
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINK:
            raise
        # Linux's protected_hardlinks refuses another user's read-only file; another file system refuses every one.
        target.symlink_to(os.path.realpath(source))


def _sync_tree(folder: Path) -> None:
    for root, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(NotADirectoryError):
            durable.sync_folder(folder / root)


def build(layout: Layout, pin: Pin) -> None:
    """Make the whole folder of a pin, which must not exist; hold `Layout.lock`.

    Raises:
        StoreError: The disk failed; no folder has the final name then.
    """
    folder = layout.folder(pin)
    with disk("link the model's folder"):
        temporary = layout.scratch / "folder"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        for file in pin.files:
            target = temporary / file.entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            link(layout.object(file.md5), target)
        _sync_tree(temporary)
        durable.make_folder(folder.parent)
        durable.rename(temporary, folder)


def repair(layout: Layout, pin: Pin, paths: set[str]) -> None:
    """Link these paths of a pin's folder again; what stood there has been moved away. Hold `Layout.lock`.

    Raises:
        StoreError: The disk failed.
    """
    folder = layout.folder(pin)
    with disk("repair the model's folder"):
        scratch = layout.scratch / "link"
        for file in pin.files:
            if file.entry.path not in paths:
                continue
            scratch.unlink(missing_ok=True)
            link(layout.object(file.md5), scratch)
            target = folder / file.entry.path
            durable.make_folder(target.parent)
            durable.rename(scratch, target)
