"""The endpoints that serve bytes: /resolve, /raw, /api/resolve-cache, and the signed URLs of the other origin."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode

from tests.fakes.hub.content import Memory
from tests.fakes.hub.messages import Answer, Question, Refusal, redirect
from tests.fakes.hub.ranges import ranged
from tests.fakes.hub.routes import Route, bare, kind_of

if TYPE_CHECKING:
    from tests.fakes.hub.blobs import Blob
    from tests.fakes.hub.repo import Repo
    from tests.fakes.hub.trees import Commit

_NOT_MODIFIED = 304


def found_file(commit: Commit, path: str) -> Blob:
    """The file at a path, or the Hub's refusal."""
    blob = commit.files.get(path)
    if blob is None:
        raise Refusal(404, "Entry not found", "EntryNotFound", commit.id)
    return blob


def served(question: Question, repo: Repo, commit: Commit, path: str, etag: str | None = None) -> Answer:
    """The bytes themselves, honouring Range and If-None-Match; `etag` is the file host's own, the Hub's if None."""
    blob = found_file(commit, path)
    etag = f'"{etag or blob.etag}"'
    name = quote(path.rpartition("/")[2], safe="", errors="surrogatepass")
    answer = Answer(200, body=blob.content, subject="file", path=path, repo=repo.id).with_headers(
        Content_Type="application/octet-stream" if blob.sha256 else "text/plain; charset=utf-8",
        Content_Disposition=f"inline; filename*=UTF-8''{name}",
        Accept_Ranges="bytes",
        ETag=etag,
        X_Repo_Commit=commit.id,
    )
    if question.headers.get("if-none-match") == etag:
        return replace(answer, status=_NOT_MODIFIED, stop=0)
    return ranged(answer, question.headers)


def raw(repo: Repo, commit: Commit, path: str) -> Answer:
    """What Git holds: the file, or the pointer of a file in LFS."""
    blob = found_file(commit, path)
    body = Memory(blob.pointer) if blob.sha256 else blob.content
    answer = Answer(200, body=body, subject="file", path=path, repo=repo.id)
    return answer.with_headers(Content_Type="text/plain; charset=utf-8", ETag=f'"{blob.oid}"', X_Repo_Commit=commit.id)


class Redirects:
    """Sends file requests on: LFS files to another origin by a signed URL, plain ones to the Hub's own cache.

    Args:
        secret: what the signatures depend on.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._signed: dict[str, tuple[Repo, Commit, str]] = {}

    def away(self, route: Route, repo: Repo, commit: Commit, path: str, file_host_url: str) -> Answer:
        """302 or 307, with the headers that tell what is behind it."""
        blob = found_file(commit, path)
        linked = {
            "X-Repo-Commit": commit.id,
            "X-Linked-Size": str(blob.size),
            "X-Linked-ETag": f'"{blob.etag}"',
            "ETag": f'"{blob.etag}"',
            "Accept-Ranges": "bytes",
        }
        if blob.sha256:
            answer = redirect(302, file_host_url + self._sign(repo, commit, path, blob.sha256))
        else:
            quoted = quote(path, errors="surrogatepass")
            start = f"/api/resolve-cache/{kind_of(repo.id)}/{bare(repo.id)}/{commit.id}/{quoted}"
            asked = {f"{route.before}{bare(repo.id)}{route.after}": "", "etag": f'"{blob.etag}"'}
            answer = redirect(307, f"{start}?{urlencode(asked)}")
        return replace(answer, headers={**answer.headers, **linked}, path=path, repo=repo.id)

    def behind(self, question: Question) -> Answer:
        """What the file host answers to a signed URL."""
        if "authorization" in question.headers:
            raise Refusal(400, "Only one auth mechanism allowed; a token was sent to the file host")
        signature = parse_qs(question.target.partition("?")[2]).get("X-Amz-Signature", [""])[0]
        repo, commit, path = self._signed.get(signature, (None, None, ""))
        if repo is None or commit is None:
            raise Refusal(403, "SignatureDoesNotMatch")
        blob = commit.files[path]
        if question.path != _stored_at(repo, blob.etag):
            raise Refusal(403, "SignatureDoesNotMatch")
        return served(question, repo, commit, path, blob.etag[:32]).with_headers(X_Repo_Commit=None)

    def _sign(self, repo: Repo, commit: Commit, path: str, sha256: str) -> str:
        text = f"{self._secret}\0{repo.internal_id}\0{commit.id}\0{path}"
        signature = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        self._signed[signature] = (repo, commit, path)
        query = urlencode(
            {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Expires": "3600", "X-Amz-Signature": signature}
        )
        return f"{_stored_at(repo, sha256)}?{query}"


def _stored_at(repo: Repo, sha256: str) -> str:
    return f"/repos/{repo.internal_id[:2]}/{repo.internal_id}/{sha256}"
