"""Request and answer: what a worker is asked and what it says, as single lines of JSON.

The one who asks trusts nothing of an answer but its shape: hostile bytes may have written it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.core import canonical, shape
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.errors import IntegrityError
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from weighbridge.core.canonical import Json

MAX_REQUEST_BYTES: Final = 1 << 16
MAX_ANSWER_BYTES: Final = 8 << 20
MAX_MESSAGE: Final = 400
MAX_FINDINGS: Final = 10_000
FILE, TREE = "file", "tree"


@dataclass(frozen=True, slots=True)
class Request:
    """One open file to look at; its descriptor travels beside the line.

    Args:
        path: Its manifest path.
        size_bytes: Its size.
        seconds: How long the answer is waited for.
        what: ``file``, ``tree`` (the file holds JSON), or what a scanner is told of the file's format.
        token: Comes back with the answer: what was written ahead answers nothing.
    """

    path: str
    size_bytes: int
    seconds: float
    what: str = FILE
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    def line(self) -> bytes:
        """The request as it is sent."""
        row = {
            "path": self.path,
            "size": self.size_bytes,
            "milliseconds": int(self.seconds * 1000),
            "what": self.what,
            "token": self.token,
        }
        return json.dumps(row).encode("ascii") + b"\n"


def request_from(line: bytes) -> Request:
    """Read a request.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(canonical.loads(line), "request", {"path", "size", "milliseconds", "what", "token"})
    return Request(
        shape.text(row["path"], "path"),
        shape.integer(row["size"], "size"),
        shape.integer(row["milliseconds"], "milliseconds") / 1000,
        shape.text(row["what"], "what"),
        shape.text(row["token"], "token"),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen.

    Args:
        findings: In the order in which they were seen.
        facts: Values by name.
    """

    findings: Sequence[Finding] = ()
    facts: Mapping[str, Sequence[Json]] = field(default_factory=dict)

    def line(self, request: Request) -> bytes:
        """The answer as it is sent; facts that are too many are dropped, with a finding that says so."""
        made = _line(request.token, self.findings, self.facts)
        if len(made) <= MAX_ANSWER_BYTES:
            return made
        # The format alone is always short.
        kept = {name: values for name, values in self.facts.items() if name == "format"}
        why = Finding("not-inspected", request.path, Severity.UNEXAMINED, "more facts than are kept")
        return _line(request.token, [*self.findings[: MAX_FINDINGS - 1], why], kept)


def _line(token: str, findings: Iterable[Finding], facts: Mapping[str, Sequence[Json]]) -> bytes:
    rows = [[item.check, item.path, str(item.severity), printable(item.message, MAX_MESSAGE)] for item in findings]
    row = {"token": token, "findings": rows, "facts": {name: list(values) for name, values in facts.items()}}
    return json.dumps(row).encode("ascii") + b"\n"


def printable(text: str, limit: int) -> str:
    """The beginning of a text, with a question mark for what can't be shown."""
    text = text[:limit]
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in text)


def _finding(value: Json, paths: Container[str]) -> Finding:
    check, path, severity, message = shape.text_list(value, "finding")
    if check not in CATALOGUE or path not in paths or severity not in set(Severity):
        raise IntegrityError("a finding about nothing that was asked")
    if not message.isprintable() or len(message) > MAX_MESSAGE:
        raise IntegrityError("a message that can't be shown")
    return Finding(check, path, Severity(severity), message)


def answer_from(line: bytes, request: Request, paths: Container[str]) -> Answer | None:
    """Read an answer; None if it is malformed, answers something else or speaks of other paths than these."""
    try:
        row = shape.record(canonical.loads(line), "answer", {"token", "findings", "facts"})
        if row["token"] != request.token:
            return None
        rows = shape.array(row["findings"], "findings")
        facts = {name: shape.array(values, name) for name, values in shape.mapping(row["facts"], "facts").items()}
        if len(rows) > MAX_FINDINGS or len(facts.get("format", ())) > 1:
            return None
        return Answer([_finding(item, paths) for item in rows], facts)
    except (IntegrityError, ValueError):
        return None
