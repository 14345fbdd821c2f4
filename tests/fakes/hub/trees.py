"""Git trees and commits: the identifiers that follow from what was committed.

Paths are taken verbatim, hostile ones too: nothing is refused or normalised here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tests.fakes.hub.blobs import Blob


@dataclass
class _Folder:
    files: dict[str, Blob] = field(default_factory=dict)
    folders: dict[str, _Folder] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commit:
    """A snapshot of a repository.

    Args:
        id: 40 hexadecimal digits.
        parent: the commit before it, or None.
        author: account name.
        date: when it was made, with a time zone.
        message: title, and after an empty line the description.
        files: path to blob, for the whole snapshot.
        folders: path to tree id, for every folder below the root.
    """

    id: str
    parent: str | None
    author: str
    date: datetime
    message: str
    files: Mapping[str, Blob]
    folders: Mapping[str, str]

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    def oid(self, path: str) -> str | None:
        """The id of a file or folder, or None where there is neither."""
        blob = self.files.get(path)
        return blob.oid if blob else self.folders.get(path)


def make_commit(files: Mapping[str, Blob], *, parent: str | None, author: str, date: datetime, message: str) -> Commit:
    """The commit of this snapshot; the same arguments give the same id."""
    folders: dict[str, str] = {}
    root = _tree_id(_nest(files), "", folders)
    who = f"{author} <{author}@users.noreply.example> {int(date.timestamp())} +0000"
    lines = [f"tree {root}", *([f"parent {parent}"] if parent else []), f"author {who}", f"committer {who}"]
    text = "\n".join([*lines, "", message, ""])
    return Commit(
        _object_id("commit", text.encode("utf-8", "surrogatepass")), parent, author, date, message, files, folders
    )


def _nest(files: Mapping[str, Blob]) -> _Folder:
    root = _Folder()
    for path, blob in files.items():
        *parents, name = path.split("/")
        folder = root
        for parent in parents:
            folder = folder.folders.setdefault(parent, _Folder())
        folder.files[name] = blob
    return root


def _tree_id(folder: _Folder, prefix: str, found: dict[str, str]) -> str:
    """Hash one folder as Git does, noting the id of every folder below it by path."""
    entries: list[tuple[bytes, bytes, bytes, str]] = []
    for name, blob in folder.files.items():
        key = name.encode("utf-8", "surrogatepass")
        entries.append((key, b"100644", key, blob.oid))
    for name, child in folder.folders.items():
        key = name.encode("utf-8", "surrogatepass")
        oid = found[prefix + name] = _tree_id(child, f"{prefix}{name}/", found)
        entries.append((key + b"/", b"40000", key, oid))
    rows = (mode + b" " + key + b"\0" + bytes.fromhex(oid) for _, mode, key, oid in sorted(entries))
    return _object_id("tree", b"".join(rows))


def _object_id(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
