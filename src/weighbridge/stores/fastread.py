"""Reading files as fast as the machine allows, to compare them with their entries in a manifest.

BLAKE3 runs on all cores, and several files are read at once, the largest first. The bytes are read, not mapped: a
buffer that stays in the processor's cache is half again as fast as page faults, and a file that somebody cuts short
meanwhile is a difference, not a SIGBUS (docs/decisions/0014).
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from blake3 import blake3

from weighbridge.stores.readahead import blocks
from weighbridge.stores.seen import now_ns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.ports import Progress
    from weighbridge.stores.seen import SeenFiles

# Below this, starting threads costs more than they save.
_PARALLEL_BYTES = 1 << 20


class _Hasher(Protocol):
    def update(self, data: memoryview, /) -> object: ...
    def hexdigest(self) -> str: ...


def _hash(handle: int, size: int, hasher: _Hasher, progress: Progress, *, ahead: bool) -> str:
    """The hash of the first ``size`` bytes, read into buffers that stay in the processor's cache."""
    for block in blocks(handle, size, ahead=ahead):
        hasher.update(block)
        progress.advance(len(block))
    return hasher.hexdigest()


def same_bytes(
    path: Path | str,
    entry: FileEntry,
    algorithm: str,
    progress: Progress,
    seen: SeenFiles | None = None,
    *,
    alone: bool = True,
) -> str | None:
    """How a file differs from its entry, in words; None if its bytes are the same.

    Args:
        path: A plain file; a symbolic link is refused.
        entry: What it should be.
        algorithm: ``blake3`` or ``sha256``.
        progress: Told of every byte.
        seen: Is told of a file whose BLAKE3 is right.
        alone: Use all cores for this file; False where others are read meanwhile that keep them busy.
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
        since, status = now_ns(), os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return "is not a plain file"
        if status.st_size != entry.size:
            return f"has {status.st_size} bytes instead of {entry.size}"
        if algorithm == "sha256":
            wanted, found = entry.sha256, _hash(handle, entry.size, hashlib.sha256(), progress, ahead=alone)
        else:
            hasher = blake3(max_threads=blake3.AUTO if alone and entry.size >= _PARALLEL_BYTES else 1)
            wanted, found = entry.blake3, _hash(handle, entry.size, hasher, progress, ahead=alone)
        if found != wanted:
            return f"has other bytes: {algorithm} {found} instead of {wanted}"
        after = os.fstat(handle)
        if seen and algorithm == "blake3" and after.st_ctime_ns == status.st_ctime_ns:
            seen.note(entry.path, after, since, found)
        return None
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file and what it should be.

    Args:
        path: Where it stands: a plain file. As text, since there may be thousands.
        entry: What it should be.
    """

    path: str
    entry: FileEntry


def _known(candidate: Candidate, seen: SeenFiles, progress: Progress) -> bool:
    try:
        status = os.lstat(candidate.path)
    except OSError:
        return False
    if not seen.has(candidate.entry.path, status, candidate.entry.blake3):
        return False
    progress.advance(candidate.entry.size)
    return True


def _are_even(ordered: Sequence[Candidate], cores: int) -> bool:
    """Whether files, the largest first, keep all cores busy to the end with a file each."""
    return ordered[0].entry.size * cores <= sum(item.entry.size for item in ordered)


def differences(
    candidates: Sequence[Candidate], algorithm: str, progress: Progress, seen: SeenFiles | None = None
) -> dict[str, str]:
    """How files differ from their entries, by the entry's path; nothing for those whose bytes are the same.

    Args:
        candidates: The files.
        algorithm: ``blake3`` or ``sha256``.
        progress: Told of every byte, from several threads.
        seen: Files that were found right before and are unchanged are not read again; None to read every byte.

    Raises:
        OSError: The disk failed.
    """
    left = [item for item in candidates if seen is None or not _known(item, seen, progress)]
    left.sort(key=lambda item: -item.entry.size)
    cores = os.cpu_count() or 1
    found: dict[str, str] = {}
    if left:
        alone = not _are_even(left, cores)

        def compare(item: Candidate) -> str | None:
            return same_bytes(item.path, item.entry, algorithm, progress, seen, alone=alone)

        with ThreadPoolExecutor(min(len(left), cores), thread_name_prefix="weighbridge-verify") as pool:
            for item, what in zip(left, pool.map(compare, left), strict=True):
                if what:
                    found[item.entry.path] = what
    if seen is not None:
        seen.save()
    return found
