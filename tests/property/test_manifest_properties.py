from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.property.attempts import attempt

from weighbridge.core import paths
from weighbridge.core.digest import is_digest
from weighbridge.core.errors import IntegrityError, WeighbridgeError
from weighbridge.core.manifest import FileEntry, Manifest

HEX64 = st.text("0123456789abcdef", min_size=64, max_size=64)
SEGMENTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join).filter(lambda path: paths.fault(path) is None)


def can_stand(listed: list[str]) -> bool:
    return not isinstance(attempt(lambda: paths.check(listed)), WeighbridgeError)


def together(listed: list[FileEntry]) -> bool:
    return can_stand([entry.path for entry in listed])


ENTRIES = st.builds(FileEntry, PATHS, st.integers(0, 2**53 - 1), HEX64, HEX64)
LISTS = st.lists(ENTRIES, min_size=1, max_size=6, unique_by=lambda entry: entry.path.casefold()).filter(together)


@given(LISTS, st.data())
def test_the_order_of_files_does_not_matter(listed: list[FileEntry], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(listed))
    assert Manifest.of(shuffled) == Manifest.of(listed)
    assert is_digest(Manifest.of(listed).digest)


@given(LISTS, st.data())
def test_any_change_gives_another_digest(listed: list[FileEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(listed) - 1))
    other = data.draw(ENTRIES)
    old = listed[place]
    changes = [
        replace(old, size=other.size),
        replace(old, sha256=other.sha256),
        replace(old, blake3=other.blake3),
        replace(old, path=other.path),
    ]
    changed = [*listed[:place], data.draw(st.sampled_from(changes)), *listed[place + 1 :]]
    assume(together(changed) and changed[place] != old)
    assert Manifest.of(changed).digest != Manifest.of(listed).digest


@given(LISTS, ENTRIES)
def test_a_file_more_gives_another_digest(listed: list[FileEntry], more: FileEntry) -> None:
    assume(together([*listed, more]))
    assert Manifest.of([*listed, more]).digest != Manifest.of(listed).digest


@given(LISTS)
def test_swapped_contents_give_another_digest(listed: list[FileEntry]) -> None:
    assume(len(listed) > 1 and replace(listed[0], path="") != replace(listed[1], path=""))
    first, second = listed[:2]
    swapped = [replace(first, path=second.path), replace(second, path=first.path), *listed[2:]]
    assert Manifest.of(swapped).digest != Manifest.of(listed).digest


@given(LISTS)
def test_the_same_bytes_with_another_hash_function_do_not_collide(listed: list[FileEntry]) -> None:
    exchanged = [replace(entry, sha256=entry.blake3, blake3=entry.sha256) for entry in listed]
    same = Manifest.of(exchanged).digest == Manifest.of(listed).digest
    assert same is (exchanged == listed)


@given(st.text(max_size=20))
def test_any_text_is_a_path_or_has_a_fault(text: str) -> None:
    if paths.fault(text) is None:
        paths.check([text])
        assert text.encode("utf-8")
        assert not set(text.split("/")) & {"", ".", ".."}
    else:
        with pytest.raises(IntegrityError) as caught:
            paths.check([text])
        assert caught.value.message.isprintable()
        assert caught.value.hint.isprintable()


@given(PATHS)
def test_every_spelling_of_a_path_collides_with_it(path: str) -> None:
    for other in (path.upper(), path.lower(), path.casefold(), path.swapcase()):
        same = paths._fold(other) == paths._fold(path)
        if same and other != path:
            with pytest.raises(IntegrityError):
                paths.check([path, other])
    assert paths._fold(paths._fold(path)) == paths._fold(path)


@given(st.lists(PATHS, max_size=5))
def test_the_verdict_on_paths_does_not_depend_on_their_order(listed: list[str]) -> None:
    assert can_stand(listed) is can_stand(listed[::-1])
