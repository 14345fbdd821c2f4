from __future__ import annotations

import pytest

from weighbridge.formats.toml_text import parse


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"a = 1\na = 2", "syntax"),
        (b"a = ", "syntax"),
        (b"a = '\xff'", "utf-8"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "nesting"),
        (b"a" + b".a" * 2000 + b" = 1", "limit"),
        (b"#" * 600_000, "limit"),
        (b"a = [" + b"[]," * 30_000 + b"]", "limit"),
    ],
)
def test_broken_documents(data: bytes, fault: str) -> None:
    report = parse(data)
    assert [each.id for each in report.faults] == [fault]
    assert report.value == {}


def test_a_document_is_read() -> None:
    report = parse(b'[a]\nb = [1, "c"]\n')
    assert report.value == {"a": {"b": [1, "c"]}}
    assert report.faults == ()
