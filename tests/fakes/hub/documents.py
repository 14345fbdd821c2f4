"""The JSON that the Hub says about repositories, revisions and files."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.hub.routes import bare, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.fakes.hub.blobs import Blob
    from tests.fakes.hub.repo import Repo
    from tests.fakes.hub.trees import Commit

Document = dict[str, Any]
_NOT_LOOKED_AT = "unscanned"
_UNFINISHED = frozenset({"queued", _NOT_LOOKED_AT})


def timestamp(when: datetime) -> str:
    """A date as the Hub writes it: UTC, milliseconds, Z."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def info(repo: Repo, commit: Commit, *, blobs: bool = False, security: bool = False) -> Document:
    """Everything the Hub says of a repository at a revision.

    Args:
        repo: which.
        commit: the revision.
        blobs: say sizes and ids of the files.
        security: say what the scanners found.
    """
    name = bare(repo.id)
    said: Document = {"_id": repo.internal_id, "id": name}
    if kind_of(repo.id) == "models":
        said["modelId"] = name
    said |= {
        "private": repo.private,
        "tags": tags(repo),
        "downloads": 0,
        "likes": 0,
        "author": repo.author,
        "authorData": {"_id": repo.owner_id, "name": repo.author},
        "sha": commit.id,
        "createdAt": timestamp(repo.created),
        "lastModified": timestamp(commit.date),
        "gated": repo.gated,
        "disabled": repo.disabled,
        "usedStorage": sum(blob.size for blob in commit.files.values()),
        "config": {},
        "spaces": [],
        "siblings": [_sibling(path, blob, blobs=blobs) for path, blob in sorted(commit.files.items())],
    }
    optional = {"cardData": repo.card or None, "library_name": repo.library, "pipeline_tag": repo.pipeline_tag}
    said |= {key: value for key, value in optional.items() if value is not None}
    if security:
        said["securityRepoStatus"] = _security_of_repo(repo, commit)
    return said


def tags(repo: Repo) -> list[str]:
    """Tags of the card, and those which the Hub computes from it."""
    card = repo.card
    found = [repo.library, repo.pipeline_tag, *_listed(card.get("tags"))]
    found += [f"{key}:{value}" for key in ("license", "base_model") for value in _listed(card.get(key))]
    found += [f"dataset:{value}" for value in _listed(card.get("datasets"))]
    found += [*_listed(card.get("language")), "region:us"]
    return list(dict.fromkeys(tag for tag in found if tag))


def tree(repo: Repo, commit: Commit, folder: str, *, recursive: bool, expand: bool) -> list[Document]:
    """The entries below a folder, in the order of their paths."""
    prefix = f"{folder}/" if folder else ""

    def listed(paths: Iterable[str]) -> list[str]:
        below = (path for path in paths if path.startswith(prefix))
        return [path for path in below if recursive or "/" not in path.removeprefix(prefix)]

    folders = [_folder_entry(repo, commit, path, expand=expand) for path in listed(commit.folders)]
    files = [_file_entry(repo, commit, path, expand=expand) for path in listed(commit.files)]
    return sorted(folders + files, key=lambda entry: str(entry["path"]))


def path_info(repo: Repo, commit: Commit, path: str, *, expand: bool) -> Document | None:
    """One entry, or None if there is nothing at the path."""
    if path in commit.files:
        return _file_entry(repo, commit, path, expand=expand)
    return _folder_entry(repo, commit, path, expand=expand) if path in commit.folders else None


def refs(repo: Repo, *, pull_requests: bool) -> Document:
    """Branches, converts and tags; pull requests if asked."""
    kinds = {"heads": "branches", "convert": "converts", "tags": "tags", "pr": "pullRequests"}
    said: Document = {name: [] for name in kinds.values() if pull_requests or name != "pullRequests"}
    for ref, commit in sorted(repo.refs.items()):
        _, kind, name = ref.split("/", 2)
        if kinds.get(kind) in said:
            said[kinds[kind]].append({"name": name, "ref": ref, "targetCommit": commit})
    return said


def commits(repo: Repo, head: Commit, *, formatted: bool) -> list[Document]:
    """The history, newest first."""
    return [_commit_entry(commit, formatted=formatted) for commit in repo.history(head)]


def _commit_entry(commit: Commit, *, formatted: bool) -> Document:
    said: Document = {
        "id": commit.id,
        "title": commit.title,
        "message": commit.message.partition("\n\n")[2],
        "authors": [{"user": commit.author, "avatar": ""}],
        "date": timestamp(commit.date),
    }
    return said | {"formatted": {"title": said["title"], "message": said["message"]}} if formatted else said


def _sibling(path: str, blob: Blob, *, blobs: bool) -> Document:
    said: Document = {"rfilename": path}
    if blobs:
        said |= {"blobId": blob.oid, "size": blob.size}
        if blob.sha256:
            said["lfs"] = {"sha256": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}
    return said


def _file_entry(repo: Repo, commit: Commit, path: str, *, expand: bool) -> Document:
    blob = commit.files[path]
    said: Document = {"type": "file", "oid": blob.oid, "size": blob.size, "path": path}
    if blob.sha256:
        said["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}
        if repo.xet:
            said["xetHash"] = hashlib.blake2s(blob.sha256.encode()).hexdigest()
    if expand:
        said |= _last_commit(repo, commit, path)
        said["securityFileStatus"] = _security_of_file(_statuses(repo, commit).get(path, "safe"))
    return said


def _folder_entry(repo: Repo, commit: Commit, path: str, *, expand: bool) -> Document:
    said: Document = {"type": "directory", "oid": commit.folders[path], "size": 0, "path": path}
    return said | _last_commit(repo, commit, path) if expand else said


def _last_commit(repo: Repo, commit: Commit, path: str) -> Document:
    last = repo.last_change(commit, path)
    return {"lastCommit": {"id": last.id, "title": last.title, "date": timestamp(last.date)}}


def _statuses(repo: Repo, commit: Commit) -> Mapping[str, str]:
    return repo.security.get(commit.id, {})


def _security_of_repo(repo: Repo, commit: Commit) -> Document:
    statuses = _statuses(repo, commit)
    issues = [
        {"path": path, "level": status}
        for path, status in sorted(statuses.items())
        if status != "safe" and status not in _UNFINISHED
    ]
    return {"scansDone": _UNFINISHED.isdisjoint(statuses.values()), "filesWithIssues": issues}


def _security_of_file(status: str) -> Document:
    names = ("avScan", "pickleImportScan", "jFrogScan", "protectAiScan")
    return {"status": status} | {name: {"status": status} for name in names}


def _listed(value: Any) -> list[str]:
    return [] if value is None else [str(item) for item in value] if isinstance(value, list) else [str(value)]
