"""What is remembered, what leaves, and what is never remembered."""

from __future__ import annotations

import pytest

from weighbridge.core.memo import Memo


class Making:
    """Makes words and counts how often; a word weighs as many as it has letters."""

    def __init__(self, most: int) -> None:
        self.memo = Memo[str](most, len)
        self.made: list[str] = []

    def of(self, key: str) -> str:
        return self.memo.of(key, lambda: self.make(key))

    def make(self, key: str) -> str:
        self.made.append(key)
        return key.upper()


def test_the_same_is_made_once() -> None:
    making = Making(10)
    assert [making.of(key) for key in ("a", "b", "a", "b")] == ["A", "B", "A", "B"]
    assert making.made == ["a", "b"]


def test_what_was_used_longest_ago_leaves_first() -> None:
    making = Making(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert making.of(key) == key.upper()
    assert making.made == ["a", "b", "c", "b"]


def test_what_is_heavier_than_the_room_is_made_every_time() -> None:
    making = Making(2)
    assert making.of("abc") == making.of("abc") == "ABC"
    assert making.made == ["abc", "abc"]
    # It takes no room from what comes after it.
    assert making.of("de") == making.of("de") == "DE"
    assert making.made == ["abc", "abc", "de"]


def test_an_error_is_not_remembered() -> None:
    making = Making(2)

    def fail() -> str:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        making.memo.of("a", fail)
    assert making.of("a") == "A"


def test_what_somebody_else_made_meanwhile_weighs_once() -> None:
    making = Making(2)
    assert making.memo.of("a", lambda: making.of("a")) == "A"
    assert [making.of(key) for key in ("b", "a", "b")] == ["B", "A", "B"]
    assert making.made == ["a", "b"]
