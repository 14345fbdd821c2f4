from __future__ import annotations

import pytest

from weighbridge.core.http import Answer, FileRange, Request, one_line


def test_a_target_is_split_and_not_decoded() -> None:
    request = Request("GET", "/a%2Fb?c=%20?d")
    assert (request.path, request.query) == ("/a%2Fb", "c=%20?d")
    assert Request("GET", "/a").query == ""


@pytest.mark.parametrize(
    ("name", "value"), [("X", "a\r\nb"), ("X", "a\n"), ("X", "é"), ("X\n", "a"), ("X Y", "a"), ("", "a"), ("X", "\x7f")]
)
def test_a_header_that_would_break_its_line_can_not_be_made(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="is not a header"):
        Answer(200, {name: value})


def test_the_length_is_that_of_the_bytes_or_of_the_part_of_the_file() -> None:
    assert Answer(200, body=b"abc").length == 3
    assert Answer(206, body=FileRange("sha256:0", "a", 5, 7, 100, "org/a", "c")).length == 7


def test_a_line_is_printable_ascii_and_not_too_long() -> None:
    assert one_line(" a\r\n b\t\u2028c\x00é ") == "a b c??"
    assert one_line("x" * 1000) == "x" * 1000
    assert one_line("x" * 1001) == "x" * 997 + "..."
