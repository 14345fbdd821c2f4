from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from tests.fakes.pins import entry

from weighbridge.core.errors import IntegrityError
from weighbridge.core.manifest import FileEntry, Manifest

GOOD = FileEntry("a", 1, "a" * 64, "b" * 64)


def test_the_digest_is_the_hash_of_the_documented_text() -> None:
    first, second = FileEntry("a", 1, "a" * 64, "b" * 64), FileEntry("é", 0, "c" * 64, "d" * 64)
    text = (
        f'{{"files":[{{"blake3":"{"b" * 64}","path":"a","sha256":"{"a" * 64}","size":1}},'
        f'{{"blake3":"{"d" * 64}","path":"é","sha256":"{"c" * 64}","size":0}}],"type":"weighbridge.manifest/1"}}'
    )
    assert Manifest.of([second, first]).digest == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_files_are_sorted_by_the_bytes_of_their_paths() -> None:
    listed = ["\U00010000", "\ue000", "z", "B", "a/b", "a-b", "a.b"]
    found = [file.path for file in Manifest.of(map(entry, listed)).files]
    assert found == ["B", "a-b", "a.b", "a/b", "z", "\ue000", "\U00010000"]


def test_its_size_is_that_of_all_files() -> None:
    assert Manifest.of([entry("a", b"123"), entry("b", b""), entry("c", b"45")]).size == 5


def test_a_manifest_of_nothing_is_refused() -> None:
    with pytest.raises(IntegrityError) as caught:
        Manifest.of([])
    assert caught.value.code == "empty-manifest"


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, size=-1),
        replace(GOOD, size=True),
        replace(GOOD, size=1.0),  # type: ignore[arg-type] # what a careless reader of JSON hands in
        replace(GOOD, sha256="A" * 64),
        replace(GOOD, sha256=""),
        replace(GOOD, blake3="b" * 63),
        replace(GOOD, blake3=None),  # type: ignore[arg-type] # the same
    ],
)
def test_a_malformed_entry_is_refused(bad: FileEntry) -> None:
    with pytest.raises(IntegrityError) as caught:
        Manifest.of([entry("b"), bad])
    assert caught.value.code == "bad-entry"
    assert "'a'" in caught.value.message


@pytest.mark.parametrize("path", ["../a", "a\ud800"])
def test_a_path_that_can_not_be_governed_is_refused(path: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        Manifest.of([replace(GOOD, path=path)])
    assert caught.value.code == "bad-path"


def test_the_same_path_twice_is_refused() -> None:
    with pytest.raises(IntegrityError) as caught:
        Manifest.of([GOOD, GOOD])
    assert caught.value.code == "bad-path"
