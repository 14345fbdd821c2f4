"""What was read before: a private note of inode, size and times of files whose bytes were found right.

A file whose inode, size, modification and change times are those of the last time it was read has the same bytes, as
far as the file system's clock can tell; the change time can't be set by its owner. So a file that changed within the
last two seconds is never noted: a second change might show the same times. The notes are this user's alone, and lost
or damaged ones cost time and nothing else. A process of the same user could forge them, as it could the file itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from weighbridge.core.errors import StoreError
from weighbridge.stores.private import private_folder

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "weighbridge.seen/1"
GRANULARITY_NS = 2_000_000_000
"""The coarsest clock of a file system in use: FAT's, two seconds."""
_MAX_BYTES = 64 << 20


def _fingerprint(status: os.stat_result) -> list[int]:
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


class SeenFiles:
    """The notes of one folder of files. Safe between threads and processes: the last one to save wins.

    Args:
        folder: Where this user's notes stand; made when something is noted.
        tree: The folder of files.
    """

    def __init__(self, folder: Path, tree: Path) -> None:
        self._folder = folder
        self._name = hashlib.sha256(os.fsencode(tree.absolute())).hexdigest()
        self._tree = str(tree.absolute())
        self._known = self._read()
        self._new: dict[str, list[int | str]] = {}
        self._kept = 0

    def has(self, key: str, status: os.stat_result, blake3: str) -> bool:
        """Whether a file was found to have these bytes, and has not changed since.

        Args:
            key: Its path below the folder.
            status: What the file system says of the very file now.
            blake3: The hash that its bytes should have, in hexadecimal digits.
        """
        found = self._known.get(key)
        if found != [*_fingerprint(status), blake3] or not stat.S_ISREG(status.st_mode):
            return False
        self._kept += 1
        self._new[key] = found
        return True

    def note(self, key: str, status: os.stat_result, since_ns: int, blake3: str) -> None:
        """Note that a file has these bytes, unless it is too young to tell it from a later one.

        Args:
            key: Its path below the folder.
            status: What the file system said of it both before and after it was read.
            since_ns: The time at which reading began, in nanoseconds since 1970.
            blake3: The hash of its bytes.
        """
        if max(status.st_mtime_ns, status.st_ctime_ns) + GRANULARITY_NS < since_ns:
            self._new[key] = [*_fingerprint(status), blake3]

    def save(self) -> None:
        """Write the notes if there is anything new; a disk that refuses costs the next call its time, no more."""
        if self._kept == len(self._known) == len(self._new):
            return
        with suppress(OSError, StoreError):
            target = private_folder(self._folder) / self._name
            partial = target.with_name(f".{self._name}.{os.getpid()}-{time.monotonic_ns()}")
            text = json.dumps({"schema": SCHEMA, "tree": self._tree, "files": self._new})
            partial.write_text(text, encoding="utf-8")
            partial.replace(target)

    def _read(self) -> dict[str, list[int | str]]:
        try:
            # Notes that others could have written are worth nothing.
            with (private_folder(self._folder) / self._name).open("rb") as file:
                value = json.loads(file.read(_MAX_BYTES))
        except (OSError, StoreError, ValueError, RecursionError):
            return {}
        is_ours = isinstance(value, dict) and value.get("schema") == SCHEMA and value.get("tree") == self._tree
        files = value.get("files") if is_ours else None
        return files if isinstance(files, dict) else {}


def now_ns() -> int:
    """The time that the notes are compared with, in nanoseconds since 1970."""
    return time.time_ns()
