"""What the tests of the gate share: a gate over small pins, and short ways to ask it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.fakes.hub_pins import FILES, OTHER_COMMIT, REPO, gate_of, hub_pin

from weighbridge.core.http import Answer, FileRange, Request
from weighbridge.gates.hub import HubGate, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

PIN = hub_pin()
CANDIDATE = hub_pin({**FILES, "config.json": b"{}"}, revision=OTHER_COMMIT, follow="dev")
GPT = hub_pin({"config.json": b"{}"}, name="gpt2", repo="gpt2", revision="c3" * 20, metadata={})
GATE = gate_of(PIN, GPT, refused=[Refused.of(CANDIDATE, "nobody has approved it")])
BASE = f"/api/models/{REPO}"


def ask(
    target: str,
    *,
    gate: HubGate = GATE,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """The answer to one request."""
    return gate.answer(Request(method, target, headers or {}, body))


def said(target: str, *, gate: HubGate = GATE, status: int = 200) -> Any:
    """The JSON of an answer."""
    answer = ask(target, gate=gate)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert isinstance(answer.body, bytes)
    return json.loads(answer.body)


def text_of(answer: Answer) -> str:
    """The text of a refusal, which is the same everywhere."""
    assert isinstance(answer.body, bytes)
    text = str(json.loads(answer.body)["error"])
    assert answer.headers["X-Error-Message"] == text
    if answer.denial is not None:
        topic, _, warning = answer.headers["X-HF-Warning"].partition("; ")
        assert topic.startswith("weighbridge-")
        assert warning == text == answer.denial.reason
    else:
        assert "X-HF-Warning" not in answer.headers
    return text


def ranged(answer: Answer) -> tuple[int, int]:
    """Start and length of the bytes of a file."""
    assert isinstance(answer.body, FileRange)
    return answer.body.start, answer.body.length
