"""DVC's own lock, and its state database, which tells stock `dvc status` that a file need not be hashed again.

The state only saves time: when it can't be written, DVC hashes the files itself, and nothing is lost. Importing this
module imports DVC, which takes half a second.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from diskcache import Timeout
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc_data.hashfile.cache import DiskError
from dvc_data.hashfile.hash_info import HashInfo
from dvc_objects.fs.local import LocalFileSystem

from weighbridge.core.errors import StoreError
from weighbridge.stores import pointer
from weighbridge.stores.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.pin import Pin
    from weighbridge.stores.layout import Layout

_log = logging.getLogger(__name__)
# KeyError: DVC asks for the user's name, and a container may run as a user that has none. The last three come from the
# database of its state: broken, locked by another process for a minute, written by a later Python.
_FAILURES = (DvcException, OSError, KeyError, sqlite3.Error, Timeout, DiskError)


def remember(layout: Layout, pin: Pin) -> None:
    """Note the MD5 of every file of a pin's folder, of its objects and of its directory object."""
    folder = layout.folder(pin)
    md5s = {str(folder / file.entry.path): file.md5 for file in pin.files}
    md5s |= {str(layout.object(file.md5)): file.md5 for file in pin.files}
    md5s[str(layout.object(pointer.directory_id(pin)))] = pointer.directory_id(pin)
    files: Any = LocalFileSystem
    try:
        with quiet(), Repo(str(layout.root)) as repo:
            repo.state.save_many(((path, HashInfo("md5", md5), None) for path, md5 in md5s.items()), files())
            repo.state.save_link(str(folder), files())
    except _FAILURES as error:
        _log.info("DVC's state database was not updated, its next status hashes the files: %s", error)


@contextmanager
def dvc_lock(layout: Layout) -> Iterator[None]:
    """Hold the lock that DVC's own commands take; waits for a running one.

    Raises:
        StoreError: DVC can't open the project (code ``dvc-failed``).
    """
    stack = ExitStack()
    try:
        try:
            stack.enter_context(quiet())
            repo: Any = stack.enter_context(Repo(str(layout.root), _wait_for_lock=True))
            stack.enter_context(repo.lock)
        except _FAILURES as error:
            raise StoreError(
                f"DVC can't open the project: {error}",
                code="dvc-failed",
                hint="see what `dvc status` says here (a user without a name needs LOGNAME), or run: weighbridge init",
            ) from error
        yield
    finally:
        _release(stack)


def _release(stack: ExitStack) -> None:
    """Give the lock back and close the project; what was done under the lock is done, whatever the database says."""
    try:
        stack.close()
    except _FAILURES as error:
        _log.info("DVC's project was not closed cleanly: %s", error)
