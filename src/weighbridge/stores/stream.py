"""One file from its source to the staging folder, hashed while it streams.

What an earlier run left is hashed from the disk before it counts. Nothing here decides where the bytes go in the end.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError
from weighbridge.stores.faults import disk
from weighbridge.stores.hashing import BLOCK_BYTES, OnePass
from weighbridge.stores.writeback import Writeback

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from weighbridge.core.listing import RemoteFile
    from weighbridge.core.ports import Opener, Progress
    from weighbridge.stores.hashing import Hashes

CHANGED = "changed-in-transfer"
MISMATCH = "promise-mismatch"


class Stopped(Exception):  # noqa: N818 - not an error: another file of the same call failed and this one gives way
    """The transfer was asked to stop."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What every file of one call shares.

    Args:
        read: Yields a file's bytes from an offset on.
        progress: Told of every byte.
        stop: Set when the call has failed.
    """

    read: Opener
    progress: Progress
    stop: threading.Event

    def check(self) -> None:
        """Give way if the call has failed."""
        if self.stop.is_set():
            raise Stopped


def blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of about `BLOCK_BYTES`: hashing many small pieces costs more than copying them."""
    pending: list[bytes] = []
    size = 0
    for chunk in chunks:
        pending.append(bytes(chunk))
        size += len(chunk)
        if size >= BLOCK_BYTES:
            yield pending[0] if len(pending) == 1 else b"".join(pending)
            pending, size = [], 0
    if size:
        yield b"".join(pending)


def file_blocks(handle: int, limit: int) -> Iterator[bytes]:
    """The first ``limit`` bytes of an open file, from its present position."""
    while limit > 0:
        with disk("read a staged or cached file"):
            block = os.read(handle, min(BLOCK_BYTES, limit))
        if not block:
            return
        limit -= len(block)
        yield block


def hash_file(path: Path, size: int, transfer: Transfer, *, git: bool) -> Hashes | None:
    """All hashes of a file on the disk; None if it has another size."""
    with disk("open a cached file"):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(handle).st_size != size:
            return None
        with OnePass(size, git=git) as hashes:
            for block in file_blocks(handle, size):
                transfer.check()
                hashes.update(block)
            return hashes.finish()
    finally:
        os.close(handle)


def _write_all(handle: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        with disk("write a received file"):
            view = view[os.write(handle, view) :]


def _take(file: RemoteFile, handle: int, transfer: Transfer, *, keep: bool) -> tuple[Hashes, bool]:
    """The hashes of what arrived, and whether a part of it is from an earlier run."""
    with disk("prepare a staged file"):
        size = os.fstat(handle).st_size
        offset = size if keep and size <= file.size else 0
        os.ftruncate(handle, offset)
    done = 0
    try:
        with OnePass(file.size, git=file.promise.startswith("git:")) as hashes:
            for block in file_blocks(handle, offset):
                transfer.check()
                hashes.update(block)
                done += len(block)
                transfer.progress.advance(len(block))
            if done < file.size:
                with disk("reserve room for a received file"):
                    writeback = Writeback(handle, done, file.size)
                for block in blocks(transfer.read(file, done)):
                    transfer.check()
                    done += len(block)
                    if done > file.size:
                        raise mismatch(file, f"more than {file.size} bytes")
                    _write_all(handle, block)
                    writeback.wrote(len(block))
                    hashes.update(block)
                    transfer.progress.advance(len(block))
            if done != file.size:
                raise mismatch(file, f"{done} bytes")
            with disk("flush a received file"):
                os.fsync(handle)
            return hashes.finish(), offset > 0
    except IntegrityError as error:
        transfer.progress.advance(-min(done, file.size))
        error.details["resumed"] = offset > 0
        raise


def mismatch(file: RemoteFile, received: str) -> IntegrityError:
    """The error for bytes that are not what the source promised."""
    promised = file.promise or f"{file.size} bytes"
    return IntegrityError(
        f"{file.path!r} is not what its source promised: promised {promised}, received {received}",
        code=MISMATCH,
        hint="nothing was kept; try again, and if it happens again do not trust this source",
        details={"path": file.path, "promised": promised, "received": received},
    )


def _once(file: RemoteFile, path: Path, transfer: Transfer, *, keep: bool) -> Hashes:
    with disk("open a staged file"):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        hashes, resumed = _take(file, handle, transfer, keep=keep)
    finally:
        os.close(handle)
    if not hashes.keeps(file.promise):
        transfer.progress.advance(-file.size)
        error = mismatch(file, hashes.named_like(file.promise))
        error.details["resumed"] = resumed
        raise error
    return hashes


def fetch(file: RemoteFile, path: Path, transfer: Transfer) -> Hashes:
    """Bring one file to its staged path, durable and as promised, and give its hashes.

    A file that an earlier run began is continued if its source promised a hash that tells whether the parts fit.
    A mixed or changed transfer is started once more from nothing.

    Raises:
        IntegrityError: Codes ``promise-mismatch`` and those of the source.
        StoreError: The disk failed.
        SourceError: The source failed.
    """
    try:
        return _once(file, path, transfer, keep=bool(file.promise))
    except IntegrityError as error:
        if not error.details.get("resumed") and error.code != CHANGED:
            raise
    return _once(file, path, transfer, keep=False)
