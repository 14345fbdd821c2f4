"""Objects of DVC's cache: giving received bytes their final name, and setting damaged ones aside.

An object that is there already is never believed: it is hashed, and what is not what it should be goes to quarantine,
so that somebody can look at it. Nothing is ever written into an object.
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.core.progress import Silent
from weighbridge.stores import index, pointer
from weighbridge.stores.faults import disk
from weighbridge.stores.stream import Transfer, hash_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.stores.hashing import Hashes
    from weighbridge.stores.layout import Layout
    from weighbridge.stores.reception import Received

MODE = 0o444


def all_hashes(path: Path) -> Hashes | None:
    """The hashes of a file as it is now; None if it is not a plain file."""
    if path.is_symlink() or not path.is_file():
        return None
    quiet = Transfer(lambda _file, _offset: iter(()), Silent(), threading.Event())
    return hash_file(path, path.stat().st_size, quiet, git=False)


def quarantine(layout: Layout, path: Path, label: str) -> Path:
    """Move something that is not what it should be out of the way, under a new name, whatever it is."""
    with disk("move a damaged file to quarantine"):
        folder = layout.own("quarantine")
        target = folder / f"{label}-{secrets.token_hex(4)}"
        try:
            durable.rename(path, target)
        except FileNotFoundError:
            return target
        durable.sync_folder(path.parent)
    return target


def _collision(received: Received) -> IntegrityError:
    return IntegrityError(
        f"{received.file.path!r} has the MD5 of other bytes that the cache holds ({received.hashes.md5}): "
        "somebody made two files with one MD5",
        code="md5-collision",
        hint="do not use this model; nothing was kept",
        details={"path": received.file.path, "md5": received.hashes.md5, "sha256": received.hashes.sha256},
    )


def check_collisions(layout: Layout, received: Iterable[Received]) -> set[str]:
    """Look at what the cache has under the names that are about to be given; gives the MD5s that it has already.

    Raises:
        IntegrityError: Other bytes with the same MD5 (code ``md5-collision``), in the cache or among the received.
        StoreError: The disk failed.
    """
    seen: dict[str, str] = {}
    good: set[str] = set()
    for item in received:
        if seen.setdefault(item.hashes.md5, item.hashes.sha256) != item.hashes.sha256:
            raise _collision(item)
        path = layout.object(item.hashes.md5)
        if not item.staged or not path.exists():
            continue
        there = all_hashes(path)
        if there is not None and there.sha256 == item.hashes.sha256:
            good.add(item.hashes.md5)
            continue
        if there is not None and there.md5 == item.hashes.md5:
            raise _collision(item)
        quarantine(layout, path, f"{item.hashes.md5}-{there.sha256[:12] if there else 'special'}")
    return good


def place(layout: Layout, received: Sequence[Received]) -> None:
    """Give received bytes their final names in the cache.

    Raises:
        IntegrityError: Other bytes with the same MD5 (code ``md5-collision``); nothing was placed.
        StoreError: The disk failed, or an object that was there is gone (code ``cache-changed``).
    """
    good = check_collisions(layout, received)
    with disk("put received files into DVC's cache"):
        folders = set()
        for item in received:
            path = layout.object(item.hashes.md5)
            durable.make_folder(path.parent, layout.folder_mode)
            folders.add(path.parent)
            if not item.staged or not item.path.exists():
                continue
            if item.hashes.md5 in good:
                item.path.unlink()
            else:
                # Even over an object that appeared meanwhile: these bytes were hashed, those were not.
                item.path.chmod(MODE)
                item.path.replace(path)
        for folder in sorted(folders):
            durable.sync_folder(folder)
        for item in received:
            if not layout.object(item.hashes.md5).is_file():
                raise StoreError(
                    f"the cache lost {item.file.path!r} while it was being added",
                    code="cache-changed",
                    hint="something else works on DVC's cache (`dvc gc`?): run the command again",
                )
            index.remember(layout, item.hashes)


def place_directory(layout: Layout, pin: Pin) -> bool:
    """Write a pin's directory object; True if it was missing or wrong."""
    data = pointer.directory(pin)
    path = layout.object(pointer.directory_id(pin))
    with disk("write the directory object"):
        durable.make_folder(path.parent, layout.folder_mode)
        return durable.replace(path, data, scratch=layout.own("scratch"), mode=MODE)
