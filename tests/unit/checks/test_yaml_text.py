from __future__ import annotations

import pytest

from weighbridge.checks.yaml_text import parse

BOMB = b"a0: &a0 [1, 2]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"a: !!python/object/apply:os.system [x]", "tag"),
        (b"a: !!python/name:os.system", "tag"),
        (b"%TAG ! tag:yaml.org,2002:python/\n---\n!name:os.system x", "tag"),
        (b"!<tag:example.com:x> {}", "tag"),
        (b"!!set {a}", "tag"),
        (b"a: 1\na: 2", "duplicate-key"),
        (b"[a, b]: 1", "key"),
        (b"? {a: 1}\n: 2", "key"),
        (b"<<: 1", "merge"),
        (b"a: !!int x", "value"),
        (b"a: *b", "alias"),
        (b"&a [*a]", "alias"),
        (BOMB, "alias"),
        (b"[" * 200, "nesting"),
        (b"- " * 200, "nesting"),
        (b"a: 'x", "syntax"),
        (b"a: b: c", "syntax"),
        (b"\x01", "syntax"),
        (b"\xff", "utf-8"),
        (b"#" * 3_000_000, "limit"),
        (b"-\n" * 250_000, "limit"),
    ],
)
def test_what_is_not_plain_data_is_a_fault(data: bytes, fault: str) -> None:
    assert {each.id for each in parse(data).faults} == {fault}


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", None),
        (b"a: [1, 2.5, yes, ~, 0x10, 1e3, 2020-01-01, 'no', !!str 1]", None),
        (b"--- 1\n--- 2\n", [1, 2]),
        (b"base: &b {a: 1, c: 3}\nx: {<<: *b, a: 2}", {"base": {"a": 1, "c": 3}, "x": {"a": 2, "c": 3}}),
        (b"- &a {a: 1}\n- {<<: [*a, {a: 2, b: 3}]}", [{"a": 1}, {"a": 1, "b": 3}]),
        (b"- <<\n- {a: <<}", ["<<", {"a": "<<"}]),
        (b"a: " + b"1" * 200, {"a": "1" * 200}),
        ("a: \U0001f680".encode(), {"a": "\U0001f680"}),
    ],
)
def test_plain_data_is_read(data: bytes, value: object) -> None:
    report = parse(data)
    assert report.faults == ()
    expected = {"a": [1, 2.5, True, None, 16, "1e3", "2020-01-01", "no", "1"]} if data[:4] == b"a: [" else value
    assert report.value == expected
