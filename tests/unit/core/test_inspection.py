from __future__ import annotations

import pytest
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core.errors import IntegrityError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import inspection_from

NOTE = Finding("credential", "a", Severity.NOTE, "x")
WARN = Finding("credential", "b", Severity.WARN, "x")
SEEN = inspection_of(FIRST, NOTE, WARN)


def test_what_was_written_is_read() -> None:
    assert inspection_from(SEEN.to_body()) == SEEN


def test_findings_by_check_and_severity() -> None:
    assert SEEN.groups == {("credential", Severity.NOTE): (NOTE,), ("credential", Severity.WARN): (WARN,)}


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
