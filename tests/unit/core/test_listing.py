from __future__ import annotations

import pytest

from weighbridge.core.listing import Listing, RemoteFile, is_promise
from weighbridge.core.ref import Ref


@pytest.mark.parametrize("text", ["", "sha256:" + "a" * 64, "git:" + "0" * 40])
def test_what_is_a_promise(text: str) -> None:
    assert is_promise(text)


@pytest.mark.parametrize(
    "text", ["sha256:" + "a" * 63, "sha256:" + "A" * 64, "git:" + "0" * 64, "md5:" + "0" * 32, " ", "x"]
)
def test_what_is_none(text: str) -> None:
    assert not is_promise(text)


def test_a_file_left_out_as_it_stands_in_a_pin() -> None:
    assert RemoteFile("a.bin", 3).to_json() == {"path": "a.bin", "promise": "", "size": 3}


def test_a_listing_may_know_nothing_more_than_its_files() -> None:
    listing = Listing(Ref("hf", "org/name"), "0" * 40, ())
    assert listing.identity == {}
    assert listing.metadata == {}
