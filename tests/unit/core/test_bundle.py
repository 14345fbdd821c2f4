from __future__ import annotations

from typing import Any

import pytest
from tests.fakes.statements import envelope

from weighbridge.core import canonical
from weighbridge.core.bundle import Bundle, bundle_from, bundle_key, checkpoint_key
from weighbridge.core.errors import ConfigError, IntegrityError

EVIDENCE = {"minilm": (envelope(words="a"), envelope(words="ü")), "bert": (envelope("bert"),)}
BUNDLE = Bundle("project", "minilm", EVIDENCE, envelope(type_="checkpoint"))


def written(**changes: Any) -> bytes:
    value = canonical.loads(BUNDLE.to_bytes())
    assert isinstance(value, dict)
    return canonical.dumps({**value, **changes})


def test_what_was_written_is_read_and_no_byte_of_evidence_is_changed() -> None:
    read = bundle_from(BUNDLE.to_bytes())
    assert {name: set(items) for name, items in read.evidence.items()} == {
        name: set(items) for name, items in EVIDENCE.items()
    }
    assert read.ledger("minilm") == tuple(sorted(EVIDENCE["minilm"]))
    assert read.ledger("other") == ()
    assert (read.project, read.name, read.checkpoint) == ("project", "minilm", BUNDLE.checkpoint)


def test_the_order_of_evidence_does_not_matter() -> None:
    other = Bundle("project", "minilm", {name: EVIDENCE[name][::-1] for name in reversed(EVIDENCE)}, BUNDLE.checkpoint)
    assert other.to_bytes() == BUNDLE.to_bytes()


def test_one_that_stands_beside_a_checkpoint_holds_none() -> None:
    alone = Bundle("project", "minilm", EVIDENCE)
    assert bundle_from(alone.to_bytes()).checkpoint is None


@pytest.mark.parametrize("schema", ["weighbridge.bundle/2", None, 1])
def test_another_schema_says_upgrade(schema: object) -> None:
    with pytest.raises(ConfigError) as caught:
        bundle_from(written(schema=schema))
    assert caught.value.code == "newer-schema"
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [{"more": 1}, {"project": 1}, {"name": None}, {"evidence": []}, {"evidence": {"minilm": [1]}}, {"checkpoint": []}],
)
def test_a_damaged_bundle_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError) as caught:
        bundle_from(written(**changes))
    assert caught.value.code == "bad-shape"


@pytest.mark.parametrize("data", [b"", b"[]", b"<html>", b"\xff"])
def test_what_is_no_bundle(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        bundle_from(data)


def test_where_they_stand() -> None:
    assert bundle_key("p", "minilm", "sha256:" + "1" * 64) == f"p/minilm/{'1' * 64}.json"
    assert checkpoint_key("p") == "p/checkpoint.json"
