"""Reading a file as fast as the machine allows, to compare it with its entry in a manifest.

BLAKE3 runs on all cores. The bytes are read, not mapped: a buffer that stays in the processor's cache is half again as
fast as page faults, and a file that somebody cuts short meanwhile is a difference, not a SIGBUS.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING, Protocol

from blake3 import blake3

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.ports import Progress

BUFFER_BYTES = 2 << 20
# Below this, starting threads costs more than they save.
_PARALLEL_BYTES = 1 << 20


class _Hasher(Protocol):
    def update(self, data: memoryview, /) -> object: ...
    def hexdigest(self) -> str: ...


def _hash(handle: int, size: int, hasher: _Hasher, progress: Progress) -> str:
    """The hash of the first ``size`` bytes, read into one buffer that stays in the processor's cache."""
    buffer = memoryview(bytearray(min(size, BUFFER_BYTES)))
    left = size
    while left:
        count = os.readv(handle, [buffer[: min(left, len(buffer))]])
        if not count:
            break
        hasher.update(buffer[:count])
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
            good = _hash(handle, entry.size, hashlib.sha256(), progress) == entry.sha256
        else:
            threads = blake3.AUTO if entry.size >= _PARALLEL_BYTES else 1
            good = _hash(handle, entry.size, blake3(max_threads=threads), progress) == entry.blake3
        return None if good else "has other bytes"
    finally:
        os.close(handle)
