"""What a DVC remote holds, read by its address alone, and this machine's verified copies of it.

For those who load without the repository: no project, no DVC, nothing is ever written to the remote. `Remote` says
what lies there and is believed by nobody; `Shelf` gives out a model's folder only after comparing every byte with the
signed pin. Neither knows of approvals: `weighbridge.custody.consuming` judges.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
from contextlib import contextmanager
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from blake3 import blake3

from weighbridge import durable
from weighbridge.core.digest import PREFIX
from weighbridge.core.errors import IntegrityError, StoreError, WeighbridgeError
from weighbridge.stores.fastread import Candidate, differences, same_bytes
from weighbridge.stores.faults import disk
from weighbridge.stores.layout import OWN
from weighbridge.stores.private import FOLDER_MODE, private_folder
from weighbridge.stores.seen import SeenFiles
from weighbridge.stores.settings import RemoteSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress

BLOCK_BYTES = 1 << 20
MAX_DOCUMENT_BYTES = 64 << 20
"""A larger document is refused: nobody signed so much about one model."""

_FILE_MODE = 0o444


class Remote:
    """A DVC remote by its address, read-only; making the object touches nothing.

    Args:
        address: A folder's path, ``file://`` and a path, or a URL of any kind that fsspec knows, such as ``s3://``.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        folder = RemoteSettings("store", address, verify=True).folder
        self._folder = folder.absolute() if folder else None

    @property
    def folder(self) -> Path | None:
        """The folder of a local remote; None for any other kind."""
        return self._folder

    @property
    def _shown(self) -> str:
        """The address without the password or token that it may hold."""
        parts = urlsplit(self._address)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()

    def document(self, key: str) -> bytes | None:
        """A small document from beside the bytes; None if there is none. Nothing in it is trusted.

        Raises:
            StoreError: The remote can't be reached (code ``store-unreachable``).
            IntegrityError: It is larger than `MAX_DOCUMENT_BYTES` (code ``too-large``).
        """
        with self._reaching():
            try:
                with self._open(f"{OWN}/{key}") as file:
                    data = file.read(MAX_DOCUMENT_BYTES + 1)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
        if len(data) > MAX_DOCUMENT_BYTES:
            raise IntegrityError(f"{key} in the store is over {MAX_DOCUMENT_BYTES} bytes", code="too-large")
        return data

    def read(self, md5: str) -> Iterator[bytes]:
        """The bytes of an object, unverified, in blocks of at most `BLOCK_BYTES`.

        Raises:
            StoreError: The remote does not have it (code ``remote-missing``), or can't be reached.
        """
        with self._reaching():
            try:
                with self._open(f"files/md5/{md5[:2]}/{md5[2:]}") as file:
                    while block := file.read(BLOCK_BYTES):
                        yield block
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise StoreError(
                    f"the store does not have the object {md5}",
                    code="remote-missing",
                    hint="push it from a machine that has it: weighbridge pull, then dvc push",
                ) from error

    @cached_property
    def _remote(self) -> tuple[Any, str]:
        """File system and root of an address that is no local folder."""
        import fsspec  # noqa: PLC0415  a local store does not pay for it

        # fsspec is published with half its types.
        library: Any = fsspec.core
        # Listings kept by another user of the same file system object would show what was there before.
        found: tuple[Any, str] = library.url_to_fs(self._address, skip_instance_cache=True)
        return found

    def _open(self, path: str) -> BinaryIO:
        if self._folder is None:
            return self._open_far(path)
        if not self._folder.is_dir():
            raise OSError(f"{self._folder} is not a folder")
        # Without O_NONBLOCK a FIFO in the object's place would hold the reader for ever.
        handle = os.open(self._folder / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise IsADirectoryError(path)
        return os.fdopen(handle, "rb", buffering=0)

    def _open_far(self, path: str) -> BinaryIO:
        system, root = self._remote
        try:
            opened: BinaryIO = system.open(f"{root.rstrip('/')}/{path}", "rb")
        except FileNotFoundError as error:
            # fsspec says so of an HTTP server that does not answer, too.
            if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, FileNotFoundError):
                raise error.__cause__ from error
            raise
        return opened

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except WeighbridgeError:
            raise
        # fsspec has no root of its errors: botocore, aiohttp, paramiko and azure each raise their own.
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".replace(self._address, self._shown)
            raise StoreError(
                f"the store {self._shown} can't be read: {reason}",
                code="store-unreachable",
                hint="check WEIGHBRIDGE_STORE, its credentials and the network, then try again",
            ) from error


