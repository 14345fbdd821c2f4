"""The two endpoints that serve files: ``/resolve`` brings the bytes, ``/raw`` what Git holds.

Conditions and ranges are those of RFC 9110, sections 13 and 14; where it leaves a choice, the one that the clients of
the Hub get along with.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from weighbridge.core.http import Answer, Denial, FileRange, one_line
from weighbridge.gates import hub_answers as answers
from weighbridge.gates import hub_documents as documents

if TYPE_CHECKING:
    from weighbridge.core.http import Request
    from weighbridge.gates.hub_offer import Held, Snapshot
    from weighbridge.gates.hub_routes import Route

# One range, of numbers that a file could have.
_ONE_RANGE = re.compile(r"bytes=([0-9]{0,20})-([0-9]{0,20})")
_PARTIAL, _NOT_MODIFIED, _NOT_SATISFIABLE = 206, 304, 416


def resolve(request: Request, route: Route, snapshot: Snapshot) -> Answer:
    """A file of an approved revision, or the part that was asked for."""
    held = snapshot.held.get(route.path)
    if held is None:
        return missing(route, snapshot)
    entry, tag = held.file.entry, f'"{documents.etag(held.file)}"'
    headers = {
        **_headers(snapshot, held, tag, is_text=documents.is_plain(held.file)),
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(entry.path.rpartition('/')[2], safe='')}",
        "Accept-Ranges": "bytes",
        "X-Linked-Size": str(entry.size),
        "X-Linked-ETag": tag,
    }
    body = FileRange(held.digest, entry.path, 0, entry.size, entry.size, snapshot.repo_id, snapshot.revision)
    return _conditional(request, Answer(answers.OK, headers, body), tag)


def raw(request: Request, route: Route, snapshot: Snapshot) -> Answer:
    """A file as Git holds it: itself, or the pointer where it is in LFS."""
    held = snapshot.held.get(route.path)
    if held is None:
        return missing(route, snapshot)
    if documents.is_plain(held.file):
        return resolve(request, route, snapshot)
    tag = f'"{documents.oid(held.file)}"'
    answer = Answer(answers.OK, _headers(snapshot, held, tag, is_text=True), documents.pointer(held.file))
    return _conditional(request, answer, tag)


def missing(route: Route, snapshot: Snapshot) -> Answer:
    """A file that the revision does not have, or that the pin leaves out.

    With the commit: a client then remembers that there is no such file. Programs ask for many files that a model need
    not have, so only a file that was left out is a denial.
    """
    name = snapshot.omitted.get(route.path)
    denial = None
    if name is None:
        text = f"{snapshot.repo_id} has no file {answers.shown(route.path) or '(none)'} at {snapshot.revision}"
    else:
        text = answers.omitted(snapshot.repo_id, name, route.path)
        denial = Denial(snapshot.repo_id, snapshot.revision, route.path, one_line(text))
    return answers.refusal(answers.NOT_FOUND, text, error=answers.ENTRY, commit=snapshot.revision, denial=denial)


def _headers(snapshot: Snapshot, held: Held, tag: str, *, is_text: bool) -> dict[str, str]:
    return {
        "Content-Type": answers.PLAIN if is_text else "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "ETag": tag,
        "X-Repo-Commit": snapshot.revision,
        "X-Weighbridge-Digest": held.digest,
    }


def _conditional(request: Request, answer: Answer, tag: str) -> Answer:
    """The answer to If-None-Match, else the range."""
    known = request.headers.get("if-none-match")
    if known is not None and _matches(known, tag):
        return replace(answer, status=_NOT_MODIFIED, body=b"")
    asked = request.headers.get("range")
    if request.method != "GET" or asked is None or request.headers.get("if-range", tag) != tag:
        return answer
    return _ranged(answer, asked)


def _matches(known: str, tag: str) -> bool:
    """Weak comparison, RFC 9110 section 8.8.3.2; a list of tags, or ``*``."""
    return any(item.strip().removeprefix("W/") in {tag, "*"} for item in known.split(","))


def _ranged(answer: Answer, asked: str) -> Answer:
    """The part that one range names; others (several, other units, malformed) are ignored, as section 14.2 allows."""
    found = _ONE_RANGE.fullmatch(asked.strip())
    first, last = found.groups() if found else ("", "")
    if not first and not last:
        return answer
    size = answer.length
    if not size:
        # 416 would be right, and huggingface.js, which asks for the first byte of every file, would fail.
        return replace(answer, headers={**answer.headers, "Content-Range": "bytes */0"})
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if first and last and int(last) < int(first):
        return answer
    if start >= size:
        return replace(
            answer, status=_NOT_SATISFIABLE, body=b"", headers={**answer.headers, "Content-Range": f"bytes */{size}"}
        )
    headers = {**answer.headers, "Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return replace(answer, status=_PARTIAL, headers=headers, body=_part(answer.body, start, stop))


def _part(body: bytes | FileRange, start: int, stop: int) -> bytes | FileRange:
    return replace(body, start=start, length=stop - start) if isinstance(body, FileRange) else body[start:stop]
