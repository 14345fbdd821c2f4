from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.statements import NOON, statement

from weighbridge.core.attestation import Subject, statement_from
from weighbridge.core.checkpoint import Checkpoint, checkpoint_from
from weighbridge.core.errors import IntegrityError

ONE, TWO = (Subject("minilm", "sha256:" + digit * 64) for digit in "12")
CHECKPOINT = Checkpoint(
    project="project",
    number=7,
    issued_at=NOON,
    expires=NOON + timedelta(days=1),
    pins=frozenset({ONE, TWO, Subject("bert", "sha256:" + "3" * 64)}),
    heads={"minilm": {"production": ONE.digest, "staging": TWO.digest}},
    leaves={"bert": ("a" * 64,), "minilm": ("b" * 64, "c" * 64)},
)


def test_a_checkpoint_that_was_written_is_read() -> None:
    assert checkpoint_from(statement_from(CHECKPOINT.to_statement().to_bytes())) == CHECKPOINT


def test_one_without_heads() -> None:
    bare = replace(CHECKPOINT, heads={})
    assert checkpoint_from(bare.to_statement()) == bare


def test_another_statement_is_none() -> None:
    with pytest.raises(IntegrityError, match="not a pin"):
        checkpoint_from(statement())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"more": 1}, "bad-shape"),
        ({"number": -1}, "bad-shape"),
        ({"number": True}, "bad-shape"),
        ({"expires": "never"}, "bad-time"),
        ({"heads": []}, "bad-shape"),
        ({"heads": {"minilm": {"production": 1}}}, "bad-shape"),
        ({"heads": {"minilm": {"production": "sha256:" + "3" * 64}}}, "bad-statement"),
        ({"heads": {"bert": {"production": ONE.digest}}}, "bad-statement"),
    ],
)
def test_a_checkpoint_of_another_form_is_refused(change: dict[str, Any], code: str) -> None:
    said = CHECKPOINT.to_statement()
    with pytest.raises(IntegrityError) as caught:
        checkpoint_from(replace(said, body={**said.body, **change}))
    assert caught.value.code == code
