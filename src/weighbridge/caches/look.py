"""What lies in a cache, as values that can be judged: each file once, with every name that leads to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.caches.walk import Tree, walk
from weighbridge.core.cached import CachedFile, Form
from weighbridge.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.caches.kind import Folder
    from weighbridge.caches.places import Place
    from weighbridge.caches.walk import Inode


@dataclass(frozen=True, slots=True)
class Look:
    """A cache, by names.

    Args:
        place: The cache.
        tree: Everything in it.
        files: What can be judged, sorted by path; nothing is hashed yet.
    """

    place: Place
    tree: Tree
    files: tuple[CachedFile, ...]


def look(place: Place) -> Look:
    """List a cache.

    Raises:
        StoreError: Its folder can't be listed (code ``cache-unreadable``).
    """
    try:
        tree = walk(place.root)
    except OSError as error:
        raise StoreError(
            f"{place.root} can't be listed: {error.strerror}",
            code="cache-unreadable",
            hint="run it as a user who may read the folder",
        ) from error
    found = [*_files(tree, place.kind), *_others(tree)]
    return Look(place, tree, tuple(sorted(found, key=lambda file: file.path)))


def _files(tree: Tree, kind: Folder) -> Iterator[CachedFile]:
    """Each file once, by its first name."""
    names: dict[tuple[int, int], list[str]] = {}
    hard: dict[tuple[int, int], int] = {}
    first: dict[tuple[int, int], tuple[str, Inode]] = {}
    for path, inode in tree.files.items():
        names.setdefault(inode.key, []).append(path)
        hard[inode.key] = hard.get(inode.key, 0) + 1
        first.setdefault(inode.key, (path, inode))
    for link in tree.links:
        what, path = tree.target(link)
        if what == "file":
            names[tree.files[path].key].append(link)
    for key, (path, inode) in first.items():
        yield _file(path, inode, tuple(sorted(names[key])), inode.links - hard[key], kind)


def _file(path: str, inode: Inode, names: tuple[str, ...], elsewhere: int, kind: Folder) -> CachedFile:
    if all(kind.is_unfinished(name) for name in names):
        return CachedFile(path, inode.size, Form.UNFINISHED, names)
    return CachedFile(
        path=path,
        size=inode.size,
        names=names,
        uses=tuple(use for name in names if (use := kind.use(name))),
        promises=tuple(dict.fromkeys(said for name in names if (said := kind.promise(name)))),
        record=all(kind.is_record(name) for name in names),
        elsewhere=max(elsewhere, 0),
    )


def _others(tree: Tree) -> Iterator[CachedFile]:
    """Links that lead to no file of the cache, what is no file at all, and folders that can't be listed."""
    for link in tree.links:
        what, said = tree.target(link)
        if what == "outside":
            yield CachedFile(link, 0, Form.OUTSIDE, (link,), trouble=f"a link that leads out of the folder, to {said}")
        elif what == "nowhere":
            yield CachedFile(link, 0, Form.BROKEN, (link,), trouble=f"a link that leads nowhere: {said}")
    for path in tree.special:
        yield CachedFile(path, 0, Form.SPECIAL, (path,), trouble="neither a file nor a folder nor a link")
    for path, reason in tree.unreadable.items():
        yield CachedFile(path, 0, Form.SPECIAL, (path,), trouble=f"can't be looked at: {reason}")
