from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.core.approval import (
    Approval,
    KeyRevocation,
    Rejection,
    Request,
    Revocation,
    Waiver,
    approval_from,
    key_revocation_from,
    rejection_from,
    request_from,
    revocation_from,
)
from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
POLICY = "sha256:" + "1" * 64
PLAIN = Approval("production", {"minilm": "a" * 64}, POLICY)
FULL = Approval(
    "staging",
    {"minilm": "a" * 64, "bert": "b" * 64},
    POLICY,
    until=NOON,
    waivers=(Waiver("pickle-calls", "model.bin", "read by hand", NOON),),
    comment="good",
)


@pytest.mark.parametrize("approval", [PLAIN, FULL])
def test_an_approval_that_was_written_is_read(approval: Approval) -> None:
    assert approval_from(approval.to_body()) == approval


@pytest.mark.parametrize("revocation", [Revocation("production", "leaked"), Revocation(None, "")])
def test_a_revocation_that_was_written_is_read(revocation: Revocation) -> None:
    assert revocation_from(revocation.to_body()) == revocation


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"more": 1}, "bad-shape"),
        ({"stage": None}, "bad-shape"),
        ({"pins": []}, "bad-shape"),
        ({"pins": {"minilm": 1}}, "bad-shape"),
        ({"pins": {"minilm": "a"}}, "bad-statement"),
        ({"policy": "none"}, "bad-digest"),
        ({"policy": None}, "bad-digest"),
        ({"until": 1}, "bad-shape"),
        ({"until": "soon"}, "bad-time"),
        ({"waivers": {}}, "bad-shape"),
        ({"waivers": [{}]}, "bad-shape"),
        ({"waivers": [{"check": "a", "path": "b", "reason": "c", "until": "never"}]}, "bad-time"),
        ({"waivers": [{"check": "a", "path": "b", "reason": None, "until": "2026-11-23T12:00:00Z"}]}, "bad-shape"),
        ({"comment": 1}, "bad-shape"),
    ],
)
def test_an_approval_of_another_form_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        approval_from({**FULL.to_body(), **change})
    assert caught.value.code == code


@pytest.mark.parametrize("body", [{}, {"stage": 1, "reason": ""}, {"stage": "a", "reason": None}, {"stage": "a"}])
def test_a_revocation_of_another_form_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError) as caught:
        revocation_from(body)
    assert caught.value.code == "bad-shape"


@pytest.mark.parametrize("request_", [Request("production", {"minilm": "a" * 64}, "why"), Request("staging", {})])
def test_a_request_that_was_written_is_read(request_: Request) -> None:
    assert request_from(request_.to_body()) == request_


def test_noes_that_were_written_are_read() -> None:
    rejection, ended = Rejection("production", "unclear"), KeyRevocation("a" * 64, "stolen")
    assert rejection_from(rejection.to_body()) == rejection
    assert key_revocation_from(ended.to_body()) == ended


@pytest.mark.parametrize(
    ("read", "body", "code"),
    [
        (request_from, {}, "bad-shape"),
        (request_from, {"stage": "a", "pins": {}, "comment": "", "until": None}, "bad-shape"),
        (request_from, {"stage": None, "pins": {}, "comment": ""}, "bad-shape"),
        (request_from, {"stage": "a", "pins": {"minilm": "b"}, "comment": ""}, "bad-statement"),
        (request_from, {"stage": "a", "pins": {}, "comment": 1}, "bad-shape"),
        (rejection_from, {"stage": None, "reason": ""}, "bad-shape"),
        (rejection_from, {"stage": "a"}, "bad-shape"),
        (rejection_from, {"stage": "a", "reason": 1}, "bad-shape"),
        (key_revocation_from, {"key": "a", "reason": ""}, "bad-statement"),
        (key_revocation_from, {"key": 1, "reason": ""}, "bad-shape"),
        (key_revocation_from, {"key": "a" * 64, "reason": None}, "bad-shape"),
        (key_revocation_from, {"key": "a" * 64, "reason": "", "at": 1}, "bad-shape"),
    ],
)
def test_words_of_another_form_are_refused(read: Callable[[Any], object], body: dict[str, Any], code: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        read(body)
    assert caught.value.code == code
