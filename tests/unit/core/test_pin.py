from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.pins import FILES, make_pin, pinned

from weighbridge.core.errors import IntegrityError, UsageError, WeighbridgeError
from weighbridge.core.pin import pin_from_json
from weighbridge.core.ref import Ref

PIN = make_pin(references={"base": "sha256:" + "3" * 64})


def written() -> dict[str, Any]:
    return PIN.to_json()


def refused(row: Any, kind: type[WeighbridgeError] = IntegrityError) -> str:
    with pytest.raises(kind) as caught:
        pin_from_json(row)
    return caught.value.code


def test_what_was_written_is_read() -> None:
    assert pin_from_json(written()) == PIN


def test_a_pin_knows_its_manifest() -> None:
    assert [file.path for file in PIN.manifest.files] == ["config.json", "model.safetensors"]
    assert PIN.digest == PIN.manifest.digest == written()["digest"]
    assert PIN.size == 9


@pytest.mark.parametrize(("follow", "ref"), [("main", Ref("hf", "org/minilm", "main")), ("", Ref("hf", "org/minilm"))])
def test_the_ref_that_it_follows(follow: str, ref: Ref) -> None:
    assert make_pin(follow=follow).ref == ref


@pytest.mark.parametrize("key", list(PIN.to_json()))
def test_every_key_is_needed_and_typed(key: str) -> None:
    missing = {name: value for name, value in written().items() if name != key}
    assert refused(missing) == "bad-shape"
    assert refused({**written(), key: 1.5}) in {"bad-shape", "digest-mismatch"}


def test_an_unknown_key_is_refused() -> None:
    assert refused({**written(), "approved": True}) == "bad-shape"
    assert refused([]) == "bad-shape"


@pytest.mark.parametrize("key", ["path", "size", "sha256", "blake3", "md5", "promise"])
def test_every_key_of_a_file_is_needed_and_typed(key: str) -> None:
    row = written()
    row["files"][0][key] = None
    assert refused(row) == "bad-shape"
    del row["files"][0][key]
    assert refused(row) == "bad-shape"


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("md5", "A" * 32, "bad-entry"),
        ("md5", "", "bad-entry"),
        ("promise", "sha1:0", "bad-entry"),
        ("sha256", "x", "bad-entry"),
        ("blake3", "", "bad-entry"),
        ("size", -1, "bad-shape"),
        ("path", "../x", "bad-path"),
        ("path", "model.safetensors", "bad-path"),
        ("sha256", "0" * 64, "digest-mismatch"),
        ("blake3", "0" * 64, "digest-mismatch"),
        ("size", 3, "digest-mismatch"),
        ("path", "a.json", "digest-mismatch"),
        ("path", "z.json", "bad-order"),
    ],
)
def test_a_changed_file_is_refused(key: str, value: object, code: str) -> None:
    row = written()
    row["files"][0][key] = value
    assert refused(row) == code


def test_a_wrong_digest_is_refused_with_both() -> None:
    with pytest.raises(IntegrityError) as caught:
        pin_from_json({**written(), "digest": "sha256:" + "0" * 64})
    assert caught.value.code == "digest-mismatch"
    assert caught.value.details == {"written": "sha256:" + "0" * 64, "computed": PIN.digest}


def test_a_pin_without_files_is_refused() -> None:
    assert refused({**written(), "files": []}) == "empty-manifest"


@pytest.mark.parametrize(
    "value",
    [
        "x",
        [1],
        [{"path": "a", "size": 1}],
        [{"path": "a", "size": -1, "promise": ""}],
        [{"path": 1, "size": 1, "promise": ""}],
    ],
)
def test_a_malformed_list_of_what_was_left_out_is_refused(value: object) -> None:
    assert refused({**written(), "omitted": value}) == "bad-shape"


def test_a_malformed_promise_of_what_was_left_out_is_refused() -> None:
    assert refused({**written(), "omitted": [{"path": "a", "size": 1, "promise": "crc:1"}]}) == "bad-entry"


@pytest.mark.parametrize(("key", "value"), [("name", "Not A Name"), ("name", "../up"), ("source", "no reference")])
def test_a_name_or_source_that_can_not_be_is_refused(key: str, value: str) -> None:
    assert refused({**written(), key: value}, UsageError) in {"bad-name", "bad-ref"}


def test_md5_and_promise_are_no_part_of_the_identity() -> None:
    other = replace(PIN, files=tuple(replace(file, md5="0" * 32, promise="") for file in PIN.files))
    assert other.digest == PIN.digest
    assert pin_from_json(other.to_json()) == other


def test_neither_are_name_and_source() -> None:
    assert make_pin("other", source="file:/x", follow="", revision="x", metadata={}).digest == PIN.digest


def test_a_file_without_a_promise() -> None:
    bare = replace(pinned("a", b""), promise="")
    assert bare.to_json()["promise"] == ""
    assert FILES
