"""Wrong bytes, lengths and ranges: told when the bytes of a file are served, on whichever origin that is."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.fakes.hub.content import Flipped, Memory, read
from tests.fakes.hub.lie import EVERY_FILE, Change, Lie

if TYPE_CHECKING:
    from tests.fakes.hub.messages import Answer, Question


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


def _delivered(answer: Answer, **how: Any) -> Answer:
    return replace(answer, delivery=replace(answer.delivery, **how))


def _whole(answer: Answer) -> Answer:
    return replace(answer, status=200, start=0, stop=None).with_headers(Content_Range=None)
