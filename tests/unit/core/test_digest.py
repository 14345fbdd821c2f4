from __future__ import annotations

import hashlib

import pytest

from weighbridge.core import digest
from weighbridge.core.errors import IntegrityError

GOOD = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        GOOD[:-1],
        GOOD + "0",
        GOOD.upper(),
        GOOD + "\n",
        " " + GOOD,
        GOOD[7:],
        "md5:" + GOOD[7:],
        None,
        1,
        b"a",
    ],
)
def test_what_is_no_digest(text: object) -> None:
    assert not digest.is_digest(text)
    with pytest.raises(IntegrityError) as caught:
        digest.require_digest(text)
    assert caught.value.code == "bad-digest"


def test_what_is_one() -> None:
    assert digest.is_digest(GOOD)
    assert digest.require_digest(GOOD) == GOOD


@pytest.mark.parametrize(
    ("text", "good"), [("a" * 64, True), ("a" * 63, False), ("A" * 64, False), ("٣" * 64, False), (None, False)]
)
def test_64_hexadecimal_digits(text: object, good: bool) -> None:  # noqa: FBT001 - a row of the table
    assert digest.is_hex64(text) is good


def test_of_bytes_and_of_values() -> None:
    assert digest.of_bytes(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest.of_value({"b": 1, "a": []}) == "sha256:" + hashlib.sha256(b'{"a":[],"b":1}').hexdigest()


def test_short_is_readable() -> None:
    assert digest.short(GOOD) == digest.short(GOOD[7:]) == "0123456789ab"
