from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.core import canonical
from weighbridge.sources._plain_json import MAX_BYTES, bounded, plain

TEXT = st.text(st.characters())
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=30,
)


@given(ANYTHING)
def test_whatever_it_was_it_is_canonical_json_after(value: object) -> None:
    found = plain(value)
    assert canonical.loads(canonical.dumps(found)) == found


@given(st.dictionaries(TEXT, ANYTHING))
def test_a_bounded_record_is_small_and_says_what_is_missing(values: dict[str, object]) -> None:
    kept, omitted = bounded(values)
    assert len(canonical.dumps(kept)) <= MAX_BYTES
    assert not set(kept) & set(omitted)
    assert len(kept) + len(omitted) <= len(values)


def test_large_entries_go_first() -> None:
    kept, omitted = bounded({"a": "x" * MAX_BYTES, "b": 1, "c": "y" * (MAX_BYTES // 2), "d": "z" * (MAX_BYTES // 2)})
    assert sorted(kept) == ["b", "c"]
    assert omitted == ["a", "d"]


def test_depth_ends_in_text() -> None:
    deep: object = 0.5
    for _ in range(30):
        deep = {"k": deep}
    found = plain(deep)
    for _ in range(16):
        assert isinstance(found, dict)
        found = found["k"]
    assert isinstance(found, str)
