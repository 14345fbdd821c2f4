from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType

import pytest

from weighbridge.core import canonical
from weighbridge.core.errors import IntegrityError


def refused(value: object) -> str:
    with pytest.raises(IntegrityError) as caught:
        canonical.dumps(value)
    assert caught.value.code == "bad-json"
    assert caught.value.exit_code == 20
    return caught.value.message


def unread(data: bytes | str) -> str:
    with pytest.raises(IntegrityError) as caught:
        canonical.loads(data)
    assert caught.value.code == "bad-json"
    assert caught.value.hint
    return caught.value.message


def test_keys_are_sorted_as_in_rfc_8785_section_3_2_3() -> None:
    given = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    expected = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]
    read = canonical.loads(canonical.dumps(given))
    assert isinstance(read, dict)
    assert list(read.values()) == expected


def test_a_surrogate_pair_sorts_before_the_private_use_area() -> None:
    # Code points and UTF-8 say the contrary: U+E000 < U+10000.
    assert canonical.dumps({"\ue000": 1, "\U00010000": 2}) == '{"\U00010000":2,"\ue000":1}'.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, b"null"),
        (True, b"true"),
        (False, b"false"),
        (0, b"0"),
        (-1, b"-1"),
        (2**53 - 1, b"9007199254740991"),
        (1 - 2**53, b"-9007199254740991"),
        ([], b"[]"),
        ((), b"[]"),
        ({}, b"{}"),
        ([1, "a", None], b'[1,"a",null]'),
        ({"b": 1, "a": {"d": [], "c": ""}}, b'{"a":{"c":"","d":[]},"b":1}'),
        ({"é": [1, {"b": 2, "a": 1}]}, '{"é":[1,{"a":1,"b":2}]}'.encode()),
        ("", b'""'),
        ('\b\t\n\f\r"\\', rb'"\b\t\n\f\r\"\\"'),
        ("\x00\x01\x0b\x1f", rb'"\u0000\u0001\u000b\u001f"'),
        ("/\x7f", b'"/\x7f"'),
        ("\u20ac\u2028\U0001f600", '"\u20ac\u2028\U0001f600"'.encode()),
    ],
)
def test_the_bytes_of_a_value(value: object, text: bytes) -> None:
    assert canonical.dumps(value) == text


def test_a_kind_of_integer_is_written_as_a_number() -> None:
    class Kind(IntEnum):
        ONE = 1

    assert canonical.dumps([Kind.ONE]) == b"[1]"


@pytest.mark.parametrize(
    "value", [1.0, 0.5, float("nan"), float("inf"), b"bytes", {1, 2}, object(), MappingProxyType({})]
)
def test_a_foreign_value_is_refused_by_its_type(value: object) -> None:
    assert type(value).__name__ in refused({"deep": [value]})


@pytest.mark.parametrize("value", [2**53, -(2**53), 2**200])
def test_an_integer_that_a_double_can_not_hold_is_refused(value: int) -> None:
    assert "2**53" in refused([value])


@pytest.mark.parametrize("value", [{"a\udc80": 1}, ["\ud83d"], ["", {"a": "b\udfff"}]])
def test_a_lone_surrogate_is_refused(value: object) -> None:
    assert "surrogate" in refused(value)


@pytest.mark.parametrize("key", [1, None, True, b"a", ("a",)])
def test_a_key_that_is_no_text_is_refused(key: object) -> None:
    assert "key" in refused({key: 1})


def nested(levels: int) -> object:
    value: object = 0
    for _ in range(levels):
        value = [value]
    return value


def test_nesting_is_bounded() -> None:
    assert canonical.dumps(nested(canonical.MAX_DEPTH)) == b"[" * 64 + b"0" + b"]" * 64
    assert "64" in refused(nested(canonical.MAX_DEPTH + 1))
    assert canonical.loads(b"[" * 64 + b"0" + b"]" * 64) == nested(64)
    assert "64" in unread(b"[" * 65 + b"0" + b"]" * 65)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[" * 200_000 + "]" * 200_000])
def test_a_bomb_of_brackets_is_an_error_and_no_crash(text: str) -> None:
    assert unread(text)


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '{"b":{"a":1,"\\u0061":2}}', '[{"":0,"":0}]'])
def test_a_duplicate_key_is_refused(text: str) -> None:
    assert "duplicate" in unread(text)


@pytest.mark.parametrize("text", ["1.0", "1e3", "-0.0", "[1E+2]", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_no_integer_is_refused(text: str) -> None:
    assert "not an integer" in unread(text)


@pytest.mark.parametrize("text", ["9007199254740992", "-9007199254740992", "9" * 5000, "-" + "9" * 5000])
def test_a_big_integer_is_refused(text: str) -> None:
    assert "2**53" in unread(text)


@pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udc00":1}', '["a\\ud83d"]'])
def test_an_escaped_lone_surrogate_is_refused(text: str) -> None:
    assert "surrogate" in unread(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"nul",
        b"{'a':1}",
        b"[1,]",
        b'{"a":1}x',
        b"01",
        b'"\n"',
        b"\xef\xbb\xbf{}",
        b"\xff",
        b'"\xc0\x80"',
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    assert "not JSON" in unread(data)


def test_reading_does_not_ask_for_the_canonical_form() -> None:
    assert canonical.loads('{ "b" : [ 1 , -0 ],\n"a": "\\u00e9\\ud83d\\ude00" }') == {"a": "é😀", "b": [1, 0]}


def test_read_text_and_bytes_are_the_same() -> None:
    assert canonical.loads('"é"') == canonical.loads('"é"'.encode()) == "é"
