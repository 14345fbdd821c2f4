"""The bytes of one file over HTTP: resumed where a connection broke, and never one byte more than promised.

What is checked here is what HTTP itself says: sizes, ranges and validators. The bytes are compared with the promised
hash by the store.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.core.errors import IntegrityError, SourceError, WeighbridgeError
from weighbridge.sources._http import Reply, Web, faults
from weighbridge.sources._retry import Patience, TransientError, asked_wait_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHUNK_BYTES = 1 << 20
# A transfer that moves on by this much between two failures is not stuck, however often it breaks.
PROGRESS_BYTES = 8 << 20
MAX_ERROR_BYTES = 1 << 16
OK, PARTIAL, TIMED_OUT, UNSATISFIABLE, TOO_MANY = 200, 206, 408, 416, 429
_SERVER_ERROR = 500
_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch.

    Args:
        url: Where.
        name: For messages.
        size: Bytes, as promised.
        headers: To send.
        token: For the origin of the URL alone.
        check: Told the headers of the place that was asked (not of a file host), names in lower case; raises if they
            speak of another revision.
        refused: The error that an answer with an error status means: told reply and body.
        etag: What the file's ETag was when it was looked at; empty if that is not to be compared.
    """

    url: str
    name: str
    size: int
    headers: Mapping[str, str]
    token: str | None
    check: Callable[[Mapping[str, str]], None]
    refused: Callable[[Reply, bytes], WeighbridgeError]
    etag: str = ""


def fetch(web: Web, wanted: Wanted, offset: int, patience: Patience) -> Iterator[bytes]:
    """The bytes from ``offset`` to the promised size, in pieces of at most 1 MiB.

    Raises:
        IntegrityError: Another size, another range, or a validator that changed on the way.
        SourceError: It failed as often as patience allows.
    """
    transfer = _Transfer(web, wanted, offset)
    tries, reached = 0, offset
    while transfer.position < wanted.size:
        try:
            yield from transfer.attempt()
        except TransientError as fault:
            tries = 1 if transfer.position >= reached + PROGRESS_BYTES else tries + 1
            reached = transfer.position if tries == 1 else reached
            patience.wait(tries, fault)


def answer_of(reply: Reply, refused: Callable[[Reply, bytes], WeighbridgeError]) -> None:
    """Let a successful answer pass.

    Raises:
        TransientError: Time-out, too many requests or a server error: another try may help.
        WeighbridgeError: What ``refused`` makes of any other answer.
    """
    if reply.status in {OK, PARTIAL}:
        return
    error = refused(reply, reply.read_start(MAX_ERROR_BYTES))
    if isinstance(error, SourceError) and (reply.status in {TIMED_OUT, TOO_MANY} or reply.status >= _SERVER_ERROR):
        raise TransientError(error, asked_wait_seconds(reply.headers))
    raise error


class _Transfer:
    """One file on its way.

    Args:
        web: Connections.
        wanted: The file.
        position: The byte to ask for next.
    """

    def __init__(self, web: Web, wanted: Wanted, position: int) -> None:
        self._web = web
        self._wanted = wanted
        self.position = position
        self._etag = wanted.etag

    def attempt(self) -> Iterator[bytes]:
        """One request; `position` moves with every piece."""
        with self._request() as reply:
            end = self._end_of(reply)
            skip = self.position if reply.status == OK else 0
            for piece in _pieces(reply, self._wanted.name):
                kept = piece[skip:] if skip else piece
                skip -= len(piece) - len(kept)
                if self.position + len(kept) > end:
                    raise self._wrong_size("more bytes than that came", reply)
                self.position += len(kept)
                if kept:
                    yield kept
            if self.position < end:
                self._ended_early(reply)

    @contextmanager
    def _request(self) -> Iterator[Reply]:
        headers = {**self._wanted.headers, "Accept-Encoding": "identity"}
        if self.position:
            headers["Range"] = f"bytes={self.position}-"
            if self._etag.startswith('"'):
                # RFC 9110 §13.1.5: only a strong validator; a changed file is then sent whole, and noticed.
                headers["If-Range"] = self._etag
        with self._web.get(self._wanted.url, headers, self._wanted.token) as reply:
            if reply.status == UNSATISFIABLE:
                raise self._wrong_size("it ends before", reply)
            answer_of(reply, self._wanted.refused)
            self._wanted.check(reply.first_headers)
            reply.require_plain()
            self._note_etag(reply.headers.get("etag", ""))
            yield reply

    def _note_etag(self, etag: str) -> None:
        if self._etag and etag and etag != self._etag:
            raise IntegrityError(
                f"{self._wanted.name} changed at the source while it was being fetched",
                code="changed-in-transfer",
                hint="run the command again; if it happens again, the source does not keep revisions immutable",
                details={"before": self._etag, "after": etag},
            )
        self._etag = self._etag or etag

    def _end_of(self, reply: Reply) -> int:
        """The byte at which this answer ends."""
        length = reply.headers.get("content-length", "")
        start, end = (0, self._wanted.size) if reply.status == OK else self._range_of(reply)
        if length and not (length.isascii() and length.isdigit() and int(length[:20]) == end - start):
            raise self._wrong_size(f"the answer has {length}", reply)
        return end

    def _range_of(self, reply: Reply) -> tuple[int, int]:
        text = reply.headers.get("content-range", "")
        found = _CONTENT_RANGE.fullmatch(text)
        if found and self.position:
            start, end, total = int(found[1]), int(found[2]) + 1, found[3]
            if start == self.position < end <= self._wanted.size and total in {"*", str(self._wanted.size)}:
                return start, end
        raise IntegrityError(
            f"the source sent other bytes of {self._wanted.name} than those asked for",
            code="bad-range",
            hint="run the command again; if it happens again, a cache on the way is broken",
            details={"asked": f"bytes={self.position}-", "content_range": text},
        )

    def _wrong_size(self, what: str, reply: Reply) -> WeighbridgeError:
        if reply.headers.get("content-type", "").lower().startswith("text/html"):
            return SourceError(
                f"{urlsplit(reply.url).netloc} sent a web page instead of {self._wanted.name}",
                code="html-instead-of-file",
                hint="a login page or captive portal is in the way: open the endpoint in a browser, check HTTPS_PROXY",
            )
        return IntegrityError(
            f"{self._wanted.name} is not the promised {self._wanted.size} bytes: {what}",
            code="size-mismatch",
            hint="the source contradicts itself at an immutable revision: do not use it before its owner explains",
            details={"path": self._wanted.name, "promised": self._wanted.size},
        )

    def _ended_early(self, reply: Reply) -> None:
        """A body without an announced length may end by a broken connection; an announced end is final."""
        if "chunked" in reply.headers.get("transfer-encoding", "").lower():
            raise self._wrong_size(f"it ends after {self.position}", reply)
        raise TransientError(SourceError(f"{self._wanted.name} ended too early", code="connection-lost"))


def _pieces(reply: Reply, name: str) -> Iterator[bytes]:
    """The body, until it ends.

    Raises:
        TransientError: The connection broke.
    """
    while True:
        try:
            with faults(reply.url):
                piece = reply.body.read(CHUNK_BYTES, decode_content=False)
        except TransientError as fault:
            fault.error.details["path"] = name
            raise
        if not piece:
            return
        yield piece
