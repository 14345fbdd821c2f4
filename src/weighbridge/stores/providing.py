"""The folder that a program is given to load from: verified now, and out of every other user's reach.

That is the pin's own folder. Where another user may change it, in a cache that a group shares, say, it is this user's
private copy, hashed while it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.errors import StoreError
from weighbridge.stores import verify
from weighbridge.stores.faults import disk
from weighbridge.stores.private import exposed
from weighbridge.stores.published import BLOCK_BYTES, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress
    from weighbridge.stores.layout import Layout


def provide(layout: Layout, pin: Pin, progress: Progress, *, private: Path | None, paranoid: bool) -> Path:
    """See `weighbridge.core.ports.Store.provide`."""
    folder = layout.folder(pin)
    shelf = Shelf(private) if private else None
    where = exposed(folder, (file.entry.path for file in pin.files))
    if where is None:
        verify.verify(layout, pin, progress, seen=shelf.seen(folder) if shelf and not paranoid else None)
        return folder
    if shelf is None:
        raise StoreError(
            f"another user may write to {where}, and there is no private folder for a copy",
            code="exposed",
            hint=f"let only this user write there: chmod go-w {where}",
        )
    paths = {file.md5: folder / file.entry.path for file in pin.files}

    def read(md5: str) -> Iterator[bytes]:
        with disk("copy the model"), paths[md5].open("rb", buffering=0) as file:
            while block := file.read(BLOCK_BYTES):
                yield block

    return shelf.folder(pin, read, progress, paranoid=paranoid)
