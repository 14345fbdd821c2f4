from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.attempts import attempt

from weighbridge.core import canonical
from weighbridge.core.errors import IntegrityError, WeighbridgeError

INTEGERS = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | INTEGERS | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30)


@given(VALUES)
def test_what_was_written_is_read(value: canonical.Json) -> None:
    assert canonical.loads(canonical.dumps(value)) == value


@given(VALUES)
def test_canonical_text_is_its_own_canonical_form(value: canonical.Json) -> None:
    data = canonical.dumps(value)
    assert canonical.dumps(canonical.loads(data)) == data


@given(VALUES, st.booleans(), st.sampled_from([None, 0, 2]))
def test_however_it_is_written_it_means_the_same(value: canonical.Json, ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001 - drawn
    loose = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert canonical.dumps(canonical.loads(loose)) == canonical.dumps(value)


@given(VALUES, VALUES)
def test_different_values_have_different_bytes(one: canonical.Json, other: canonical.Json) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical.dumps(one) == canonical.dumps(other)) is same


@given(st.dictionaries(TEXTS, INTEGERS))
def test_keys_are_in_the_order_of_utf_16(value: dict[str, int]) -> None:
    read = json.loads(canonical.dumps(value))
    assert list(read) == sorted(value, key=lambda key: [*memoryview(key.encode("utf-16-le")).cast("H")])


@given(st.dictionaries(TEXTS, INTEGERS, min_size=2))
def test_the_order_of_insertion_does_not_matter(value: dict[str, int]) -> None:
    assert canonical.dumps(dict(reversed(value.items()))) == canonical.dumps(value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    value = attempt(lambda: canonical.loads(data))
    if isinstance(value, WeighbridgeError):
        assert value.code == "bad-json"
    else:
        assert canonical.loads(canonical.dumps(value)) == value


@given(VALUES, st.floats() | st.integers(min_value=2**53) | st.just("\ud800"))
def test_one_bad_value_anywhere_is_refused(value: canonical.Json, bad: object) -> None:
    for whole in ([value, bad], {"a": value, "b": {"c": bad}}):
        with pytest.raises(IntegrityError):
            canonical.dumps(whole)
