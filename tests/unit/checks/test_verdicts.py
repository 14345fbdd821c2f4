from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.checks.tree import Tree
from weighbridge.checks.verdicts import check
from weighbridge.core.finding import Severity

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json


def found(security: Json, source: str = "hf:org/model") -> list[tuple[str, Severity]]:
    tree = Tree({"a.bin": 1, "b.bin": 2}, {}, source, {"security": security})
    findings = list(check(tree))
    assert {item.check for item in findings} <= {"hub-verdict"}
    return [(item.path, item.severity) for item in findings]


def said(complete: bool = True, **more: Json) -> dict[str, Json]:  # noqa: FBT001, FBT002 - a row of a table
    return {"complete": complete, "files": {}, **more}


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        ("unsafe", Severity.DENY),
        ("suspicious", Severity.WARN),
        ("caution", Severity.WARN),
        ("a level of its own", Severity.WARN),
        ("queued", Severity.NOTE),
    ],
)
def test_levels(level: str, severity: Severity) -> None:
    assert found(said(files={"a.bin": level, "b.bin": "safe"})) == [("a.bin", severity)]


def test_clean_is_silent() -> None:
    assert found(said()) == []


def test_files_that_were_left_out_are_noted() -> None:
    assert found(said(files={"c.bin": "unsafe"})) == [(".", Severity.NOTE)]


def test_scans_that_have_not_finished_are_noted() -> None:
    assert found(said(complete=False)) == [(".", Severity.NOTE)]


def test_more_complaints_than_are_recorded_deny() -> None:
    assert found(said(omitted=3)) == [(".", Severity.DENY)]


@pytest.mark.parametrize("security", [None, "odd", {}, {"files": []}])
def test_no_verdict_is_noted(security: Json) -> None:
    assert found(security) == [(".", Severity.NOTE)]


def test_other_sources_have_no_verdicts() -> None:
    assert found(None, "folder:/x") == []
