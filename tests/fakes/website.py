"""A web site with files: honest, or as one of its `Delivery` says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from tests.fakes.hub.content import Memory
from tests.fakes.hub.listener import Listener
from tests.fakes.hub.messages import Answer, Delivery, Question, redirect
from tests.fakes.hub.ranges import ranged

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

LAST_MODIFIED = "Mon, 30 Nov 2026 12:00:00 GMT"


@dataclass
class Page:
    """One file of the site.

    Args:
        data: Its bytes.
        headers: Instead of the usual ones; None takes one away.
        status: Of HTTP.
        deliveries: How the next answers leave, each for one request; the honest way after the last.
    """

    data: bytes
    headers: Mapping[str, str | None] = field(default_factory=dict)
    status: int = 200
    deliveries: list[Delivery] = field(default_factory=list)


class Website:
    """A server of files on the loopback interface: a context manager.

    Args:
        tls: Serve HTTPS on ``localhost`` with this context.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.redirects: dict[str, str] = {}
        """Paths that lead elsewhere: to a path of this site or to an address."""
        self.asked: list[Question] = []
        self._listener = Listener("files", self._respond, tls=tls)

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return self._listener.url

    def publish(self, files: Mapping[str, bytes]) -> None:
        """Let paths have these bytes."""
        for path, data in files.items():
            self.pages[f"/{path}"] = Page(data)

    def heads(self, name: str) -> list[str]:
        """The values of a header in all requests that had it."""
        return [question.headers[name] for question in self.asked if name in question.headers]

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.stop()
        assert not self._listener.crashes

    def _respond(self, question: Question) -> Answer:
        self.asked.append(question)
        path = unquote(question.path)
        if path in self.redirects:
            return redirect(302, self.redirects[path])
        page = self.pages.get(path)
        if page is None:
            return Answer(404, {"Content-Type": "text/html"}, body=Memory(b"<h1>Not here</h1>"))
        answer = Answer(page.status, dict(_usual(page)), body=Memory(page.data))
        answer = answer.with_headers(**{name.replace("-", "_"): value for name, value in page.headers.items()})
        if "ETag" in answer.headers:
            answer = ranged(answer, question.headers)
        return replace(answer, delivery=page.deliveries.pop(0)) if page.deliveries else answer


def _usual(page: Page) -> Iterator[tuple[str, str]]:
    yield "ETag", f'"{hashlib.md5(page.data, usedforsecurity=False).hexdigest()}"'
    yield "Last-Modified", LAST_MODIFIED
    yield "Content-Type", "application/octet-stream"
    yield "Accept-Ranges", "bytes"
