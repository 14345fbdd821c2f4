"""Removing files from a cache: every name of each, then the folders that are empty. Nothing outside is ever touched.

Names of links go first and the bytes last: whoever is killed between the two leaves bytes that the next check finds. A
name that is another file, or leads elsewhere, than when it was judged is left alone.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from weighbridge.caches.beneath import folder_of
from weighbridge.caches.walk import Inode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.caches.look import Look
    from weighbridge.core.cached import CachedFile

_CHANGED = "it changed since it was read, and was left: run the command again"


def purge(look: Look, files: Sequence[CachedFile]) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    """Remove files; one that can't be removed keeps no other from it.

    Args:
        look: The cache as it was judged.
        files: The files to remove.

    Returns:
        The paths of files of which no name is left, and what failed: name and reason.
    """
    failures: list[tuple[str, str]] = []
    done: set[str] = set()
    gone: set[str] = set()
    for file in files:
        links = [name for name in file.names if name in look.tree.links]
        # In a Hub's cache a blob may be a link, to which snapshots lead: removed first, it would leave them dangling.
        names = [*sorted(links, reverse=True), *sorted(set(file.names) - {*links, file.path}), file.path]
        failed = [(name, reason) for name in names if (reason := _remove(look, name))]
        gone |= set(names) - {name for name, _ in failed}
        failures += failed
        if not failed:
            done.add(file.path)
    leftovers = look.place.kind.leftovers(look.tree, gone)
    failures += [(name, reason) for name in leftovers if (reason := _remove(look, name))]
    _prune(look, [*gone, *leftovers])
    return frozenset(done), tuple(failures)


def _remove(look: Look, name: str) -> str:
    """Remove one name; why that failed, empty if it did not."""
    try:
        with folder_of(look.place.root, name) as (folder, last):
            status = os.stat(last, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                good = os.readlink(last, dir_fd=folder) == look.tree.links.get(name)
            else:
                known = look.tree.files.get(name)
                good = known is not None and known.is_same(Inode.of(status))
            if not good:
                return _CHANGED
            os.unlink(last, dir_fd=folder)
    except FileNotFoundError:
        return "it vanished before it could be removed"
    except OSError as error:
        return f"can't be removed: {error.strerror or error}"
    return ""


def _prune(look: Look, gone: Iterable[str]) -> None:
    """Remove the folders of removed names that are empty now, from the inside out; never the cache's own folder."""
    folders = {name[:at] for name in gone for at, letter in enumerate(name) if letter == "/"}
    for path in sorted(folders, key=lambda item: -item.count("/")):
        # A folder that is not empty, or not ours, simply stays.
        with suppress(OSError), folder_of(look.place.root, path) as (parent, last):
            os.rmdir(last, dir_fd=parent)
