"""Errors, web pages and redirects in place of an answer, and metadata that is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.fakes.hub.content import Memory, Padded, read
from tests.fakes.hub.lie import ANY_METHOD, EVERY_API, EVERY_FILE, EVERYWHERE, GET_AND_HEAD, Lie
from tests.fakes.hub.messages import Answer, Question, redirect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.hub.repo import Repo

LOGIN_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>"
)


def html_200(on: str = EVERY_FILE, *, text: str = LOGIN_PAGE, times: int | None = None) -> Lie:
    """A web page with status 200 in place of the answer, as captive portals and company proxies give."""
    page = Answer(200, {"Content-Type": "text/html; charset=utf-8"}, body=Memory(text.encode()))
    return Lie("html_200", on, lambda _, __: page, times, ANY_METHOD)


def status(
    code: int, on: str = EVERYWHERE, *, retry_after: int | str | datetime | None = None, times: int | None = None
) -> Lie:
    """An error, by default for every request.

    Args:
        code: such as 429, 500, 503.
        on: where.
        retry_after: seconds, or a date for the Retry-After header.
        times: how often.
    """
    when = (
        format_datetime(retry_after.astimezone(UTC), usegmt=True) if isinstance(retry_after, datetime) else retry_after
    )
    answer = Answer(code, document={"error": "The test Hub was told to fail"}, subject="error")
    answer = answer.with_headers(Retry_After=None if when is None else str(when))
    return Lie("status", on, lambda _, __: answer, times, ANY_METHOD)


def redirect_to(url: str, on: str = EVERY_FILE, *, times: int | None = None) -> Lie:
    """302 to any URL; headers that tell of the file stay, as on the Hub."""

    def change(_: Question, answer: Answer) -> Answer:
        sent = redirect(302, url)
        names = ("X-Repo-Commit", "ETag", "X-Linked-Size", "X-Linked-ETag")
        told = {name: answer.headers[name] for name in names if name in answer.headers}
        if answer.subject == "file" and answer.has_bytes:
            told |= {"X-Linked-Size": str(answer.body.size), "X-Linked-ETag": told["ETag"]}
        return replace(sent, headers={**sent.headers, **told})

    return Lie("redirect_to", on, change, times, GET_AND_HEAD)


def redirect_loop(on: str = EVERY_FILE, *, times: int | None = None) -> Lie:
    """302 to the very same URL."""
    return Lie("redirect_loop", on, lambda asked, _: redirect(302, asked.target), times, GET_AND_HEAD)


def missing_commit_header(on: str = EVERY_FILE, *, times: int | None = None) -> Lie:
    """No X-Repo-Commit."""
    return Lie(
        "missing_commit_header",
        on,
        lambda _, answer: answer.with_headers(X_Repo_Commit=None) if "X-Repo-Commit" in answer.headers else None,
        times,
        GET_AND_HEAD,
    )


def wrong_commit(on: str = EVERYWHERE, *, commit: str = "f" * 40, times: int | None = None) -> Lie:
    """Another commit than the one that was asked for, in X-Repo-Commit and in the `sha` of model info.

    Args:
        on: everywhere by default, a file's path for the header alone, `/api/*` for model info alone.
        commit: what to say; it need not look like a commit.
        times: how often.
    """

    def change(_: Question, answer: Answer) -> Answer | None:
        if answer.subject == "info" and answer.document is not None:
            return replace(answer, document={**answer.document, "sha": commit})
        return answer.with_headers(X_Repo_Commit=commit) if "X-Repo-Commit" in answer.headers else None

    return Lie("wrong_commit", on, change, times, GET_AND_HEAD)


def moved_branch(repo: Repo, to: str, *, branch: str = "main", times: int | None = 1) -> Lie:
    """Move a branch to another commit right after its model info was answered: what follows sees another tree."""

    def change(_: Question, answer: Answer) -> Answer | None:
        if answer.subject != "info" or answer.repo != repo.id:
            return None
        repo.move_branch(branch, to)
        return answer

    return Lie("moved_branch", EVERY_API, change, times)


def wrong_size_in_tree(on: str = EVERY_FILE, *, by: int = 1, times: int | None = None) -> Lie:
    """Listings (tree, paths-info, model info with blobs) give files of these paths another size."""

    def changed(entry: dict[str, Any]) -> dict[str, Any]:
        path = entry.get("path", entry.get("rfilename"))
        if "size" not in entry or entry.get("type") == "directory" or not fnmatchcase(str(path), on):
            return entry
        lfs = {"lfs": {**entry["lfs"], "size": entry["lfs"]["size"] + by}} if "lfs" in entry else {}
        return {**entry, "size": entry["size"] + by, **lfs}

    def change(_: Question, answer: Answer) -> Answer | None:
        document = answer.document
        new: Any = document
        if answer.subject == "info":
            new = {**document, "siblings": [changed(entry) for entry in document.get("siblings", [])]}
        elif answer.subject in {"tree", "paths"}:
            new = [changed(entry) for entry in document]
        return None if new == document else replace(answer, document=new)

    return Lie("wrong_size_in_tree", EVERY_API, change, times, ANY_METHOD)


def garbage_json(on: str = EVERY_API, *, text: str = '{"sha": "0123', times: int | None = None) -> Lie:
    """Status 200 and the content type of JSON, but something else inside."""
    return _of_json("garbage_json", on, times, lambda _: Memory(text.encode()))


def huge_json(on: str = EVERY_API, *, size_bytes: int, times: int | None = None) -> Lie:
    """Valid JSON with about so many bytes of padding; none of it is held in memory."""

    def padded(honest: bytes) -> Padded:
        comma = b"" if honest in {b"[]", b"{}"} else b", "
        opening, closing = (b'"', b'"]') if honest.endswith(b"]") else (b'"padding": "', b'"}')
        return Padded(Memory(honest[:-1] + comma + opening), size_bytes, ending=closing)

    return _of_json("huge_json", on, times, padded)


def _of_json(kind: str, on: str, times: int | None, rewrite: Callable[[bytes], Memory | Padded]) -> Lie:
    def change(_: Question, answer: Answer) -> Answer | None:
        if answer.document is None:
            return None
        settled = answer.settled()
        return replace(settled, body=rewrite(read(settled.body)))

    return Lie(kind, on, change, times, ANY_METHOD)
