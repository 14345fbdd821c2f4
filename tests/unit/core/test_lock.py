from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.pins import make_pin

from weighbridge.core.errors import ConfigError, IntegrityError
from weighbridge.core.lock import SCHEMA, lock_pins, lock_text

FIRST = make_pin()
SECOND = make_pin(files={"config.json": b'{"a": 1}', "model.safetensors": b"other"}, revision="4" * 40)


def rows(text: str) -> dict[str, Any]:
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("pins", [(), (FIRST,), (FIRST, SECOND)])
def test_what_was_written_is_read(pins: tuple[Any, ...]) -> None:
    assert sorted(lock_pins(lock_text(pins)), key=lambda pin: pin.digest) == sorted(pins, key=lambda pin: pin.digest)


def test_the_same_pins_give_the_same_bytes() -> None:
    assert lock_text([FIRST, SECOND]) == lock_text(iter((SECOND, FIRST)))
    assert lock_text(lock_pins(lock_text([SECOND, FIRST]))) == lock_text([FIRST, SECOND])


def test_the_order_of_what_a_source_said_does_not_matter() -> None:
    one = replace(FIRST, metadata={"a": {"x": 1, "y": 2}, "b": 2})
    other = replace(FIRST, metadata={"b": 2, "a": {"y": 2, "x": 1}})
    assert lock_text([one]) == lock_text([other])


def test_one_line_a_file() -> None:
    text = lock_text([FIRST, SECOND])
    for pin in (FIRST, SECOND):
        for file in pin.files:
            lines = [line for line in text.splitlines() if file.entry.sha256 in line]
            assert len(lines) == 1
            assert json.loads(lines[0].strip().rstrip(",")) == file.to_json()


def test_it_is_plain_json_with_a_final_newline() -> None:
    text = lock_text([FIRST])
    assert text.endswith("}\n")
    assert "\r" not in text
    assert rows(text) == {"schema": SCHEMA, "pins": [FIRST.to_json()]}


def test_text_beyond_ascii_stays_readable() -> None:
    assert "größe" in lock_text([make_pin(metadata={"author": "größe"})])


def test_a_pin_that_leaves_nothing_out() -> None:
    pin = replace(FIRST, omitted=())
    assert lock_pins(lock_text([pin])) == (pin,)


@pytest.mark.parametrize("other", [replace(FIRST, revision="5" * 40), FIRST, make_pin("bert", files={"a": b""})])
def test_one_pin_a_digest_of_one_model(other: Any) -> None:
    with pytest.raises(IntegrityError) as caught:
        lock_text([FIRST, other])
    assert caught.value.code == "bad-lock"


@pytest.mark.parametrize("metadata", [{"a": 0.5}, {"a": 2**53}, {"a": "\ud800"}])
def test_what_can_not_be_evidence_is_not_written(metadata: Any) -> None:
    with pytest.raises(IntegrityError) as caught:
        lock_text([make_pin(metadata=metadata)])
    assert caught.value.code == "bad-json"


@pytest.mark.parametrize("schema", ["weighbridge.lock/2", "weighbridge.lock/10", "weighbridge.lock/"])
def test_a_newer_schema_says_upgrade_whatever_else_it_holds(schema: str) -> None:
    with pytest.raises(ConfigError) as caught:
        lock_pins(json.dumps({"schema": schema, "pins": {}, "more": 1}))
    assert caught.value.code == "newer-schema"
    assert schema in caught.value.message
    assert "upgrade" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("schema", ["weighbridge.manifest/1", "", None, 1, [], "lock"])
def test_another_document_is_no_lock(schema: object) -> None:
    with pytest.raises(IntegrityError) as caught:
        lock_pins(json.dumps({"schema": schema, "pins": []}))
    assert caught.value.code == "bad-lock"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"schema":"weighbridge.lock/1"}', '{"schema":"weighbridge.lock/1","pins":{}}',
     '{"schema":"weighbridge.lock/1","pins":[],"more":1}', '{"schema":"weighbridge.lock/1","pins":[1]}',
     '{"schema":"weighbridge.lock/1","schema":"weighbridge.lock/1","pins":[]}'],
)  # fmt: skip
def test_a_damaged_lock_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError):
        lock_pins(text)


def test_a_lock_with_both_sides_of_a_merge_conflict_is_refused() -> None:
    text = lock_text([FIRST]).replace('  "pins"', '<<<<<<< ours\n  "pins"')
    with pytest.raises(IntegrityError) as caught:
        lock_pins(text)
    assert caught.value.code == "bad-json"


def test_the_same_pin_twice_is_refused() -> None:
    value = rows(lock_text([FIRST]))
    value["pins"] *= 2
    with pytest.raises(IntegrityError) as caught:
        lock_pins(json.dumps(value))
    assert caught.value.code == "bad-lock"


def test_bytes_are_read_as_utf_8() -> None:
    assert lock_pins(lock_text([FIRST]).encode()) == (FIRST,)