class Shelf:
    """This user's copies: models by digest, and the last good evidence. Safe between threads and processes.

    Args:
        folder: Made if missing, for this user alone.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder

    @contextmanager
    def exclusive(self, scope: str, *, shared: bool = False) -> Iterator[None]:
        """Let nobody else of this user hold the same scope at once; it waits. Shared holders exclude the others.

        Raises:
            StoreError: The disk failed, or others may write into the folder (code ``cache-unsafe``).
        """
        with disk("lock the cache of loaded models"):
            handle = os.open(self._own("locks") / scope, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with disk("lock the cache of loaded models"):
                fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def recall(self, key: str) -> bytes | None:
        """A document as it was kept; None if it never was."""
        with disk("read kept evidence"):
            try:
                return (self._own() / "evidence" / key).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def keep(self, key: str, data: bytes) -> None:
        """Keep a document durably in place of the former one."""
        with disk("keep evidence"):
            path = self._own("evidence") / key
            durable.make_folder(path.parent, FOLDER_MODE)
            durable.replace(path, data, scratch=self._own("incoming"), mode=0o600)

    def folder(
        self, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress, *, paranoid: bool = True
    ) -> Path:
        """The folder of a pin's bytes, verified in this call.

        A copy that is not exactly the pin is thrown away and fetched again.

        Args:
            pin: The signed pin.
            read: Gives the unverified bytes of an object by its MD5.
            progress: Told of every byte that is verified or fetched.
            paranoid: Read every byte, though the file was found right before and has not changed.

        Raises:
            IntegrityError: The remote's bytes are not the pin's (code ``remote-differs``); nothing of them is left.
            StoreError: The remote or the disk failed; no folder has the final name then.
        """
        hexes = pin.digest.removeprefix(PREFIX)
        target = self._own("models") / hexes
        seen = None if paranoid else self.seen(target)
        with self.exclusive(hexes, shared=True):
            if _is_good(target, pin, progress, seen):
                return target
        with self.exclusive(hexes):
            if not _is_good(target, pin, progress, seen):
                with disk("fetch a model into the cache"):
                    self._discard(target)
                    self._fetch(target, pin, read, progress)
        return target

    def seen(self, tree: Path) -> SeenFiles:
        """What this user's processes read before of a folder of files."""
        return SeenFiles(self._root / "seen", tree)

    def _own(self, *parts: str) -> Path:
        return private_folder(self._root, *parts)

    def _discard(self, path: Path) -> None:
        """Take a copy away at once, then delete it; those who still read it are not disturbed."""
        trash = self._own("incoming") / f"trash-{path.name}"
        _delete(trash)
        try:
            durable.rename(path, trash)
        except FileNotFoundError:
            return
        durable.sync_folder(path.parent)
        _delete(trash)

    def _fetch(self, target: Path, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress) -> None:
        """Build the folder out of sight; what a killed call left there is used again where it is right."""
        building = self._own("incoming") / target.name
        progress.begin(f"fetch {pin.name}", pin.size)
        try:
            for file in pin.files:
                path = building / file.entry.path
                durable.make_folder(path.parent, FOLDER_MODE)
                if same_bytes(path, file.entry, "blake3", progress):
                    path.unlink(missing_ok=True)
                    write_verified(path, file.entry, read(file.md5), progress)
            _require_exact(building, pin)
        except IntegrityError:
            _delete(building)
            raise
        finally:
            progress.end()
        for folder, _, _ in os.walk(building, topdown=False):
            durable.sync_folder(building / folder)
        durable.rename(building, target)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_verified(path: Path, entry: FileEntry, blocks: Iterator[bytes], progress: Progress) -> None:
    """One file from the remote, hashed by both functions while it is written; flushed, read-only."""
    sha256, fast, size = hashlib.sha256(), blake3(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb", buffering=0) as file:
        for block in blocks:
            size += len(block)
            if size > entry.size:
                break
            sha256.update(block)
            fast.update(block)
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
            progress.advance(len(block))
        if (size, sha256.hexdigest(), fast.hexdigest()) != (entry.size, entry.sha256, entry.blake3):
            raise IntegrityError(
                f"the store holds other bytes than were approved for {entry.path!r}",
                code="remote-differs",
                hint="ask who wrote to the store, and push the right ones from a machine that has them",
                details={"path": entry.path},
            )
        os.fchmod(file.fileno(), _FILE_MODE)
        os.fsync(file.fileno())


def _kinds(folder: Path, prefix: str = "") -> dict[str, str]:
    """Kind of everything below a folder by relative path; no link is followed."""
    found: dict[str, str] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                found |= {path: "folder"} | _kinds(folder / entry.name, f"{path}/")
            else:
                found[path] = "file" if entry.is_file(follow_symlinks=False) else "other"
    return found


def _has_exact_names(folder: Path, pin: Pin) -> bool:
    files = {file.entry.path: "file" for file in pin.files}
    parents = {str(parent): "folder" for path in files for parent in PurePosixPath(path).parents if parent.name}
    return _kinds(folder) == files | parents


def _require_exact(folder: Path, pin: Pin) -> None:
    if not _has_exact_names(folder, pin):
        raise IntegrityError(f"something else was put among the bytes of {pin.name}", code="bytes-differ")


def require_copy(folder: Path, name: str, pins: Sequence[Pin], progress: Progress) -> Pin:
    """The one of several pins that a plain folder is, name by name and byte by byte.

    Args:
        folder: Whatever somebody copied.
        name: The model that it should be.
        pins: Its pins that may be meant.
        progress: Told of every byte that is read.

    Raises:
        IntegrityError: It is none of them (code ``bytes-differ``).
        StoreError: The disk failed.
    """
    for pin in pins:
        if _is_good(folder, pin, progress):
            return pin
    raise IntegrityError(
        f"{folder} is not, byte for byte, any pin of {name} that the evidence allows",
        code="bytes-differ",
        hint="copy the model again from where it was approved: weighbridge pull NAME --to FOLDER",
        details={"digests": [pin.digest for pin in pins]},
    )


def _is_good(folder: Path, pin: Pin, progress: Progress, seen: SeenFiles | None = None) -> bool:
    """Whether a folder is a pin, name by name and byte by byte.

    Raises:
        StoreError: The disk failed.
    """
    with disk("read the cache of loaded models"):
        try:
            if not stat.S_ISDIR(folder.lstat().st_mode):
                return False
        except FileNotFoundError:
            return False
        progress.begin(f"verify {pin.name}", pin.size)
        try:
            files = [Candidate(f"{folder}/{file.entry.path}", file.entry) for file in pin.files]
            return _has_exact_names(folder, pin) and not differences(files, "blake3", progress, seen)
        finally:
            progress.end()
