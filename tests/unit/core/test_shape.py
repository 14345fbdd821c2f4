from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.core import shape
from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable

READERS: list[tuple[Callable[..., object], list[object], list[object]]] = [
    (shape.mapping, [{}, {"a": 1}], [None, [], "", 0]),
    (shape.array, [[], [1]], [None, {}, "", 0]),
    (shape.text, ["", "a"], [None, {}, [], 0]),
    (shape.integer, [0, 1, 2**53 - 1], [None, {}, [], "1", -1, True, False]),
    (shape.texts, [{}, {"a": "b"}], [None, [], {"a": 1}, {"a": None}]),
]


@pytest.mark.parametrize(("read", "value"), [(read, value) for read, good, _ in READERS for value in good])
def test_the_right_type_is_given_back(read: Callable[..., object], value: object) -> None:
    assert read(value, "x") == value


@pytest.mark.parametrize(("read", "value"), [(read, value) for read, _, bad in READERS for value in bad])
def test_another_type_is_an_error_that_names_the_key(read: Callable[..., object], value: object) -> None:
    with pytest.raises(IntegrityError, match="models") as caught:
        read(value, "models")
    assert caught.value.code == "bad-shape"
    assert "upgrade" in caught.value.hint


def test_texts_names_the_inner_key() -> None:
    with pytest.raises(IntegrityError, match=r"identity\.owner"):
        shape.texts({"owner": 1}, "identity")


def test_a_list_of_text() -> None:
    assert shape.text_list(["a", "b"], "x") == ("a", "b")
    with pytest.raises(IntegrityError, match="x is not an array"):
        shape.text_list("a", "x")
    with pytest.raises(IntegrityError, match="x is not text"):
        shape.text_list(["a", 1], "x")


def test_a_record_has_exactly_its_keys() -> None:
    assert shape.record({"a": 1, "b": 2}, "x", {"a", "b"}) == {"a": 1, "b": 2}
    with pytest.raises(IntegrityError, match=r"unknown: \['c'\], missing: \['b'\]"):
        shape.record({"a": 1, "c": 2}, "x", {"a", "b"})
    with pytest.raises(IntegrityError, match="an object"):
        shape.record([], "x", set())
