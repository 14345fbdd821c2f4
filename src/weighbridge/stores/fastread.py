"""Reading a file as fast as the machine allows, to compare it with its entry in a manifest.

BLAKE3 runs on all cores over windows of mapped memory: no copy, and no more memory than a few windows. A file that is
cut short by somebody while it is read ends the process (SIGBUS), which is a refusal too. SHA-256 is read in blocks.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import stat
from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.ports import Progress

WINDOW_BYTES = 32 << 20
_BLOCK_BYTES = 1 << 20
# Below this, starting threads costs more than they save.
_PARALLEL_BYTES = 1 << 20


def _blake3(handle: int, size: int, progress: Progress) -> str:
    hasher = blake3(max_threads=blake3.AUTO if size >= _PARALLEL_BYTES else 1)
    for offset in range(0, size, WINDOW_BYTES):
        length = min(WINDOW_BYTES, size - offset)
        with mmap.mmap(handle, length, access=mmap.ACCESS_READ, offset=offset) as window:
            hasher.update(window)
        progress.advance(length)
    return hasher.hexdigest()


def _sha256(handle: int, size: int, progress: Progress) -> str:
    hasher = hashlib.sha256()
    buffer = bytearray(_BLOCK_BYTES)
    left = size
    while left:
        count = os.readv(handle, [memoryview(buffer)[: min(left, _BLOCK_BYTES)]])
        if not count:
            break
        hasher.update(memoryview(buffer)[:count])
        progress.advance(count)
        left -= count
    return hasher.hexdigest()


def same_bytes(path: Path, entry: FileEntry, algorithm: str, progress: Progress) -> str | None:
    """How a file differs from its entry, in words; None if its bytes are the same.

    Args:
        path: A plain file; a symbolic link is refused.
        entry: What it should be.
        algorithm: ``blake3`` or ``sha256``.
        progress: Told of every byte.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            return "is not a plain file"
        raise
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return "is not a plain file"
        if status.st_size != entry.size:
            return f"has {status.st_size} bytes instead of {entry.size}"
        if algorithm == "sha256":
            good = _sha256(handle, entry.size, progress) == entry.sha256
        else:
            good = _blake3(handle, entry.size, progress) == entry.blake3
        return None if good else "has other bytes"
    finally:
        os.close(handle)
