"""GitHub, or a server that speaks like it: which commit a name means, and the archive of a commit.

The API is asked first. Where it refuses (it gives few answers an hour to those without a token) or is not there, the
archive itself says its commit. The token goes to the API's origin alone. No text of a server goes into an error.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from weighbridge.core.errors import AccessError, IntegrityError, NotFoundError, SourceError, StoreError
from weighbridge.sources._http import Reply, Web, faults
from weighbridge.sources._retry import UNREACHABLE, Patience
from weighbridge.sources._transfer import answer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.errors import WeighbridgeError

WEB, API = "https://github.com", "https://api.github.com"
# Where the public GitHub sends requests for archives and releases. The owner of another server chooses his own.
_PUBLIC = ("github.com", "githubusercontent.com")
FILE_HOSTS = {"github.com": _PUBLIC, "api.github.com": _PUBLIC}
MAX_ANSWER_BYTES = 16 << 20
MAX_ARCHIVE_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20
_ID = re.compile(r"[0-9a-f]{40}")
_UNAUTHORIZED, _GONE, _NOT_THERE, _BARRED = 401, frozenset({404, 410}), frozenset({404, 409, 410, 422}), 451
_LIMITED = frozenset({403, 429})
_HEADERS = {"Accept": "application/vnd.github+json", "Accept-Encoding": "identity"}
# What the API answers when it is there but does not want to, or is not there; anything else it says is believed.
_NO_ANSWER = frozenset({"unreachable", "timed-out", "connection-lost", "rate-limited", "server-failed"})


def is_commit(text: str) -> bool:
    """Whether a text is the whole id of a commit."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as the API tells of it.

    Args:
        id: 40 hexadecimal digits.
        tree: Git's id of its tree, 40 hexadecimal digits.
        identity: The repository's own id and owner.
        said: What else is worth writing down.
    """

    id: str
    tree: str
    identity: Mapping[str, str]
    said: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """An archive that came.

    Args:
        size: Bytes.
        sha256: Of its bytes; the server may pack the same files otherwise tomorrow.
        redirects: Where redirects led, without queries.
    """

    size: int
    sha256: str
    redirects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GitHub:
    """One server.

    Args:
        web: Connections.
        url: Where archives are, without a slash at the end.
        api: Where the API is, the same.
        token: For the API's origin alone; empty for none.
        patience: How often to try again.
    """

    web: Web
    url: str
    api: str
    token: str
    patience: Patience

    def commit(self, name: str, revision: str | None) -> Commit | None:
        """The commit that a branch, tag or commit of ``OWNER/REPO`` means; None if the API gives no answer.

        Raises:
            NotFoundError: No such repository or revision (codes ``repository-missing``, ``revision-missing``).
            AccessError: The token is refused, or the repository is barred (codes ``bad-token``, ``disabled``).
            IntegrityError: It names another commit than the one asked for (code ``bad-revision``).
            SourceError: The answer is not GitHub's (code ``bad-answer``), and those of the transport.
        """
        try:
            repo = self._ask(f"/repos/{name}", _no_repository(name))
            at = revision or _text(repo, "default_branch")
            found = self._ask(f"/repos/{name}/commits/{quote(at, safe='/')}", _no_revision(name, at))
        except SourceError as error:
            if error.code in _NO_ANSWER:
                return None
            raise
        commit, inner = _text(found, "sha"), _part(found, "commit")
        tree = _text(_part(inner, "tree"), "sha")
        if not is_commit(commit) or not is_commit(tree):
            raise _no_answer("names no commit")
        if is_commit(at) and at != commit:
            raise IntegrityError(f"the API resolved {at} to another commit, {commit}", code="bad-revision")
        identity = {"id": str(repo.get("id", "")), "owner": _text(_part(repo, "owner"), "login")}
        if not all(identity.values()):
            raise _no_answer("does not say whose repository it is")
        return Commit(commit, tree, identity, _said(repo, inner))

    def archive(self, name: str, at: str, spool: IO[bytes]) -> Received:
        """Write the archive of a revision of ``OWNER/REPO`` to a file, from its beginning.

        Raises:
            NotFoundError: No such repository or revision (code ``repository-missing``).
            IntegrityError: It is too large (code ``archive-too-large``).
            StoreError: The disk is full (code ``no-space``).
            SourceError: The server failed as often as patience allows.
        """

        def fetch() -> Received:
            spool.seek(0)
            spool.truncate()
            with self.web.get(f"{self.url}/{name}/zipball/{quote(at, safe='/')}", _HEADERS) as reply:
                answer_of(reply, _refusing(_no_repository(f"{name}@{at}")))
                return _received(reply, spool)

        return self.patience.keep_trying(fetch)

    def _ask(self, path: str, missing: NotFoundError) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            with self.web.get(self.api + path, _HEADERS, self.token or None) as reply:
                if reply.status in _LIMITED:
                    raise SourceError(f"{urlsplit(self.api).netloc} wants no more requests", code="rate-limited")
                answer_of(reply, _refusing(missing))
                return _document(reply.read_all(MAX_ANSWER_BYTES))

        return self.patience.keep_trying(ask, hopeless=UNREACHABLE)


def _no_repository(name: str) -> NotFoundError:
    hint = (
        "check the spelling: torchhub:OWNER/REPO@REVISION; a private repository needs file:, from a clone of your own"
    )
    return NotFoundError(f"there is no {name} for everybody", code="repository-missing", hint=hint)


def _no_revision(name: str, at: str) -> NotFoundError:
    return NotFoundError(f"{name} has no {at}", code="revision-missing", hint="name a branch, a tag or a commit of it")


def _refusing(missing: NotFoundError) -> Any:
    """What an answer with an error status means."""

    def refused(reply: Reply, _: bytes) -> WeighbridgeError:
        host, status = urlsplit(reply.url).netloc, reply.status
        if status in (_NOT_THERE if missing.code == "revision-missing" else _GONE):
            return missing
        if status == _UNAUTHORIZED:
            hint = "set GITHUB_TOKEN to a valid token, or unset it: public repositories need none"
            return AccessError(f"{host} does not accept the token", code="bad-token", hint=hint)
        if status == _BARRED:
            return AccessError(f"{host} may not give it to you", code="disabled", hint="use another model")
        if status in _LIMITED:
            return SourceError(f"{host} wants no more requests", code="rate-limited", hint="run it again later")
        return SourceError(f"{host} answered with the HTTP status {status}", code="server-failed")

    return refused


def _received(reply: Reply, spool: IO[bytes]) -> Received:
    reply.require_plain()
    if reply.headers.get("content-type", "").lower().startswith("text/html"):
        host = urlsplit(reply.url).netloc
        raise SourceError(
            f"{host} sent a web page instead of an archive",
            code="html-instead-of-file",
            hint="a login page or captive portal is in the way: check HTTPS_PROXY and WEIGHBRIDGE_GITHUB_URL",
        )
    sha256, size = hashlib.sha256(), 0
    while True:
        with faults(reply.url):
            piece = reply.body.read(_CHUNK_BYTES, decode_content=False)
        if not piece:
            break
        size += len(piece)
        if size > MAX_ARCHIVE_BYTES:
            raise IntegrityError(
                f"the archive is larger than {MAX_ARCHIVE_BYTES} bytes",
                code="archive-too-large",
                hint="clone the repository yourself and add what you need of it: weighbridge add file:PATH",
            )
        sha256.update(piece)
        _write(spool, piece)
    _write(spool, b"")
    return Received(size, sha256.hexdigest(), tuple(reply.hops))


def _write(spool: IO[bytes], piece: bytes) -> None:
    try:
        spool.write(piece)
        spool.flush()
    except OSError as error:
        hint = "free space in the folder for temporary files, or let TMPDIR name another"
        raise StoreError(f"the archive can't be kept: {error.strerror}", code="no-space", hint=hint) from error


def _document(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _no_answer("is no JSON object")
    return value


def _part(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) and found.isprintable() else ""


def _no_answer(why: str) -> SourceError:
    return SourceError(
        f"the API's answer {why}", code="bad-answer", hint="check that WEIGHBRIDGE_GITHUB_API_URL names a GitHub API"
    )


def _said(repo: Mapping[str, Any], commit: Mapping[str, Any]) -> dict[str, Json]:
    """What else is worth writing down: the licence of the code, and whether GitHub holds the signature for good."""
    licence = _text(_part(repo, "license"), "spdx_id")
    signed = _part(commit, "verification")
    said: dict[str, Json] = {"code_licence": licence, "full_name": _text(repo, "full_name")}
    said["commit_signature"] = _text(signed, "reason") if signed else ""
    return {key: value for key, value in said.items() if value}
