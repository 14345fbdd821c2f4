"""A Hub's JSON as a listing: who the repository is, what it says of itself, and a promise for every file.

The Hub library's own types read it (`ModelInfo`, `RepoFile`); what they let pass is checked here. Nothing is fetched.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from weighbridge.core import digest
from weighbridge.core.errors import IntegrityError, SourceError
from weighbridge.core.listing import RemoteFile
from weighbridge.sources import _hub_library, _plain_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.canonical import Json

MAX_FILES = 100_000
MAX_FILE_BYTES = 1 << 44
_COMMIT = re.compile(r"[0-9a-f]{40}")
_HEX64 = re.compile(r"[0-9a-f]{64}")


def bad_answer(what: str) -> SourceError:
    """The error for an answer that is not a Hub's."""
    return SourceError(
        f"the Hub's answer can't be used: {what}",
        code="bad-answer",
        hint="check that HF_ENDPOINT names a Hub and that no login page is in the way",
    )


def decoded(data: bytes) -> Any:
    """The JSON of an answer.

    Raises:
        SourceError: It is none.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise bad_answer("it is not JSON") from None


def info_of(data: bytes) -> tuple[Any, dict[str, Any]]:
    """What the Hub says of a repository: as the library reads it, and as it came.

    Raises:
        SourceError: The answer is not that of a Hub.
        IntegrityError: Its revision is not a 40-hex commit.
    """
    raw = decoded(data)
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
        raise bad_answer("it does not describe a repository")
    try:
        # The card is read from the raw answer: the library refuses some that are merely odd.
        info = _hub_library.part().ModelInfo(
            **{key: value for key, value in raw.items() if key not in {"cardData", "model-index"}}
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        raise bad_answer("the description of the repository is malformed") from None
    if not isinstance(info.sha, str) or not _COMMIT.fullmatch(info.sha):
        raise IntegrityError(
            "the Hub did not resolve the revision to a commit of 40 hexadecimal digits",
            code="bad-revision",
            hint="nothing can be pinned there; check that HF_ENDPOINT names a Hub",
            details={"revision": _plain_json.text(str(info.sha))[:100]},
        )
    return info, raw


def identity_of(info: Any, raw: dict[str, Any]) -> dict[str, str]:
    """Who the repository is: its canonical name, its author and the Hub's own id of it, as far as told."""
    said = {"repo_id": info.id, "author": info.author, "id": raw.get("_id")}
    return {key: _plain_json.text(value) for key, value in said.items() if isinstance(value, str) and value}


def metadata_of(info: Any, raw: dict[str, Any], data: bytes) -> dict[str, Json]:
    """What the repository says of itself; `api_digest` is the digest of the answer's raw bytes."""
    said = raw.get("cardData")
    card, omitted = _plain_json.bounded(said if isinstance(said, dict) else {})
    tags = [_plain_json.text(tag) for tag in raw.get("tags") or [] if isinstance(tag, str)]
    found: dict[str, Json] = {
        "licence": _licence(card, tags),
        "gated": _plain_json.plain(info.gated) or False,
        "private": bool(info.private),
        "library": _plain_json.plain(info.library_name),
        "pipeline_tag": _plain_json.plain(info.pipeline_tag),
        "last_modified": _plain_json.plain(raw.get("lastModified")),
        "card": card,
        "api_digest": digest.of_bytes(data),
    }
    if omitted:
        found["card_omitted"] = [*omitted]
    security = _security(raw.get("securityRepoStatus"))
    if security is not None:
        found["security"] = security
    kept, _ = _plain_json.bounded({"tags": tags})
    return found | {"tags": kept.get("tags", [])}


def _security(said: Any) -> dict[str, Json] | None:
    """The verdicts of the Hub's scanners: whether all have ``complete``d, and the level of ``files`` they complain of.

    None if the Hub says nothing of it; ``omitted`` counts the files for which there was no room.
    """
    if not isinstance(said, dict):
        return None
    issues = said.get("filesWithIssues")
    levels = {
        str(issue["path"]): str(issue.get("level"))
        for issue in (issues if isinstance(issues, list) else [])
        if isinstance(issue, dict) and "path" in issue
    }
    files, omitted = _plain_json.bounded(levels)
    found: dict[str, Json] = {"complete": said.get("scansDone") is True, "files": files}
    return found | ({"omitted": len(omitted)} if omitted else {})


def _licence(card: dict[str, Json], tags: list[str]) -> Json:
    """The licence of the card, else that of the tags; None if there is neither."""
    named = card.get("license")
    if named == "other" and isinstance(card.get("license_name"), str):
        return card["license_name"]
    tagged = next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None)
    return named if isinstance(named, str | list) and named else tagged


def files_of(entries: Iterable[Any]) -> tuple[RemoteFile, ...]:
    """The files of a tree listing, folders left out.

    Raises:
        IntegrityError: An entry without path, size or oid, or one path twice.
    """
    found: dict[str, RemoteFile] = {}
    for entry in entries:
        if isinstance(entry, dict) and entry.get("type") == "directory":
            continue
        file = _file_of(entry)
        if file.path in found:
            raise _bad_listing(f"{file.path!r} is listed twice")
        found[file.path] = file
    return tuple(sorted(found.values(), key=lambda file: file.path))


def _file_of(entry: Any) -> RemoteFile:
    if not isinstance(entry, dict) or entry.get("type") != "file":
        raise _bad_listing("an entry is neither a file nor a folder")
    try:
        file = _hub_library.part("hf_api").RepoFile(**entry)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise _bad_listing(f"the entry for {entry.get('path')!r} has no size or no oid") from None
    path, size, oid = file.path, file.size, file.blob_id
    if not isinstance(path, str) or not path or _plain_json.text(path) != path:
        raise _bad_listing("an entry has no path, or one that is not text")
    if type(size) is not int or not 0 <= size <= MAX_FILE_BYTES:
        raise _bad_listing(f"{path!r} has no size, or an absurd one")
    if file.lfs is not None:
        if not isinstance(file.lfs.sha256, str) or not _HEX64.fullmatch(file.lfs.sha256) or file.lfs.size != size:
            raise _bad_listing(f"{path!r} has no SHA-256, or two sizes")
        return RemoteFile(path, size, f"sha256:{file.lfs.sha256}")
    if not isinstance(oid, str) or not _COMMIT.fullmatch(oid):
        raise _bad_listing(f"{path!r} has no oid")
    return RemoteFile(path, size, f"git:{oid}")


def _bad_listing(what: str) -> IntegrityError:
    return IntegrityError(
        f"the Hub's list of files can't be trusted: {what}",
        code="bad-listing",
        hint="nothing was fetched; check that HF_ENDPOINT names a Hub, and tell its owner",
    )
