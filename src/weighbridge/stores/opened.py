"""Opening one file of a pin so that what is read is what was verified, even against processes of the same user.

A path that was verified may lead to other bytes a moment later if its owner wants it to. Three ways leave no gap:
a sealed copy, which the kernel lets nobody change (Linux, memfd_create(2), F_ADD_SEALS); the file's bytes in memory,
hashed there; and a stream that is hashed while it is read and withholds its last bytes until the hash is right.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import mmap
import os
import stat
import sys
from typing import TYPE_CHECKING, BinaryIO

from blake3 import blake3

from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.stores.faults import disk
from weighbridge.stores.readahead import fill
from weighbridge.stores.seen import GRANULARITY_NS, now_ns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.manifest import FileEntry

_BLOCK_BYTES = 4 << 20
_PARALLEL_BYTES = 1 << 20


def _differs(entry: FileEntry, what: str) -> IntegrityError:
    return IntegrityError(
        f"{entry.path} is not what was pinned: {what}",
        code="bytes-differ",
        hint="run: weighbridge pull",
        details={"path": entry.path, "problems": [f"{entry.path}: {what}"]},
    )


def _wrong_hash(entry: FileEntry, found: str) -> IntegrityError:
    return _differs(entry, f"has other bytes: blake3 {found} instead of {entry.blake3}")


@contextlib.contextmanager
def _reading(path: Path, entry: FileEntry) -> Iterator[int]:
    """A descriptor of a plain file of the right size; a link is followed, since its bytes are hashed anyway."""
    with disk(f"read {entry.path}"):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise _differs(entry, "is missing") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _differs(entry, "is not a plain file")
        if status.st_size != entry.size:
            raise _differs(entry, f"has {status.st_size} bytes instead of {entry.size}")
        yield handle
    finally:
        os.close(handle)


def _hasher(entry: FileEntry) -> blake3:
    return blake3(max_threads=blake3.AUTO if entry.size >= _PARALLEL_BYTES else 1)


def _fill(handle: int, target: memoryview, entry: FileEntry) -> None:
    """Read a whole file into memory and hash what is there then.

    Raises:
        IntegrityError: It is not the entry's bytes; the memory must not be used.
    """
    hasher, size = _hasher(entry), 0
    for block in fill(handle, target):
        hasher.update(block)
        size += len(block)
    if size < entry.size:
        raise _differs(entry, f"has {size} bytes instead of {entry.size}")
    if hasher.hexdigest() != entry.blake3:
        raise _wrong_hash(entry, hasher.hexdigest())


@contextlib.contextmanager
def _room(entry: FileEntry) -> Iterator[None]:
    try:
        yield
    except (MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in {errno.ENOMEM, errno.ENOSPC, errno.EMFILE, errno.ENFILE}:
            raise
        raise StoreError(
            f"there is no memory for the {entry.size} bytes of {entry.path}",
            code="no-memory",
            hint="read it as a stream (stream=True), or free some memory",
        ) from error


def in_memory(path: Path, entry: FileEntry) -> memoryview:
    """The verified bytes of a file, in memory of this process alone.

    Raises:
        IntegrityError: They are not the entry's (code ``bytes-differ``).
        StoreError: The disk failed, or there is no room (code ``no-memory``).
    """
    with _reading(path, entry) as handle, disk(f"read {entry.path}"), _room(entry):
        # Anonymous pages: unlike a bytearray's, they are not written with zeros first. Private ones: those that are
        # shared, which is the default, a forked child could change, and the kernel takes longer to give them.
        pages = mmap.mmap(-1, max(entry.size, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory = memoryview(pages)[: entry.size]
        _fill(handle, memory, entry)
        return memory


def mapped(path: Path, entry: FileEntry) -> memoryview:
    """The bytes of a file, mapped and hashed in place; pages are shared with the file, so its owner can change them.

    Raises:
        IntegrityError: They are not the entry's (code ``bytes-differ``).
        StoreError: The disk failed.
    """
    with _reading(path, entry) as handle, disk(f"map {entry.path}"):
        if not entry.size:
            return memoryview(b"")
        # Writable for those who hold it, and copied when they write: frameworks ask for that.
        memory = memoryview(
            mmap.mmap(handle, entry.size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        )
    found = _hasher(entry).update(memory.toreadonly()).hexdigest()
    if found != entry.blake3:
        raise _wrong_hash(entry, found)
    return memory


def sealed(path: Path, entry: FileEntry) -> BinaryIO:
    """A verified copy of a file that nobody can change any more, open for reading at its beginning.

    On Linux it has a descriptor that can be mapped and that is sealed against writing, growing and shrinking; elsewhere
    it is memory of this process.

    Raises:
        IntegrityError: The bytes are not the entry's (code ``bytes-differ``).
        StoreError: The disk failed, or there is no room (code ``no-memory``).
    """
    if sys.platform != "linux":
        return io.BytesIO(in_memory(path, entry))
    with _reading(path, entry) as handle, disk(f"copy {entry.path}"), _room(entry):
        copy = os.memfd_create(f"weighbridge:{entry.path}"[:200], os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.truncate(copy, entry.size)
            _copy(handle, copy, entry)
            fcntl.fcntl(copy, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
            fcntl.fcntl(copy, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
            _require(copy, entry)
            os.lseek(copy, 0, os.SEEK_SET)
            return os.fdopen(copy, "rb")
        except BaseException:
            os.close(copy)
            raise


def _copy(source: int, target: int, entry: FileEntry) -> None:
    left = entry.size
    while left:
        done = os.sendfile(target, source, None, min(left, 1 << 30))
        if not done:
            raise _differs(entry, f"has {entry.size - left} bytes instead of {entry.size}")
        left -= done


def _require(copy: int, entry: FileEntry) -> None:
    """Hash a copy after it was sealed: before that, another process of this user could have opened it."""
    hasher = _hasher(entry)
    if entry.size:
        with mmap.mmap(copy, entry.size, prot=mmap.PROT_READ) as memory:
            hasher.update(memory)
    if hasher.hexdigest() != entry.blake3:
        raise _wrong_hash(entry, hasher.hexdigest())


class VerifiedStream(io.RawIOBase):
    """The bytes of a file from first to last, hashed while they are read; the last of them come only if all are right.

    Whoever reads it to its end has the entry's bytes, or an `IntegrityError`. What was read before the end is not
    verified yet. It can't be wound back.

    Args:
        path: The file.
        entry: What it should be.

    Raises:
        IntegrityError: It is no plain file, or of another size.
        StoreError: The disk failed.
    """

    def __init__(self, path: Path, entry: FileEntry) -> None:
        super().__init__()
        self._entry = entry
        with _reading(path, entry) as handle:
            self._handle = os.dup(handle)
        self._hasher = _hasher(entry)
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview | mmap.mmap) -> int:  # type: ignore[override]
        """Read the next bytes.

        Raises:
            IntegrityError: These would be the last, and the file is not the entry's bytes (code ``bytes-differ``).
        """
        left = self._entry.size - self._at
        if not left:
            self._finish(b"")
            return 0
        target = memoryview(buffer).cast("B")[:left]
        if not target:
            return 0
        with disk(f"read {self._entry.path}"):
            count = os.readv(self._handle, [target])
        if not count:
            raise _differs(self._entry, f"has {self._at} bytes instead of {self._entry.size}")
        block = target[:count]
        self._at += count
        if self._at == self._entry.size:
            try:
                self._finish(block)
            except IntegrityError:
                block[:] = bytes(count)
                raise
        else:
            self._hasher.update(block)
        return count

    def _finish(self, last: bytes | memoryview) -> None:
        self._hasher.update(last)
        if self._hasher.hexdigest() != self._entry.blake3:
            raise _wrong_hash(self._entry, self._hasher.hexdigest())

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._handle)
        super().close()


def stream(path: Path, entry: FileEntry) -> BinaryIO:
    """A buffered `VerifiedStream`."""
    return io.BufferedReader(VerifiedStream(path, entry), _BLOCK_BYTES)


class OnceVerified:
    """Opens files by path, each hashed when it is first opened and again when it has changed. Safe between threads.

    What it gives is the file itself: whoever may write to it can change it while it is read.
    """

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, ...]] = {}

    def open(self, path: Path, entry: FileEntry) -> BinaryIO:
        """A file open for reading at its beginning.

        Raises:
            IntegrityError: Its bytes are not the entry's (code ``bytes-differ``).
            StoreError: The disk failed.
        """
        with _reading(path, entry) as handle:
            since, status = now_ns(), os.fstat(handle)
            mark = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if self._known.get(path) != mark:
                with disk(f"read {entry.path}"):
                    hasher = _hasher(entry)
                    while block := os.read(handle, _BLOCK_BYTES):
                        hasher.update(block)
                if hasher.hexdigest() != entry.blake3:
                    raise _wrong_hash(entry, hasher.hexdigest())
                # A file that changed a moment ago may change again within the same tick of the clock.
                if max(status.st_mtime_ns, status.st_ctime_ns) + GRANULARITY_NS < since:
                    self._known[path] = mark
            os.lseek(handle, 0, os.SEEK_SET)
            return os.fdopen(os.dup(handle), "rb")
