from __future__ import annotations

import json

import pytest

from weighbridge.formats import json_text
from weighbridge.formats.json_text import parse


def ids(data: bytes) -> set[str]:
    return {fault.id for fault in parse(data).faults}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "syntax"),
        (b"{'a': 1}", "syntax"),
        (b'{"a": 1,}', "syntax"),
        (b'"a\nb"', "syntax"),
        (b"[1] [2]", "trailing"),
        (b"\xff", "utf-8"),
        ('{"a": 1}'.encode("utf-16"), "utf-8"),
        (b'{"a": {"b": 1, "b": 2}}', "duplicate-key"),
        (b'{"a": 1, "\\u0061": 2}', "duplicate-key"),
        (b'"\\udc00\\ud800"', "surrogate"),
        (b'"\\ud83d"', "surrogate"),
        (b"1e999", "number"),
        (b"0." + b"1" * 2000, "number"),
        (b"1" * 5000, "number"),
        (b"[" * 201 + b"]" * 201, "nesting"),
        (b'{"a":' * 201, "nesting"),
    ],
)
def test_what_readers_disagree_on_is_a_fault(data: bytes, fault: str) -> None:
    assert ids(data) == {fault}


@pytest.mark.parametrize(
    "value",
    [{}, [], "x", 1, None, {"a": [1, 2.5, True, None, "\U0001f600\\ud800"]}, ["[" * 500, '"' * 9], -1.5e-300],
)
def test_what_json_writes_is_read(value: object) -> None:
    for ascii_only in (True, False):
        report = parse(json.dumps(value, ensure_ascii=ascii_only).encode())
        assert report == json_text.JsonReport(value, ())


def test_numbers_without_end_and_marks_are_counted() -> None:
    report = parse(b'\xef\xbb\xbf{"a": [NaN, Infinity, -Infinity]}')
    assert (report.faults, report.nonfinite, report.bom, report.complete) == ((), 3, True, True)


def test_faults_say_where() -> None:
    assert parse('["é", x]'.encode()).faults[0].offset == 7
    assert parse(b"[1]x").faults[0].offset == 3
    assert parse(b'["a", "\\ud800"]').faults[0].offset == 7


def test_too_many_faults_end_the_reading() -> None:
    report = parse(b"{" + b",".join(b'"a": 1' for _ in range(500)) + b"}")
    assert report.faults[-1].id == "too-many-faults"
    assert not report.complete


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_CONTAINERS", 10)
    assert ids(b"[" + b"[]," * 30 + b"0]") == {"limit"}
    monkeypatch.setattr(json_text, "MAX_BYTES", 10)
    assert ids(b" " * 11) == {"limit"}


@pytest.mark.parametrize("data", [b'"' * 300_000, b'"\\' * 300_000, b'{"' * 300_000, b"\\ud800" * 100_000])
def test_hostile_texts_take_linear_time(data: bytes) -> None:
    assert parse(data).faults
