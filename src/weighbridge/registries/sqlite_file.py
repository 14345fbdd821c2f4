"""The SQLite file of an embedded registry: where it is, whether it can be used, and a lock beside it.

MLflow retries an unusable file for minutes; it is looked at here first, in bounded time. Nothing here knows
MLflow's tables.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.registries.mlflow_errors import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "sqlite:///"
BUSY_SECONDS = 5.0
"""How long a look at the file waits for another program's write."""
HELD_SECONDS = 60.0
"""How long a change waits for another Weighbridge process."""
CHECKED_BYTES = 64 << 20
"""Up to this size every page is looked at, so that a damaged one does not surface as half an answer later."""
_POLL_SECONDS = 0.02


def sqlite_path(uri: str) -> Path:
    """The file that a SQLite URI names.

    Raises:
        RegistryError: It names no file (code ``registry-uri``).
    """
    text = uri.removeprefix(_PREFIX)
    if not uri.startswith(_PREFIX) or not text or text.startswith((":", "file:")) or "?" in text:
        raise failure("registry-uri", f"{uri!r} does not name a SQLite file")
    return Path(text)


def check_file(path: Path) -> bool:
    """Whether the database is there and can be used; an absent or empty file is False.

    Raises:
        RegistryError: It is locked, damaged, not a file or not writable.
    """
    if path.is_dir():
        raise failure("registry-uri", f"{path} is a folder, not a SQLite database")
    try:
        if path.stat().st_size == 0:
            return False
    except FileNotFoundError:
        return False
    if not os.access(path, os.R_OK | os.W_OK):
        raise failure("registry-disk", f"{path} is not readable and writable")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)) as database:
        database.execute("SELECT name FROM sqlite_master").fetchall()
        if path.stat().st_size <= CHECKED_BYTES:
            problems = [str(row[0]) for row in database.execute("PRAGMA quick_check(1)")]
            if problems != ["ok"]:
                raise failure("registry-corrupt", f"{path}: {problems[0] if problems else 'no answer'}")
    return True


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock beside the database, so that look-then-write is one step among our processes and threads.

    Raises:
        RegistryError: Another process held it for too long (code ``registry-locked``).
    """
    deadline = time.monotonic() + HELD_SECONDS
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                raise failure("registry-locked", f"another process has been changing {path} for {HELD_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
