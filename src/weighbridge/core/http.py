"""HTTP as values: what is asked and what is answered, before and after they are bytes on a socket.

A gate makes answers from requests, a server carries them; neither knows the other. Nothing here opens a socket or a
file, and nothing reads a path or a query for its meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEADER_CHARACTERS = 1000
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[ -~]*")
_UNPRINTABLE = re.compile(r"[^ -~]")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks.

    Args:
        method: Such as ``GET``, as it came.
        target: Path and query as they came, nothing decoded: ``refs%2Fpr%2F1`` is one segment.
        headers: Names in lower case.
        body: All of it.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, nothing decoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What stands behind the question mark, nothing decoded."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class FileRange:
    """Bytes of one pinned file; who carries the answer opens it.

    Args:
        digest: Of the pin that holds the file.
        path: In that pin.
        start: The first byte.
        length: How many bytes; 0 for an empty file.
        size: Of the whole file, in bytes.
        repo: The repository that was asked for, for records.
        revision: Its commit, for records.
    """

    digest: str
    path: str
    start: int
    length: int
    size: int
    repo: str
    revision: str


@dataclass(frozen=True, slots=True)
class Denial:
    """Something that policy keeps from the client, for records.

    Args:
        repo: The repository, ``org/name`` or ``datasets/org/name``; empty if the request names none.
        revision: As asked for; empty for the default.
        path: Of the file; empty if the request names none.
        reason: In words, one line of ASCII.
    """

    repo: str
    revision: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets; ``Content-Length`` is written by who carries it.

    To a HEAD request the same is said, without the body. A 304 has none.

    Args:
        status: Of HTTP.
        headers: Names as they are sent, values of printable ASCII.
        body: The bytes, or those of a pinned file.
        denial: What was denied, if anything was.

    Raises:
        ValueError: A header that could not stand on one line: a mistake in a program.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes | FileRange = b""
    denial: Denial | None = None

    def __post_init__(self) -> None:
        """Refuse headers that would end their line early (CWE-113)."""
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
                raise ValueError(f"{name!r}: {value!r} is not a header")

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return self.body.length if isinstance(self.body, FileRange) else len(self.body)


def one_line(text: str, limit: int = MAX_HEADER_CHARACTERS) -> str:
    """A text as it may stand in a header: one line of printable ASCII, cut with dots beyond the limit."""
    line = _UNPRINTABLE.sub("?", _BLANKS.sub(" ", text)).strip()
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
