"""Requests of HTTP/1.1 from bytes (RFC 9112), strictly: what could be read in two ways is refused, not guessed.

No bytes are read here, and nothing is looked up. Chunked bodies are refused: no client of a read-only Hub sends one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.http import Answer, Denial

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEADERS = 100
_LINE = re.compile(r"([A-Za-z]{1,20}) ([!-~]+) HTTP/([0-9])\.([0-9])")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_LENGTH = re.compile(r"[0-9]{1,15}")
# Only names that a page on the web can't make a browser resolve to this machine.
_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_SINGLE = frozenset({"host", "content-length", "authorization", "content-type", "range", "if-range"})
_FOREIGN_PAGES = frozenset({"cross-site", "same-site"})


class RefusedRequest(Exception):  # noqa: N818 - it is an answer, not a failure
    """A request that gets an answer of the server's own, after which the connection ends.

    Args:
        status: Of HTTP.
        text: One line of ASCII.
        is_denial: Whether it is kept from somebody, and not only malformed.
    """

    def __init__(self, status: int, text: str, *, is_denial: bool = False) -> None:
        super().__init__(text)
        self.answer = Answer(
            status,
            {"Content-Type": "text/plain; charset=utf-8", "X-Error-Message": text},
            f"{text}\n".encode(),
            Denial("", "", "", text) if is_denial else None,
        )


@dataclass(frozen=True, slots=True)
class Head:
    """Everything of a request but its body.

    Args:
        method: As it came.
        target: Path and query, nothing decoded.
        headers: Names in lower case.
        is_kept: Whether the client wants the connection to stay.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    is_kept: bool

    @property
    def body_bytes(self) -> int:
        """How long the body is."""
        return int(self.headers.get("content-length", "0"))

    @property
    def waits(self) -> bool:
        """Whether the client sends the body when it is told to."""
        return self.headers.get("expect", "").lower() == "100-continue"


def parse(data: bytes) -> Head:
    """The head of a request.

    Args:
        data: Up to, and without, the empty line.

    Raises:
        RefusedRequest: It is malformed, or asks for something that this server does not do.
    """
    first, *lines = data.decode("latin-1").split("\r\n")
    line = _LINE.fullmatch(first)
    if not line:
        raise RefusedRequest(400, "this is no request of HTTP")
    method, target, major, minor = line.groups()
    if major != "1":
        raise RefusedRequest(505, "HTTP/1.1 is spoken here")
    if not target.startswith("/"):
        raise RefusedRequest(400, "this is no proxy: ask for a path")
    headers = _headers(lines)
    _require_plain_body(headers)
    kept = {token.strip().lower() for token in headers.get("connection", "").split(",")}
    return Head(method, target, headers, is_kept="close" not in kept and (minor != "0" or "keep-alive" in kept))


def _headers(lines: list[str]) -> dict[str, str]:
    if len(lines) > MAX_HEADERS:
        raise RefusedRequest(431, "too many headers")
    found: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if not field:
            raise RefusedRequest(400, "a header is malformed")
        name, value = field[1].lower(), field[2].strip(" \t")
        if name in found and name in _SINGLE:
            raise RefusedRequest(400, f"two headers {name}")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _require_plain_body(headers: Mapping[str, str]) -> None:
    # Two lengths that disagree are how requests are smuggled (CWE-444).
    if "transfer-encoding" in headers:
        raise RefusedRequest(501, "send bodies with Content-Length")
    if not _LENGTH.fullmatch(headers.get("content-length", "0")):
        raise RefusedRequest(400, "Content-Length is no number")


def require_local(headers: Mapping[str, str]) -> None:
    """Refuse what a page on the web made a browser ask: by a name that it rebound to this machine, or across origins.

    Raises:
        RefusedRequest: Programs send no ``Origin``, and name the host that they were given.
    """
    if not _HOST.fullmatch(headers.get("host", "")):
        raise RefusedRequest(
            403, "this endpoint is for programs on this machine, by its loopback address", is_denial=True
        )
    if headers.get("origin", "") or headers.get("sec-fetch-site", "").lower() in _FOREIGN_PAGES:
        raise RefusedRequest(403, "this endpoint is for programs, not for pages of the web", is_denial=True)
