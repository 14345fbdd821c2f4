from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core.errors import IntegrityError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import Tool, inspection_from, united

NOTE = Finding("credential", "a", Severity.NOTE, "x")
WARN = Finding("credential", "b", Severity.WARN, "x")
SEEN = inspection_of(FIRST, NOTE, WARN)


def test_what_was_written_is_read() -> None:
    assert inspection_from(SEEN.to_body()) == SEEN


def test_findings_by_check_and_severity() -> None:
    assert SEEN.groups == {("credential", Severity.NOTE): (NOTE,), ("credential", Severity.WARN): (WARN,)}


def test_one_inspection_is_itself() -> None:
    assert united([SEEN]) is SEEN


def test_several_inspections_are_read_cautiously() -> None:
    done = Tool("picklescan", "1.0", "complete")
    other = replace(
        SEEN,
        findings=(NOTE,),
        formats={**SEEN.formats, "config.json": "text", "new.py": "python"},
        facts={"code": ("new.py",), "licences": ("MIT",), "publisher": ("a", "b")},
        tools=(done,),
        ruleset="sha256:" + "8" * 64,
    )
    first = replace(SEEN, facts={**SEEN.facts, "publisher": ("b",), "push": ("denied-too",)})
    found = united([first, other])
    assert found.findings == (NOTE, WARN)
    assert found.formats == {**SEEN.formats, "config.json": "unknown", "new.py": "unknown"}
    assert found.facts == {
        "code": ("new.py",),
        "licences": ("Apache-2.0", "MIT"),
        "publisher": ("b",),
        "push": ("denied-too",),
    }
    assert found.tools == (done, *SEEN.tools)
    assert found.ruleset == other.ruleset


@pytest.mark.parametrize(
    "change",
    [
        {"findings": [{**NOTE.to_json(), "severity": "note"}]},
        {"findings": [{"check": "a", "path": "b", "severity": "fatal", "message": "c"}]},
        {"tools": [{"name": "a", "version": "1", "status": "asleep"}]},
        {"tools": [{"name": "a", "version": "1"}]},
        {"formats": {"a": 1}},
        {"facts": {"code": "a.py"}},
        {"ruleset": "sha256:1"},
        {"extra": []},
    ],
)
def test_another_shape_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        inspection_from({**SEEN.to_body(), **change})  # type: ignore[dict-item]  # wrong on purpose
