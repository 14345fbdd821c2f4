"""Copies of a pin's files that were hashed at the moment of copying, under new inodes.

MLflow and its users write into what they download, so nothing that is handed out shares an inode with a cache or a
governed folder: a file is a reflink where the file system has them, else a copy. Its hash is computed from the copy's
own bytes before it gets its name. Nothing here knows MLflow.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.manifest import FileEntry

_CHUNK_BYTES = 4 << 20
# linux/fs.h: FICLONE, share the blocks of another file until one of the two is written to.
_FICLONE = 0x40049409


def _reflink(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def _write(target: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(target, view) :]


def _transfer(source: int, target: int, size: int) -> tuple[int, str]:
    """Fill the target; gives the bytes and the BLAKE3 of what it now holds, at most one byte more than ``size``."""
    from blake3 import blake3  # noqa: PLC0415 - loaded when bytes move, not when MLflow starts

    shared = _reflink(source, target)
    # A reflink is read back: it shows what the source held at that moment, not what was verified earlier.
    reader = target if shared else source
    hasher, total = blake3(), 0
    while total <= size and (block := os.read(reader, min(_CHUNK_BYTES, size + 1 - total))):
        hasher.update(block)
        total += len(block)
        if not shared:
            _write(target, block)
    return total, hasher.hexdigest()


@contextmanager
def _named_when_done(target: Path, what: str) -> Iterator[int]:
    """A descriptor of a new file that gets its name when the block ends well, replacing what had it."""
    partial = target.with_name(f".{target.name[:100]}.{os.getpid()}-{os.urandom(6).hex()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            yield descriptor
            partial.replace(target)
        finally:
            os.close(descriptor)
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"could not write {what} to {target}: {error.strerror or error}",
            code="copy-failed",
            hint="make room, or name another destination folder",
        ) from error


def copy_file(entry: FileEntry, source: Path, target: Path) -> None:
    """Give a verified copy of one file its name, replacing what had it; missing folders are made.

    Raises:
        IntegrityError: The source does not hold the entry's bytes (code ``changed-file``); the name is untouched.
        StoreError: The disk failed or is full (code ``copy-failed``).
    """
    with _named_when_done(target, entry.path) as writing:
        reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = _transfer(reading, writing, entry.size)
        finally:
            os.close(reading)
        if found != (entry.size, entry.blake3):
            raise _changed(entry)


def write_file(data: bytes, target: Path) -> None:
    """Give bytes a name, replacing what had it; missing folders are made.

    Raises:
        StoreError: The disk failed or is full (code ``copy-failed``).
    """
    with _named_when_done(target, target.name) as writing:
        _write(writing, data)


def alias_file(original: Path, alias: Path) -> None:
    """A second name for a file just copied, in the same new folder: a hard link, else a copy.

    Raises:
        StoreError: The disk failed or is full (code ``copy-failed``).
    """
    try:
        alias.parent.mkdir(parents=True, exist_ok=True)
        alias.unlink(missing_ok=True)
        try:
            alias.hardlink_to(original)
        except OSError:
            shutil.copyfile(original, alias)
    except OSError as error:
        raise StoreError(f"could not write {alias}: {error.strerror or error}", code="copy-failed") from error


def _changed(entry: FileEntry) -> IntegrityError:
    return IntegrityError(
        f"{entry.path} is not what was pinned",
        code="changed-file",
        hint="run `weighbridge pull` to restore it",
        details={"path": entry.path},
    )


def read_file(entry: FileEntry, source: Path) -> bytes:
    """The bytes of one small file, verified.

    Raises:
        IntegrityError: The source does not hold the entry's bytes (code ``changed-file``).
        StoreError: It can't be read (code ``copy-failed``).
    """
    from blake3 import blake3  # noqa: PLC0415 - loaded when bytes move, not when MLflow starts

    try:
        with source.open("rb") as file:
            data = file.read(entry.size + 1)
    except OSError as error:
        raise StoreError(f"could not read {entry.path}: {error.strerror or error}", code="copy-failed") from error
    if len(data) != entry.size or blake3(data).hexdigest() != entry.blake3:
        raise _changed(entry)
    return data
