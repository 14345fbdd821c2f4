"""Requests and answers: whatever a worker writes, only answers of the right shape count."""

from __future__ import annotations

import json

import pytest

from weighbridge.checks.answer import MAX_ANSWER_BYTES, MAX_FINDINGS, Answer, Request, answer_from, request_from
from weighbridge.core.errors import IntegrityError
from weighbridge.core.finding import Finding, Severity

REQUEST = Request("a/b.bin", 7, 1.5, "pickle")
FOUND = Finding("credential", "a/b.bin", Severity.WARN, "a token")
ROW = ["credential", "a/b.bin", "warn", "a token"]


def line(**changes: object) -> bytes:
    return json.dumps({"token": REQUEST.token, "findings": [ROW], "facts": {}, **changes}).encode()


def test_a_request_travels() -> None:
    assert request_from(REQUEST.line()) == REQUEST
    assert request_from(Request("é\udcff"[:1], 0, 0).line()).path == "é"


def test_no_two_requests_are_the_same() -> None:
    assert Request("a", 1, 1).token != Request("a", 1, 1).token


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"path": 1}'])
def test_another_request_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        request_from(data)


def test_an_answer_travels() -> None:
    answer = Answer([FOUND], {"format": ["text"], "code": [{"imports": ["os"]}]})
    assert answer_from(answer.line(REQUEST), REQUEST, {"a/b.bin"}) == answer


def test_a_message_is_made_printable_and_short() -> None:
    said = Answer([Finding("credential", "a/b.bin", Severity.WARN, "x\n\x1b[31m" + "y" * 500)])
    answer = answer_from(said.line(REQUEST), REQUEST, {"a/b.bin"})
    assert answer is not None
    assert answer.findings[0].message.startswith("x??[31my")
    assert len(answer.findings[0].message) == 400


def test_facts_that_are_too_long_are_dropped_and_said_so() -> None:
    said = Answer([FOUND], {"format": ["text"], "needs": ["x" * MAX_ANSWER_BYTES]})
    answer = answer_from(said.line(REQUEST), REQUEST, {"a/b.bin"})
    assert answer is not None
    assert [item.check for item in answer.findings] == ["credential", "not-inspected"]
    assert answer.facts == {"format": ["text"]}


def test_a_right_answer_is_taken() -> None:
    assert answer_from(line(), REQUEST, {"a/b.bin"}) == Answer([FOUND], {})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"a": 1e999}',
        line(token="0"),
        line(more=1),
        line(facts=[]),
        line(facts={"format": "text"}),
        line(facts={"format": ["text", "gguf"]}),
        line(facts={"x": [1.5]}),
        line(facts={"x": ["\ud800"]}),
        line(findings={}),
        line(findings=[ROW[:3]]),
        line(findings=[[*ROW, "more"]]),
        line(findings=[["no-check", *ROW[1:]]]),
        line(findings=[["credential", "other", "warn", "a token"]]),
        line(findings=[["credential", "a/b.bin", "fine", "a token"]]),
        line(findings=[["credential", "a/b.bin", "warn", "a\ntoken"]]),
        line(findings=[["credential", "a/b.bin", "warn", "x" * 401]]),
        line(findings=[["credential", "a/b.bin", "warn", 1]]),
        line(findings=[ROW] * (MAX_FINDINGS + 1)),
    ],
    ids=range(22),
)
def test_any_other_is_not(data: bytes) -> None:
    assert answer_from(data, REQUEST, {"a/b.bin"}) is None
