"""Hashing what lies in caches: each file once, several at a time, none that changes meanwhile."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from weighbridge.caches.beneath import opened
from weighbridge.caches.walk import Inode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weighbridge.caches.look import Look
    from weighbridge.core.cached import CachedFile
    from weighbridge.core.ports import Progress

BUFFER_BYTES = 2 << 20
CHANGED = "it changed while it was read: run the command again"


class _Hasher(Protocol):
    def update(self, data: memoryview, /) -> object: ...
    def hexdigest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Hashed:
    """What reading a file gave.

    Args:
        hashes: By algorithm.
        trouble: Why there are none; empty if there are.
    """

    hashes: dict[str, str]
    trouble: str = ""


def hash_all(
    looks: Sequence[Look], needed: Callable[[CachedFile], frozenset[str]], progress: Progress
) -> list[tuple[CachedFile, ...]]:
    """The files of several caches with the hashes without which they can't be judged.

    Args:
        looks: The caches.
        needed: The hashes that a file needs, by algorithm.
        progress: Told of every byte, from several threads.
    """
    wanted = [(look, file, algorithms) for look in looks for file in look.files if (algorithms := needed(file))]
    wanted.sort(key=lambda item: -item[1].size)
    progress.begin("hash caches", sum(file.size for _, file, _ in wanted))
    try:
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="weighbridge-caches") as pool:
            read = list(pool.map(lambda item: _hash(item[0], item[1], item[2], progress), wanted))
    finally:
        progress.end()
    found = {(id(look), file.path): hashed for (look, file, _), hashed in zip(wanted, read, strict=True)}
    return [tuple(_with(file, found.get((id(look), file.path))) for file in look.files) for look in looks]


def _with(file: CachedFile, hashed: Hashed | None) -> CachedFile:
    return file if hashed is None else replace(file, hashes=hashed.hashes, trouble=hashed.trouble)


def _hash(look: Look, file: CachedFile, algorithms: Iterable[str], progress: Progress) -> Hashed:
    expected = look.tree.files[file.path]
    hashers = {name: _hasher(name, expected.size) for name in sorted(algorithms)}
    try:
        with opened(look.place.root, file.path) as handle:
            before = os.fstat(handle)
            if not stat.S_ISREG(before.st_mode) or not Inode.of(before).is_same(expected):
                return Hashed({}, CHANGED)
            left = _feed(handle, expected.size, list(hashers.values()), progress)
            after = os.fstat(handle)
            if left or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                return Hashed({}, CHANGED)
    except OSError as error:
        return Hashed({}, f"can't be read: {error.strerror or error}")
    return Hashed({name: hasher.hexdigest() for name, hasher in hashers.items()})


def _hasher(algorithm: str, size: int) -> _Hasher:
    if algorithm == "md5":
        return hashlib.md5(usedforsecurity=False)
    if algorithm == "git":
        # The id of a Git blob is no promise of security either: it is compared since the cache's own name says so.
        return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    return hashlib.sha256()


def _feed(handle: int, size: int, hashers: Sequence[_Hasher], progress: Progress) -> int:
    """Read ``size`` bytes into hashers; how many of them were missing."""
    buffer = memoryview(bytearray(min(size, BUFFER_BYTES)))
    left = size
    while left and (count := os.readv(handle, [buffer[: min(left, len(buffer))]])):
        for hasher in hashers:
            hasher.update(buffer[:count])
        progress.advance(count)
        left -= count
    return left
