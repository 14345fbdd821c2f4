"""What is said of an approved revision: the JSON of the Hub's API, made from pins alone.

No Xet hash is ever said: with one, clients fetch the bytes past this endpoint. A file's ids are those that the source
promised and that were compared with the bytes when they came in: a Git blob id, or the SHA-256 of a file in LFS.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from weighbridge.core.canonical import Json
    from weighbridge.core.pin import PinnedFile
    from weighbridge.gates.hub_offer import Repository, Snapshot

Document = dict[str, object]
_GIT = "git:"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)
_NO_DATE = "1970-01-01T00:00:00.000Z"
_ALWAYS = frozenset({"_id", "id", "modelId", "sha"})
_TITLE = "Approved revision"
_REF_KINDS = {"refs/pr/": "pullRequests", "refs/convert/": "converts"}


def etag(file: PinnedFile) -> str:
    """What the Hub puts into ETag: the Git blob id of a plain file, the SHA-256 of one in LFS; without quotes."""
    return file.promise.removeprefix(_GIT) if file.promise.startswith(_GIT) else file.entry.sha256


def is_plain(file: PinnedFile) -> bool:
    """Whether Git holds the file itself, and not a pointer to LFS."""
    return file.promise.startswith(_GIT)


def pointer(file: PinnedFile) -> bytes:
    """The text that Git holds in place of a file in LFS: https://git-lfs.com, docs/spec.md."""
    entry = file.entry
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{entry.sha256}\nsize {entry.size}\n".encode()


def oid(file: PinnedFile) -> str:
    """The Git blob id: of the pointer, where the file is in LFS."""
    if is_plain(file):
        return etag(file)
    text = pointer(file)
    return hashlib.sha1(b"blob %d\0%b" % (len(text), text), usedforsecurity=False).hexdigest()


def info(snapshot: Snapshot, *, blobs: bool, security: bool, expand: Collection[str]) -> Document:
    """A repository at an approved revision; only what was asked for, where something was."""
    said = {**card(snapshot), "siblings": [_sibling(held.file, blobs=blobs) for held in snapshot.held.values()]}
    if security or "securityRepoStatus" in expand:
        # The Hub's scanners were not here: what Weighbridge found stands in its own evidence.
        said["securityRepoStatus"] = {"scansDone": False, "filesWithIssues": []}
    return {key: value for key, value in said.items() if key in _ALWAYS or key in expand} if expand else said


def card(snapshot: Snapshot) -> Document:
    """What is said of a repository at a revision, without its files."""
    repo_id, metadata = snapshot.repo_id, snapshot.metadata
    said: Document = {
        "_id": hashlib.sha256(repo_id.encode()).hexdigest()[:24],
        "id": repo_id,
        "modelId": repo_id,
        "author": repo_id.partition("/")[0] if "/" in repo_id else None,
        "sha": snapshot.revision,
        "private": False,
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [tag for tag in _items(metadata.get("tags")) if isinstance(tag, str)],
        "lastModified": _date(snapshot),
        "createdAt": _date(snapshot),
        "usedStorage": sum(held.file.entry.size for held in snapshot.held.values()),
        "config": {},
        "spaces": [],
    }
    optional = {
        "cardData": metadata.get("card"),
        "library_name": metadata.get("library"),
        "pipeline_tag": metadata.get("pipeline_tag"),
    }
    return said | {key: value for key, value in optional.items() if value}


def _items(value: Json) -> Iterable[Json]:
    return value if isinstance(value, list) else ()


def _date(snapshot: Snapshot) -> str:
    """When the source last changed it, as far as it said so: clients insist on a date."""
    said = snapshot.metadata.get("last_modified")
    return said if isinstance(said, str) and _DATE.fullmatch(said) else _NO_DATE


def _sibling(file: PinnedFile, *, blobs: bool) -> Document:
    said: Document = {"rfilename": file.entry.path}
    if blobs:
        said |= {"blobId": oid(file), "size": file.entry.size}
        if not is_plain(file):
            said["lfs"] = {"sha256": file.entry.sha256, "size": file.entry.size, "pointerSize": len(pointer(file))}
    return said


def tree(snapshot: Snapshot, folder: str, *, recursive: bool, expand: bool) -> list[Document]:
    """The entries below a folder, in the order of their paths."""
    prefix = f"{folder}/" if folder else ""

    def is_listed(path: str) -> bool:
        return path.startswith(prefix) and (recursive or "/" not in path[len(prefix) :])

    return [
        entry(snapshot, path, expand=expand) for path in sorted({*snapshot.held, *snapshot.folders}) if is_listed(path)
    ]


def entry(snapshot: Snapshot, path: str, *, expand: bool) -> Document:
    """One file or folder of the revision."""
    held = snapshot.held.get(path)
    if held is None:
        said: Document = {"type": "directory", "oid": _folder_id(snapshot, path), "size": 0, "path": path}
    else:
        file = held.file
        said = {"type": "file", "oid": oid(file), "size": file.entry.size, "path": path}
        if not is_plain(file):
            said["lfs"] = {"oid": file.entry.sha256, "size": file.entry.size, "pointerSize": len(pointer(file))}
    if expand:
        # The approved commit: which one last changed the file was not recorded, and no client may ask for it here.
        said["lastCommit"] = {"id": snapshot.revision, "title": _TITLE, "date": _date(snapshot)}
    return said


def _folder_id(snapshot: Snapshot, folder: str) -> str:
    """40 digits that change with the folder's path and commit; the tree's own id was not recorded."""
    return hashlib.sha1(f"{snapshot.revision}:{folder}".encode(), usedforsecurity=False).hexdigest()


def refs(repository: Repository, *, pull_requests: bool) -> Document:
    """The branches and tags that lead to an approved revision; which of them are tags was not recorded."""
    said: dict[str, list[Document]] = {"branches": [], "converts": [], "tags": []}
    if pull_requests:
        said["pullRequests"] = []
    for name, commit in sorted(repository.refs.items()):
        start, kind = next(
            ((start, kind) for start, kind in _REF_KINDS.items() if name.startswith(start)), ("", "branches")
        )
        if kind in said and not _COMMIT.fullmatch(name):
            full = name if start else f"refs/heads/{name}"
            said[kind].append({"name": name.removeprefix(start), "ref": full, "targetCommit": commit})
    return dict(said)


def commits(snapshot: Snapshot) -> list[Document]:
    """The history: the approved revision alone."""
    text = f"{_TITLE} of {' and '.join(snapshot.names)}"
    said = {"id": snapshot.revision, "title": text, "message": "", "date": _date(snapshot)}
    return [{**said, "authors": [], "formatted": {"title": text, "message": ""}}]


def search(snapshots: Iterable[Snapshot], text: str, author: str, limit: int) -> list[Document]:
    """The repositories whose id has a text in it."""
    found = (
        card(snapshot)
        for snapshot in snapshots
        if text.casefold() in snapshot.repo_id.casefold() and author in {"", snapshot.repo_id.partition("/")[0]}
    )
    return list(islice(found, limit))
