"""The record of a run: what is signed, what is read back, and what of a command is kept out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.core.attestation import Statement, statement_from
from weighbridge.core.deployed import MAX_REFUSALS, Given, Refusal, Run, masked, run_from
from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
RUN = Run(
    id="a" * 32,
    project="project",
    stage="production",
    program=("/usr/bin/python3", "serve.py"),
    host="node",
    user="ann",
    trust="local",
    enforced=True,
    sandbox=False,
    models=(
        Given("one", "sha256:" + "1" * 64, "hf:org/one", "c" * 40, ("d" * 64,), ("e" * 64,)),
        Given("two", "sha256:" + "2" * 64, "file:two", "", (), ()),
    ),
    started_at=NOON,
)
ENDED = RUN.ended(NOON, 3, [Refusal("hf:org/b", "not-approved"), Refusal("hf:org/a", "not-approved")])


@pytest.mark.parametrize("run", [RUN, ENDED, replace(ENDED, models=RUN.models[:1], enforced=False, sandbox=True)])
def test_what_is_written_is_read_back(run: Run) -> None:
    read = run_from(statement_from(run.to_statement().to_bytes()))
    assert read == run


def test_refusals_are_told_once_sorted_and_bounded() -> None:
    many = [Refusal(f"hf:org/{number:05}", "not-approved") for number in range(MAX_REFUSALS + 5)]
    found = RUN.ended(NOON, 0, [*reversed(many), *many]).refusals
    assert list(found) == many[:MAX_REFUSALS]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["serve", "--port", "80"], ["serve", "--port", "80"]),
        (["serve", "--token", "abc", "x"], ["serve", "--token", "***", "x"]),
        (["serve", "--hf-token=abc"], ["serve", "--hf-token=***"]),
        (["serve", "--api-key", "k", "--API_KEY=k"], ["serve", "--api-key", "***", "--API_KEY=***"]),
        (["env", "AWS_SECRET_ACCESS_KEY=abc", "PASSWORD=a\nb"], ["env", "AWS_SECRET_ACCESS_KEY=***", "PASSWORD=***"]),
        (["get", "https://me:secret@example.org/x"], ["get", "https://***@example.org/x"]),
        (["serve", "--tokenizer"], ["serve", "--tokenizer"]),
        ([], []),
    ],
)
def test_what_looks_like_a_secret_is_masked(given: list[str], kept: list[str]) -> None:
    assert list(masked(given)) == kept


def _body(**changes: Any) -> Statement:
    statement = ENDED.to_statement()
    return replace(statement, body={**statement.body, **changes})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: replace(ENDED.to_statement(), type="approval"), "bad-statement"),
        (lambda: _body(surplus=1), "bad-shape"),
        (lambda: _body(enforced="yes"), "bad-statement"),
        (lambda: _body(sandbox=1), "bad-statement"),
        (lambda: _body(models={}), "bad-statement"),
        (lambda: _body(exit=None), "bad-statement"),
        (lambda: _body(state="started"), "bad-statement"),
        (lambda: _body(refusals=[{"what": "x"}]), "bad-shape"),
        (lambda: replace(ENDED.to_statement(), subjects=ENDED.to_statement().subjects[:1]), "bad-statement"),
    ],
)
def test_another_shape_is_refused(make: Callable[[], Statement], code: str) -> None:
    with pytest.raises(IntegrityError) as error:
        run_from(make())
    assert error.value.code == code
