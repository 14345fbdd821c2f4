"""What is asked and what is answered, before and after they are bytes on a socket."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

from tests.fakes.hub.content import Content, Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

Host = Literal["hub", "files"]
Subject = Literal["file", "info", "tree", "paths", "refs", "commits", "error", "redirect", "other"]
HTTP_MULTIPLE_CHOICES = 300
HTTP_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the log.

    Args:
        method: GET, HEAD or POST.
        path: as it came, query included, nothing decoded.
        headers: names in lower case.
        host: which of the two listeners was asked.
        status: what was answered.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    host: Host
    status: int


@dataclass(frozen=True, slots=True)
class Question:
    """A request before it is answered."""

    method: str
    target: str
    headers: Mapping[str, str]
    host: Host
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, nothing decoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded; `expand[]` is taken for `expand`, as on the Hub."""
        found: dict[str, list[str]] = {}
        for name, values in parse_qs(self.target.partition("?")[2], keep_blank_values=True).items():
            found.setdefault(name.removesuffix("[]"), []).extend(values)
        return found

    def says(self, name: str) -> bool:
        """Whether a yes-or-no parameter of the query is set."""
        return is_true(self.query.get(name, [""])[-1])


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the bytes of an answer leave; the default is an honest server.

    Args:
        cut_after: close the connection after this many bytes of body.
        reset: cut by a TCP reset, not a close.
        bytes_per_second: send no faster.
        stall_after: after this many bytes send nothing more, until the client goes or the Hub stops.
        promised: the Content-Length to write, if not the true one.
        chunked: use chunked encoding, which promises no length.
        more: bytes to send after the body.
    """

    cut_after: int | None = None
    reset: bool = False
    bytes_per_second: float | None = None
    stall_after: int | None = None
    promised: int | None = None
    chunked: bool = False
    more: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `Content-Length` and `Content-Range` follow from its fields when it is sent.

    Args:
        status: of HTTP.
        headers: all others.
        body: the whole content, of which `start` to `stop` is sent.
        document: JSON sent in place of a body.
        subject: what the answer is about, for lies to choose by.
        path: path in the repository, when it is about a file.
        repo: id of the repository it is about.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Content = field(default_factory=lambda: Memory(b""))
    start: int = 0
    stop: int | None = None
    document: Any = None
    subject: Subject = "other"
    path: str | None = None
    repo: str | None = None
    delivery: Delivery = field(default_factory=Delivery)

    @property
    def end(self) -> int:
        """Where the bytes to send end."""
        return self.body.size if self.stop is None else self.stop

    @property
    def has_bytes(self) -> bool:
        """Whether this brings what was asked for, and not a redirect or an error."""
        return self.status < HTTP_MULTIPLE_CHOICES

    def with_headers(self, **headers: str | None) -> Answer:
        """The same with headers set (`X_Repo_Commit` for X-Repo-Commit) or, where None, removed."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in self.headers.items() if name not in named}
        return replace(self, headers=kept | {name: value for name, value in named.items() if value is not None})

    def settled(self) -> Answer:
        """The same with its document written out as the body."""
        if self.document is None:
            return self
        body = Memory(json.dumps(self.document).encode())
        typed = self.with_headers(Content_Type="application/json; charset=utf-8")
        return replace(typed, body=body, document=None)


def is_true(text: str) -> bool:
    """How the Hub reads a yes-or-no parameter."""
    return text.lower() in {"true", "1"}


def json_answer(document: Any, subject: Subject = "other", repo: str | None = None, **headers: str) -> Answer:
    """A 200 with JSON."""
    return Answer(200, document=document, subject=subject, repo=repo).with_headers(**headers)


def redirect(status: int, location: str, **headers: str) -> Answer:
    """A redirect with the text that the Hub writes into its body."""
    body = Memory(f"Redirecting to {location}".encode())
    return Answer(status, {"Location": location}, body=body, subject="redirect").with_headers(**headers)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """An error answer of the Hub, raised where it becomes certain.

    Args:
        status: of HTTP.
        message: for X-Error-Message and the JSON body.
        code: for X-Error-Code, if the Hub gives one.
        commit: for X-Repo-Commit, which the Hub gives when a file is missing.
    """

    def __init__(self, status: int, message: str, code: str | None = None, commit: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.commit = commit

    def answer(self, *, as_json: bool) -> Answer:
        """As the API says it in JSON, or as /resolve says it in plain text."""
        header = self.message.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")
        answer = Answer(self.status, {"X-Error-Message": header}, subject="error")
        answer = answer.with_headers(X_Error_Code=self.code, X_Repo_Commit=self.commit)
        if as_json:
            return replace(answer, document={"error": self.message})
        body = Memory(self.message.encode("utf-8", "replace"))
        return replace(answer, body=body).with_headers(Content_Type="text/plain; charset=utf-8")
