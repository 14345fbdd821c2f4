"""A remote that is a folder: objects are copied once, hashed while they are copied, and renamed into place.

DVC can do this too, but reads the bytes once more to verify them and leaves them unflushed.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from blake3 import blake3

from weighbridge import durable
from weighbridge.core.errors import IntegrityError
from weighbridge.stores import pointer
from weighbridge.stores.faults import disk
from weighbridge.stores.hashing import BLOCK_BYTES
from weighbridge.stores.writeback import Writeback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress
    from weighbridge.stores.layout import Layout

_MODE = 0o444


def _damaged(entry: FileEntry) -> IntegrityError:
    return IntegrityError(
        f"{entry.path!r} was damaged in DVC's cache",
        code="bytes-differ",
        hint="run: weighbridge pull",
        details={"problems": [f"{entry.path}: has other bytes"]},
    )


@contextmanager
def _new_file(path: Path) -> Iterator[int]:
    """A new file that is gone again if anything fails while it is written; flushed and read-only at the end."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield handle
        os.fchmod(handle, _MODE)
        os.fsync(handle)
    except BaseException:
        path.unlink()
        raise
    finally:
        os.close(handle)


def _write_all(handle: int, view: memoryview) -> None:
    while view:
        view = view[os.write(handle, view) :]


def copy_verified(source: Path, target: Path, entry: FileEntry, progress: Progress) -> None:
    """Copy one file, flushed, hashing what is written.

    Raises:
        IntegrityError: The source does not have the entry's bytes; the target is removed.
        OSError: The disk failed; the target is removed.
    """
    hasher, size = blake3(), 0
    with _new_file(target) as write:
        writeback = Writeback(write, 0, entry.size)
        buffer = memoryview(bytearray(BLOCK_BYTES))
        read = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            while count := os.readv(read, [buffer]):
                size += count
                hasher.update(buffer[:count])
                _write_all(write, buffer[:count])
                writeback.wrote(count)
                progress.advance(count)
        finally:
            os.close(read)
        if size != entry.size or hasher.hexdigest() != entry.blake3:
            raise _damaged(entry)


def object_path(folder: Path, md5: str) -> Path:
    """Where a folder remote keeps an object."""
    return folder / "files" / "md5" / md5[:2] / md5[2:]


def has(folder: Path, pin: Pin) -> bool:
    """Whether every object of a pin is there with its size, by names alone."""
    if not object_path(folder, pointer.directory_id(pin)).is_file():
        return False
    for file in pin.files:
        try:
            if object_path(folder, file.md5).stat().st_size != file.entry.size:
                return False
        except OSError:
            return False
    return True


def push(layout: Layout, folder: Path, pin: Pin, progress: Progress) -> bool:
    """Copy what is missing there, the directory object last; True if anything was.

    Raises:
        IntegrityError: An object of the cache is damaged.
        StoreError: The disk failed.
    """
    changed = False
    with disk("push to the DVC remote"):
        scratch = folder / "weighbridge" / "incoming"
        durable.make_folder(scratch)
        for file in sorted(pin.files, key=lambda file: -file.entry.size):
            target = object_path(folder, file.md5)
            if target.is_file() and target.stat().st_size == file.entry.size:
                progress.advance(file.entry.size)
                continue
            temporary = scratch / f"{file.md5}-{secrets.token_hex(4)}"
            copy_verified(layout.object(file.md5), temporary, file.entry, progress)
            durable.make_folder(target.parent)
            durable.rename(temporary, target)
            changed = True
        target = object_path(folder, pointer.directory_id(pin))
        durable.make_folder(target.parent)
        return durable.replace(target, pointer.directory(pin), scratch=scratch, mode=_MODE) or changed
