from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.pins import make_pin
from tests.property.attempts import attempt
from tests.property.test_canonical_properties import TEXTS, VALUES

from weighbridge.core import canonical
from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.lock import lock_pins, lock_text
from weighbridge.core.ref import Ref

if TYPE_CHECKING:
    from weighbridge.core.pin import Pin

CONTENTS = st.dictionaries(
    st.sampled_from(["a", "b/c", "ü.bin", "model.safetensors"]), st.binary(max_size=3), min_size=1
)
PINS = st.lists(
    st.builds(
        make_pin,
        files=CONTENTS,
        follow=st.sampled_from(["", "main", "refs/pr/1"]),
        metadata=st.dictionaries(TEXTS, VALUES, max_size=3),
        references=st.dictionaries(TEXTS, TEXTS, max_size=2),
    ),
    max_size=3,
    unique_by=lambda pin: pin.digest,
)
SMALL = lock_text([make_pin(files={"a": b"1", "b": b"2"}, metadata={})])
IDENTITY = [(pin.name, pin.digest) for pin in lock_pins(SMALL)]


@given(PINS)
def test_what_was_written_is_read(pins: list[Pin]) -> None:
    assert lock_pins(lock_text(pins)) == tuple(sorted(pins, key=lambda pin: pin.digest))


@given(PINS, st.data())
def test_the_text_depends_on_nothing_but_the_pins(pins: list[Pin], data: st.DataObject) -> None:
    text = lock_text(pins)
    assert lock_text(data.draw(st.permutations(pins))) == text
    assert lock_text(lock_pins(text)) == text


def corruptions(character: str) -> list[str]:
    """Every text with one character replaced, dropped or inserted."""
    found = []
    for place in range(len(SMALL)):
        found += [
            SMALL[:place] + character + SMALL[place + 1 :],
            SMALL[:place] + SMALL[place + 1 :],
            SMALL[:place] + character + SMALL[place:],
        ]
    return found


@pytest.mark.parametrize("character", ["0", "f", "A", '"', "{", ",", " ", "\\", "\n", "/", ".", "é", "\0", "-"])
def test_any_corrupted_character_is_refused_or_changes_no_identity(character: str) -> None:
    outcomes = set()
    for text in corruptions(character):
        pins = attempt(partial(lock_pins, text))
        if isinstance(pins, WeighbridgeError):
            outcomes.add(pins.exit_code)
            continue
        # What the lock says besides the bytes (revision, follow, md5…) is guarded by the signed pin, not by its digest.
        assert [pin.digest for pin in pins] == [digest for _, digest in IDENTITY]
    assert outcomes <= {2, 20}
    assert 20 in outcomes


@given(st.text(max_size=30), st.integers(0, len(SMALL)), st.integers(0, 30))
def test_any_damage_is_refused_with_our_own_error_or_changes_no_identity(text: str, place: int, dropped: int) -> None:
    damaged = SMALL[:place] + text + SMALL[place + dropped :]
    pins = attempt(lambda: lock_pins(damaged))
    if isinstance(pins, WeighbridgeError):
        assert pins.exit_code in {2, 20}
    else:
        assert {pin.digest for pin in pins} <= {digest for _, digest in IDENTITY}


@given(VALUES)
def test_any_json_is_no_lock(value: canonical.Json) -> None:

    with pytest.raises(WeighbridgeError):
        lock_pins(canonical.dumps(value))


SCHEMES = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Zs", "Cn", "Co"]), min_size=1, max_size=12
)
PLAIN = WORDS.filter(lambda text: not set(text) & set("@#"))


@given(SCHEMES.filter(lambda text: text not in {"file", "http", "https"}), PLAIN, st.none() | PLAIN, st.none() | PLAIN)
def test_a_reference_that_was_written_is_read(scheme: str, name: str, revision: str | None, part: str | None) -> None:
    ref = Ref(scheme, name, revision, part)
    assert Ref.parse(str(ref)) == ref
    assert Ref.parse(ref.source).at(revision) == ref


@given(st.text(max_size=30) | st.builds("{}:{}".format, SCHEMES, st.text(max_size=20)))
def test_any_text_is_a_reference_that_gives_it_back_or_refused(text: str) -> None:
    ref = attempt(lambda: Ref.parse(text))
    if isinstance(ref, WeighbridgeError):
        assert ref.code == "bad-ref"
        assert ref.message.isprintable()
    else:
        assert str(ref) == text
