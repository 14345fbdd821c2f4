"""Everything that lies in a folder, by name: files, links, what is neither. No byte is read and no link is followed.

Where a symbolic link leads is told from the names that were found: the answer never depends on anything outside.
"""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.caches.beneath import open_folder, open_root

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 100
_MAX_HOPS = 40


@dataclass(frozen=True, slots=True)
class Inode:
    """A file as it was found: another one that takes its place, or other bytes in it, are noticed.

    Args:
        device: The file system.
        number: The file's number there.
        size: Bytes.
        changed_ns: When its bytes were last written, as the file system says.
        links: How many names it has, anywhere.
    """

    device: int
    number: int
    size: int
    changed_ns: int
    links: int

    @classmethod
    def of(cls, status: os.stat_result) -> Inode:
        """The file that a status is about."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_nlink)

    @property
    def key(self) -> tuple[int, int]:
        """What names of the same file have in common."""
        return self.device, self.number

    def is_same(self, other: Inode) -> bool:
        """Whether it is the same file with the same bytes, as far as a status tells."""
        return (self.key, self.size, self.changed_ns) == (other.key, other.size, other.changed_ns)


@dataclass(slots=True)
class Tree:
    """What lies in a folder, by path below it.

    Args:
        root: The folder, absolute and without links.
        files: Plain files.
        links: Symbolic links, with what they say.
        folders: Folders.
        special: What is none of these: FIFOs, sockets, devices.
        unreadable: Folders that could not be listed, and why.
    """

    root: Path
    files: dict[str, Inode] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    special: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)

    def target(self, link: str) -> tuple[str, str]:
        """Where a link leads: ``file``, ``folder``, ``outside`` or ``nowhere``, and the path or what the link says."""
        waiting, at, hops = link.split("/")[::-1], list[str](), 0
        while waiting:
            step = waiting.pop()
            here = "/".join([*at, step])
            if step == "/":
                at.clear()
            elif step == "..":
                if not at:
                    return "outside", self.links[link]
                at.pop()
            elif here in self.links:
                steps, hops = self._steps(self.links[here]), hops + 1
                if steps is None or hops > _MAX_HOPS:
                    return "outside" if steps is None else "nowhere", self.links[link]
                waiting += reversed(steps)
            elif here in self.folders:
                at.append(step)
            else:
                return ("file", here) if here in self.files and not waiting else ("nowhere", self.links[link])
        return "folder", "/".join(at)

    def _steps(self, said: str) -> list[str] | None:
        """What a link says, step by step, from ``/`` on if it is absolute; None if that is not below the root."""
        if not said.startswith("/"):
            return [step for step in said.split("/") if step not in {"", "."}]
        root, whole = str(self.root).rstrip("/"), posixpath.normpath(said)
        if whole != root and not whole.startswith(f"{root}/"):
            return None
        return ["/", *[step for step in whole[len(root) :].split("/") if step]]


def walk(root: Path) -> Tree:
    """Everything below a folder.

    Raises:
        OSError: The folder itself can't be listed.
    """
    tree = Tree(root)
    handle = open_root(root)
    try:
        _list(tree, handle, "", 0)
    finally:
        os.close(handle)
    return tree


def _list(tree: Tree, handle: int, prefix: str, depth: int) -> None:
    with os.scandir(handle) as entries:
        found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    for entry in found:
        path = prefix + entry.name
        try:
            _note(tree, handle, entry, path, depth)
        except FileNotFoundError:
            # Gone between two looks: programs clean their caches.
            continue
        except OSError as error:
            tree.unreadable[path] = error.strerror or str(error)


def _note(tree: Tree, handle: int, entry: os.DirEntry[str], path: str, depth: int) -> None:
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        tree.links[path] = os.readlink(entry.name, dir_fd=handle)
    elif stat.S_ISREG(status.st_mode):
        tree.files[path] = Inode.of(status)
    elif not stat.S_ISDIR(status.st_mode):
        tree.special.append(path)
    elif depth == MAX_DEPTH:
        tree.unreadable[path] = "folders are nested too deeply"
    else:
        tree.folders.add(path)
        inner = open_folder(handle, entry.name)
        try:
            _list(tree, inner, f"{path}/", depth + 1)
        finally:
            os.close(inner)
