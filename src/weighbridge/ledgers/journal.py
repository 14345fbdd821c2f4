"""The records of runs: each envelope is a file ``<run>-started.json`` or ``<run>-ended.json``, outside Git.

A file is written once and never changed. Who can write to the folder can take records away, and that one is missing
can't be seen from here.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.attestation import MAX_ENVELOPE_BYTES, sign
from weighbridge.core.errors import IntegrityError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.deployed import Run
    from weighbridge.core.ports import Signer

_NAME = re.compile(r"[0-9a-f]{32}-(?:started|ended)\.json")
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def _foreign(path: Path) -> IntegrityError:
    return IntegrityError(
        f"{path} is not the record of a run",
        code="foreign-evidence",
        hint="find out who put it there, then move it away",
        details={"path": str(path)},
    )


class Journal:
    """The records in one folder.

    Args:
        folder: The folder; made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, run: Run, signer: Signer) -> Path:
        """Append a record, durable on return.

        Raises:
            StoreError: The disk failed (code ``disk``).
        """
        path = self._folder / f"{run.id}-{run.to_json()['state']}.json"
        try:
            durable.create(path, sign(run.to_statement(), signer))
        except OSError as error:
            raise StoreError(
                f"the record of the run can't be written: {error.strerror}",
                code="disk",
                hint="free space or fix the disk; --no-record runs without a record",
            ) from error
        return path

    def read(self) -> tuple[bytes, ...]:
        """Every record, sorted by file name; files of other names are not looked at.

        Raises:
            IntegrityError: A record is no plain file or over 16 MiB (code ``foreign-evidence``).
            StoreError: The disk failed (code ``disk``).
        """
        try:
            names = sorted(name for name in os.listdir(self._folder) if _NAME.fullmatch(name))  # noqa: PTH208 - names alone
            return tuple(self._read(self._folder / name) for name in names)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(f"the records of runs can't be read: {error}", code="disk") from error

    def _read(self, path: Path) -> bytes:
        try:
            handle = os.open(path, _FILE)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _foreign(path) from error
            raise
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _foreign(path)
            with os.fdopen(handle, "rb", closefd=False) as file:
                data = file.read(MAX_ENVELOPE_BYTES + 1)
        finally:
            os.close(handle)
        if not data or len(data) > MAX_ENVELOPE_BYTES:
            raise _foreign(path)
        return data
