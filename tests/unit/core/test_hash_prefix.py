from __future__ import annotations

import pytest

from weighbridge.core.hash_prefix import promised_prefix


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("resnet50-11ad3fa6.pth", "11ad3fa6"),
        ("a-b-0123456789abcdef.tar", "0123456789abcdef"),
        (f"net-{'f' * 64}.pth", "f" * 64),
        (f"net-{'f' * 65}.pth", ""),
        ("net-1234567.pth", ""),
        ("net-11AD3FA6.pth", ""),
        ("net-20190423.pth", ""),
        ("net-20999999.pth", "20999999"),
        ("net-11ad3fa6", ""),
        ("net-11ad3fa6.tar.gz", "11ad3fa6"),
        ("net.pth", ""),
        ("folder/net-11ad3fa6.pth", ""),
        ("", ""),
    ],
)
def test_what_a_name_promises(name: str, prefix: str) -> None:
    assert promised_prefix(name) == prefix
