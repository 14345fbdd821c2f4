"""Receiving: every file of one call goes to the staging folder, several at a time, largest first.

Staged files have flat names made from hashes, so that no path of a source is ever a path on this disk. Files that the
cache has already are hashed again and not fetched.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.stores import index
from weighbridge.stores.faults import disk
from weighbridge.stores.stream import Stopped, Transfer, fetch, hash_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weighbridge.core.listing import RemoteFile
    from weighbridge.core.ports import Opener, Progress
    from weighbridge.stores.hashing import Hashes
    from weighbridge.stores.layout import Layout


@dataclass(frozen=True, slots=True)
class Received:
    """One file that is here, hashed, and seen by nobody yet.

    Args:
        file: What the source had said.
        hashes: What the bytes are.
        path: Where they can be read.
        staged: Whether that is the staging folder; else it is an object that the cache had.
    """

    file: RemoteFile
    hashes: Hashes
    path: Path
    staged: bool


def _staged_name(file: RemoteFile) -> str:
    return hashlib.sha256(f"{file.path}\0{file.size}\0{file.promise}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time per key: the second waits and then finds what the first received."""
    with disk("lock the staging folder"):
        handle = os.open(folder.with_name(folder.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        with disk("lock the staging folder"):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check_space(folder: Path, files: Sequence[RemoteFile]) -> None:
    """Refuse before the first byte what can't fit; staged bytes count as received."""
    needed = 0
    with disk("look at the free space"):
        for file in files:
            path = folder / _staged_name(file)
            staged = path.stat().st_size if file.promise and path.is_file() else 0
            needed += max(0, file.size - staged)
        space = os.statvfs(folder)
    free = space.f_bavail * space.f_frsize
    if needed > free:
        raise StoreError(
            f"{needed} more bytes are needed, but only {free} are free where DVC's cache is",
            code="no-space",
            hint="free some space or move the cache (`dvc cache dir`), then run the command again",
            details={"needed_bytes": needed, "free_bytes": free, "folder": str(folder)},
        )


def _cached(layout: Layout, file: RemoteFile, transfer: Transfer) -> Received | None:
    """A file that the cache has, by the private index; the bytes decide, not the index."""
    md5 = index.lookup(layout, file.promise)
    path = layout.object(md5) if md5 else None
    if path is None or path.is_symlink() or not path.is_file():
        return None
    hashes = hash_file(path, file.size, transfer, git=file.promise.startswith("git:"))
    if hashes is None or hashes.md5 != md5 or not hashes.keeps(file.promise):
        return None
    transfer.progress.advance(file.size)
    return Received(file, hashes, path, staged=False)


def _in_pool(files: Sequence[RemoteFile], folder: Path, transfer: Transfer, jobs: int) -> list[Received]:
    def one(file: RemoteFile) -> Received:
        path = folder / _staged_name(file)
        return Received(file, fetch(file, path, transfer), path, staged=True)

    ordered = sorted(files, key=lambda file: -file.size)
    with ThreadPoolExecutor(jobs, thread_name_prefix="weighbridge-receive") as pool:
        running = [pool.submit(one, file) for file in ordered]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            if not all(item.done() and not item.cancelled() and item.exception() is None for item in running):
                transfer.stop.set()
                pool.shutdown(cancel_futures=True)
    failed = [error for item in running if not item.cancelled() and (error := item.exception())]
    real = [error for error in failed if not isinstance(error, Stopped)]
    # A broken promise outranks a broken connection: it decides whether anything stays.
    real.sort(key=lambda error: not isinstance(error, IntegrityError))
    if real:
        raise real[0]
    return [item.result() for item in running]


@contextmanager
def receive(
    layout: Layout, files: Sequence[RemoteFile], transfer: Transfer, *, key: str, jobs: int
) -> Iterator[tuple[Received, ...]]:
    """Every file, hashed and as promised, for as long as the context is open; see `weighbridge.core.ports.Store`.

    Raises:
        IntegrityError: A file is not as promised, or named twice; the staging folder is gone then.
        StoreError: No space, or the disk failed; what arrived stays for the next call.
    """
    if len({file.path for file in files}) != len(files):
        raise IntegrityError("the source lists a path twice", code="bad-path", hint="do not trust this source")
    with disk("make the staging folder"):
        folder = layout.incoming(key)
    with _locked(folder):
        with disk("make the staging folder"):
            folder = layout.incoming(key)
        transfer.progress.begin("receive", sum(file.size for file in files))
        try:
            found = [item for file in files if (item := _cached(layout, file, transfer))]
            missing = [file for file in files if file not in {item.file for item in found}]
            _check_space(folder, missing)
            found += _in_pool(missing, folder, transfer, jobs)
        except IntegrityError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            transfer.progress.end()
        yield tuple(sorted(found, key=lambda item: item.file.path.encode("utf-8", "surrogatepass")))
        if not any(item.staged and item.path.exists() for item in found):
            shutil.rmtree(folder, ignore_errors=True)


def start(read: Opener, progress: Progress) -> Transfer:
    """A transfer that nothing has stopped yet."""
    return Transfer(read, progress, threading.Event())
