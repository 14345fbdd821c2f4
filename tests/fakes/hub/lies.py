"""What a broken, hostile or merely unlucky Hub answers.

Each function makes one Lie; put it into `FakeHub.lies`. Where it is told:

- `on` without a slash in front is matched with a file's path in its repository: `"*.safetensors"`; the lie is then
  told of files only, on whichever origin serves the bytes.
- `on` with a slash in front is matched with the URL's path: `"/api/models/*/tree/*"`, or `"/*"` for everything.
- `times` is how often, None for ever; a request to which the lie can't be applied does not count.
- `Lie.only` narrows it to methods or to one of the two hosts.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Self

from tests.fakes.hub.content import Flipped, Memory, Padded, read
from tests.fakes.hub.messages import Answer, Host, Question, redirect

if TYPE_CHECKING:
    from tests.fakes.hub.repo import Repo

GET = frozenset({"GET"})
GET_AND_HEAD = frozenset({"GET", "HEAD"})
ANY_METHOD = frozenset({"GET", "HEAD", "POST"})
EVERYWHERE = "/*"
EVERY_FILE = "*"
EVERY_API = "/api/*"
LOGIN_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>"
)

Change = Callable[[Question, Answer], Answer | None]


@dataclass
class Lie:
    """One way not to tell the truth.

    Args:
        kind: the name of the function which made it.
        on: where, by a glob.
        change: turns the honest answer into the lie, or gives None where it can't be told.
        times: how often, None for ever.
        methods: of requests.
        host: one of the two, or None for both.
        count: how often it was told.
    """

    kind: str
    on: str
    change: Change
    times: int | None
    methods: frozenset[str] = GET
    host: Host | None = None
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def only(self, *, methods: Iterable[str] | None = None, host: Host | None = None) -> Self:
        """Narrow the lie to some methods or to one host; returns it."""
        self.methods = self.methods if methods is None else frozenset(methods)
        self.host = host or self.host
        return self

    def told(self, question: Question, honest: Answer) -> Answer:
        """The lie in place of the honest answer, or the honest answer where the lie has no place."""
        if question.method not in self.methods or self.host not in {None, question.host}:
            return honest
        matched = question.path if self.on.startswith("/") else honest.path
        if matched is None or not fnmatchcase(matched, self.on):
            return honest
        with self._lock:
            if self.times is not None and self.count >= self.times:
                return honest
            lie = self.change(question, honest)
            if lie is None:
                return honest
            self.count += 1
            return lie


# Wrong bytes, lengths and ranges. All of these are told when bytes of a file are served.


def _of_bytes(kind: str, on: str, times: int | None, change: Change) -> Lie:
    def guarded(question: Question, answer: Answer) -> Answer | None:
        return change(question, answer) if answer.subject == "file" and answer.has_bytes else None

    return Lie(kind, on, guarded, times)


def wrong_bytes(on: str = EVERY_FILE, *, at: int | None = None, times: int | None = None) -> Lie:
    """Right size and headers, one byte turned over: at an offset of the file, in the middle if None."""

    def change(_: Question, answer: Answer) -> Answer | None:
        where = answer.body.size // 2 if at is None else at
        return replace(answer, body=Flipped(answer.body, where)) if answer.start <= where < answer.end else None

    return _of_bytes("wrong_bytes", on, times, change)


def truncate(on: str = EVERY_FILE, *, after: int | None = None, times: int | None = None) -> Lie:
    """Content-Length promises everything, the connection closes after so many bytes: half of them if None."""

    def change(_: Question, answer: Answer) -> Answer:
        length = (answer.end - answer.start) // 2 if after is None else after
        return _delivered(answer, cut_after=length)

    return _of_bytes("truncate", on, times, change)


def reset(on: str = EVERY_FILE, *, after: int = 0, times: int | None = None) -> Lie:
    """The connection is reset after so many bytes of the body."""
    return _of_bytes("reset", on, times, lambda _, answer: _delivered(answer, cut_after=after, reset=True))


def short(on: str = EVERY_FILE, *, missing: int = 1, times: int | None = None) -> Lie:
    """The last bytes are missing, and Content-Length and Content-Range agree with that."""

    def change(_: Question, answer: Answer) -> Answer:
        stop = max(answer.start, answer.end - missing)
        said = f"bytes {answer.start}-{stop - 1}/{max(answer.body.size - missing, stop)}"
        shorter = replace(answer, stop=stop)
        return shorter.with_headers(Content_Range=said) if "Content-Range" in answer.headers else shorter

    return _of_bytes("short", on, times, change)


def oversize(on: str = EVERY_FILE, *, extra: int = 1, times: int | None = None) -> Lie:
    """More bytes than there are, in chunked encoding without any Content-Length."""
    return _of_bytes("oversize", on, times, lambda _, answer: _delivered(answer, chunked=True, more=b"+" * extra))


def slow(on: str = EVERY_FILE, *, bytes_per_second: float, times: int | None = None) -> Lie:
    """Everything right, at this speed."""
    return _of_bytes("slow", on, times, lambda _, answer: _delivered(answer, bytes_per_second=bytes_per_second))


def stall(on: str = EVERY_FILE, *, after: int = 0, times: int | None = None) -> Lie:
    """After so many bytes nothing more comes, and the connection stays open."""
    return _of_bytes("stall", on, times, lambda _, answer: _delivered(answer, stall_after=after))


def etag_change(on: str = EVERY_FILE, *, times: int | None = None) -> Lie:
    """A request with Range finds that the file was replaced: another ETag, other bytes.

    An If-Range with the former ETag gets the whole new file with 200, as the RFC says.
    """

    def change(question: Question, answer: Answer) -> Answer | None:
        if "range" not in question.headers:
            return None
        changed = replace(answer, body=Flipped(answer.body, answer.start)).with_headers(ETag=f'"{"e" * 40}"')
        return _whole(changed) if "if-range" in question.headers else changed

    return _of_bytes("etag_change", on, times, change)


def ignore_range(on: str = EVERY_FILE, *, times: int | None = None) -> Lie:
    """A request with Range gets 200 and the whole file."""
    return _of_bytes(
        "ignore_range", on, times, lambda asked, answer: _whole(answer) if "range" in asked.headers else None
    )


def wrong_range(on: str = EVERY_FILE, *, shift: int = 1, times: int | None = None) -> Lie:
    """206 with the bytes that were asked, but Content-Range names others."""

    def change(_: Question, answer: Answer) -> Answer | None:
        if "Content-Range" not in answer.headers:
            return None
        said = f"bytes {answer.start + shift}-{answer.end - 1 + shift}/{answer.body.size}"
        return answer.with_headers(Content_Range=said)

    return _of_bytes("wrong_range", on, times, change)


def gzip_encoding(on: str = EVERY_FILE, *, times: int | None = None) -> Lie:
    """Content-Encoding: gzip, whether the client accepts it or not; for small files, it compresses in memory."""

    def change(_: Question, answer: Answer) -> Answer | None:
        packed = Memory(gzip.compress(read(answer.body), mtime=0))
        return replace(_whole(answer), body=packed).with_headers(Content_Encoding="gzip", Accept_Ranges=None)

    return _of_bytes("gzip_encoding", on, times, change)


# Other answers altogether.


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
        told = {name: answer.headers[name] for name in ("X-Repo-Commit", "ETag") if name in answer.headers}
        linked = {"X-Linked-Size": str(answer.body.size), "X-Linked-ETag": told["ETag"]} if "ETag" in told else {}
        return replace(sent, headers={**sent.headers, **told, **linked})

    return Lie("redirect_to", on, change, times, GET_AND_HEAD)


def redirect_loop(on: str = EVERY_FILE, *, times: int | None = None) -> Lie:
    """302 to the very same URL."""
    return Lie("redirect_loop", on, lambda asked, _: redirect(302, asked.target), times, GET_AND_HEAD)


# Metadata that is wrong.


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


def _delivered(answer: Answer, **how: Any) -> Answer:
    return replace(answer, delivery=replace(answer.delivery, **how))


def _whole(answer: Answer) -> Answer:
    return replace(answer, status=200, start=0, stop=None).with_headers(Content_Range=None)
