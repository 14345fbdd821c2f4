"""A verified copy from a store at a place that somebody names: how containers get their model.

The evidence is remembered where `Shelf` keeps it. The copy is plain: whoever may read its place can read it, and who
may write there could change it afterwards, so that it counts for the moment in which it was made or found right.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.digest import short
from weighbridge.stores.faults import disk
from weighbridge.stores.published import Shelf, require_copy, write_verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress


class Placed(Shelf):
    """This user's copies, but the model that is asked for goes elsewhere.

    Args:
        folder: Where evidence is remembered.
        to: The folder of the copy; absent, empty, or what is asked for.
    """

    def __init__(self, folder: Path, to: Path) -> None:
        super().__init__(folder)
        self._to = to.absolute()
        self.changed = False
        """Whether the copy was made, and not found right."""

    def folder(
        self, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress, *, paranoid: bool = True
    ) -> Path:
        """The copy, every byte of it read in this call, or hashed while it was written.

        Raises:
            IntegrityError: The folder holds something else (code ``bytes-differ``), or the store has other bytes
                (code ``remote-differs``).
            StoreError: The store or the disk failed; no folder has the final name then.
        """
        del paranoid
        with disk("look at the target folder"):
            is_free = not self._to.is_symlink() and (not self._to.exists() or _is_empty(self._to))
        if is_free:
            self._fetch_there(pin, read, progress)
            self.changed = True
        else:
            require_copy(self._to, pin.name, [pin], progress)
        return self._to

    def _fetch_there(self, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress) -> None:
        building = self._to.with_name(f".{self._to.name}.{short(pin.digest)}-{os.getpid()}")
        progress.begin(f"fetch {pin.name}", pin.size)
        try:
            with disk("write the copy"):
                durable.make_folder(building)
                for file in pin.files:
                    path = building / file.entry.path
                    durable.make_folder(path.parent)
                    write_verified(path, file.entry, read(file.md5), progress)
                durable.rename(building, self._to)
        finally:
            shutil.rmtree(building, ignore_errors=True)
            progress.end()


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
