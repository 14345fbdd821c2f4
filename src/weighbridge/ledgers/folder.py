"""The ledger in Git: each envelope is a file ``models/<name>/evidence/<type>-<16 hex>.json``.

The hexadecimal digits begin the envelope's SHA-256. A file is written once and never changed; a folder that holds
anything else is refused. Signatures, parents and the order of envelopes are the core's to judge, and that the newest
envelope was taken away can't be seen from here.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.core.attestation import MAX_ENVELOPE_BYTES, envelope_id, short_type
from weighbridge.core.errors import IntegrityError, StoreError, UsageError
from weighbridge.core.ref import require_name
from weighbridge.ledgers.newfile import is_temporary, sync, write_new

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

FOLDER = "evidence"
_ID_LENGTH = 16
_NAME = re.compile(r"[a-z][a-z0-9-]*-[0-9a-f]{16}\.json")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Without O_NONBLOCK, opening a planted FIFO would wait for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_LINKED = frozenset({errno.ELOOP, errno.ENOTDIR})


def _foreign(path: Path, what: str) -> IntegrityError:
    return IntegrityError(
        f"{path} {what}",
        code="foreign-evidence",
        hint=f"see `git log -- {path}` for who put it there; remove it, or restore the folder from Git",
        details={"path": str(path)},
    )


def _governable(name: str) -> bool:
    try:
        return bool(require_name(name))
    except UsageError:
        return False


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            code, hint = "disk-full", "free some space, then run the command again: it completes what is missing"
        elif error.errno in _REFUSED:
            code, hint = "disk-permission", f"make {path} writable for your user, then run the command again"
        else:
            code, hint = "disk-failed", "check the disk, then run the command again: it completes what is missing"
        raise StoreError(f"{path}: {error.strerror or error}", code=code, hint=hint) from error


class FolderLedger:
    """A `weighbridge.core.ports.Ledger` in the folders of the models.

    Args:
        models: The folder of all models, ``models/`` of a project; made when needed.
        name_of: Gives the first part of an envelope's file name: a lower-case word.
    """

    def __init__(self, models: Path, name_of: Callable[[bytes], str] = short_type) -> None:
        self._models = models
        self._name_of = name_of

    def append(self, names: Sequence[str], envelope: bytes) -> str:
        """Add one envelope under each model's name, in the given order; durable on return, idempotent.

        A killed call leaves the envelope under the first of the names; calling again completes it.

        Args:
            names: Governed names, at least one.
            envelope: The bytes that were signed, at most 16 MiB.

        Returns:
            The envelope's id: its SHA-256, 64 hexadecimal digits.

        Raises:
            IntegrityError: It is no envelope, or another one has its file name (code ``foreign-evidence``).
            StoreError: Codes ``disk-full``, ``disk-permission``, ``disk-failed``.
            UsageError: No name, or one that can't be governed.
        """
        if not names:
            raise UsageError("evidence needs the name of a model", code="no-name")
        file_name = self._file_name(envelope)
        for name in [require_name(name) for name in names]:
            self._add(name, file_name, envelope)
        return envelope_id(envelope)

    def read(self, name: str) -> tuple[bytes, ...]:
        """Every envelope of a model, sorted by file name; none if there is no such model.

        Raises:
            IntegrityError: Something there is no evidence of ours: a link, another kind of file, over 16 MiB, or
                not what its name says (code ``foreign-evidence``).
            StoreError: The disk failed.
            UsageError: The name can't be governed.
        """
        folder = self._models / require_name(name) / FOLDER
        with _disk_errors(folder):
            try:
                handle = self._open(folder)
            except FileNotFoundError:
                return ()
            try:
                return self._read_all(handle, folder)
            finally:
                os.close(handle)

    def names(self) -> tuple[str, ...]:
        """Every model that has evidence, sorted; what can't be the name of a model is nobody's evidence.

        Raises:
            StoreError: The disk failed.
        """
        with _disk_errors(self._models):
            try:
                found = [path.name for path in self._models.iterdir()]
            except FileNotFoundError:
                return ()
        return tuple(sorted(name for name in found if _governable(name) and (self._models / name / FOLDER).is_dir()))

    def _file_name(self, envelope: bytes) -> str:
        if len(envelope) > MAX_ENVELOPE_BYTES:
            raise IntegrityError(
                f"an envelope of {len(envelope)} bytes is over {MAX_ENVELOPE_BYTES}",
                code="bad-envelope",
                hint="leave files out with --exclude, so that the pin is shorter",
            )
        return f"{self._name_of(envelope)}-{envelope_id(envelope)[:_ID_LENGTH]}.json"

    def _add(self, name: str, file_name: str, envelope: bytes) -> None:
        folder = self._models / name / FOLDER
        with _disk_errors(folder):
            self._make(folder)
            handle = self._open(folder)
            try:
                if not write_new(handle, file_name, envelope) and self._read(handle, folder / file_name) != envelope:
                    raise _foreign(folder / file_name, "has the name of an envelope that is being added")
                sync(handle)
            finally:
                os.close(handle)

    def _make(self, folder: Path) -> None:
        """Make a folder and what is above it, each entry durable."""
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        handle = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            sync(handle)
        finally:
            os.close(handle)

    def _open(self, folder: Path) -> int:
        """A handle of an evidence folder that is no link and whose model's folder is none."""
        try:
            parent = os.open(folder.parent, _DIRECTORY)
            try:
                return os.open(folder.name, _DIRECTORY, dir_fd=parent)
            finally:
                os.close(parent)
        except OSError as error:
            if error.errno in _LINKED:
                raise _foreign(folder, "is or lies in a link or a file, not a folder") from error
            raise

    def _read_all(self, handle: int, folder: Path) -> tuple[bytes, ...]:
        found = sorted(item for item in os.listdir(handle) if not is_temporary(item))
        return tuple(self._read(handle, folder / item) for item in found)

    def _read(self, handle: int, path: Path) -> bytes:
        """The envelope in a file of an open evidence folder; ``path`` is for the message."""
        if not _NAME.fullmatch(path.name):
            raise _foreign(path, "is no evidence")
        try:
            file_handle = os.open(path.name, _FILE, dir_fd=handle)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENXIO}:
                raise _foreign(path, "is a link or a socket, not a file") from error
            raise
        if not stat.S_ISREG(os.fstat(file_handle).st_mode):
            os.close(file_handle)
            raise _foreign(path, "is not a plain file")
        with os.fdopen(file_handle, "rb") as file:
            data = file.read(MAX_ENVELOPE_BYTES + 1)
        if len(data) > MAX_ENVELOPE_BYTES:
            raise _foreign(path, f"is over {MAX_ENVELOPE_BYTES} bytes")
        if envelope_id(data)[:_ID_LENGTH] != path.stem[-_ID_LENGTH:] or self._file_name(data) != path.name:
            raise _foreign(path, "is not what its name says")
        return data
