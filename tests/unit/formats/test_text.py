from __future__ import annotations

import pytest

from weighbridge.formats.text import parse


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("é".encode(), "utf-8"),
        ("é".encode("utf-8-sig"), "utf-8-sig"),
        ("é".encode("utf-16"), "utf-16"),
        ("é".encode("latin-1"), "latin-1"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    report = parse(data)
    assert (report.text, report.encoding, report.faults) == ("é", encoding, ())


@pytest.mark.parametrize(
    ("data", "fault"),
    [(b"a\0b", "nul"), (b"\xff\x01", "encoding"), (b"\xff\xfea", "encoding"), (b"\xe9\0", "encoding")],
)
def test_what_is_no_text(data: bytes, fault: str) -> None:
    assert [each.id for each in parse(data).faults] == [fault]


def test_control_characters_are_counted() -> None:
    assert parse(b"a\x1b[0m\x7f\t\r\n\f").controls == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain \u200f\u200e", (0, 0, 0)),
        ("\u2067abc\u2069", (2, 0, 0)),
        ("\u202babc\u202c \u2066x\u2069", (4, 0, 0)),
        ("one\n\u2066two", (1, 0, 2)),
        ("\u2069\u202c", (2, 0, 0)),
        ("\u202eabc\u202c", (2, 1, 0)),
        ("\u202bopen", (1, 0, 1)),
    ],
)
def test_directions(text: str, found: tuple[int, int, int]) -> None:
    report = parse(text.encode())
    assert (report.bidi, report.overrides, report.unbalanced) == found


def test_characters_that_are_never_shown() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e007f"
    assert parse(flag.encode()).hidden == 0
    assert parse((flag + "\U000e0067").encode()).hidden == 1
    assert parse(("a" + "\ufe01" * 5 + "\u2764\ufe0f").encode()).hidden == 1
