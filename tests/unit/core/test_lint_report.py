"""What references mean for a merge, and what excuses them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from weighbridge.core.ignore import Ignore
from weighbridge.core.lint_report import (
    LintReport,
    Remark,
    Told,
    baseline,
    excuse_ignored,
    excuse_known,
    excuse_moved,
    identity,
    read_baseline,
    tell,
)
from weighbridge.core.linted import Linted, Ruling
from weighbridge.core.mention import Mention, Spot

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json

TODAY = date(2026, 11, 1)
LATER = date(2027, 1, 31)


def linted(ruling: Ruling = Ruling.UNPINNED, path: str = "a.py", line: int = 1, cell: int | None = None) -> Linted:
    return Linted(Mention(Spot(path, line, 1, cell), "rule", "call", "hf", "org/name"), ruling, "said")


def told(ruling: Ruling = Ruling.UNPINNED, path: str = "a.py", line: int = 1, cell: int | None = None) -> Told:
    return tell(linted(ruling, path, line, cell), strict=False)


def ignore(until: date = LATER, line: int = 1, **more: str) -> Ignore:
    return Ignore(line, line, (more.get("rule", "unpinned"),), "why", until, more.get("problem", ""))


@pytest.mark.parametrize(
    ("ruling", "level", "strict"),
    [
        (Ruling.UNPINNED, "error", "error"),
        (Ruling.UNRESOLVED, "note", "error"),
        (Ruling.RETIRING, "note", "note"),
        (Ruling.GOVERNED, "", ""),
    ],
)
def test_levels(ruling: Ruling, level: str, strict: str) -> None:
    assert (tell(linted(ruling), strict=False).level, tell(linted(ruling), strict=True).level) == (level, strict)


def test_an_exception_excuses_its_line() -> None:
    (found, other), remarks = excuse_ignored([told(), told(line=2)], {"a.py": [(None, ignore())]}, TODAY)
    assert found.excused == "until 2027-01-31: why"
    assert not other.excused
    assert remarks == []


@pytest.mark.parametrize(
    ("item", "cell"),
    [(ignore(line=2), None), (ignore(rule="alias"), None), (ignore(), 3)],
    ids=["line", "rule", "cell"],
)
def test_an_exception_elsewhere_excuses_nothing_and_is_told(item: Ignore, cell: int | None) -> None:
    (found,), remarks = excuse_ignored([told()], {"a.py": [(cell, item)]}, TODAY)
    assert not found.excused
    assert [(each.level, each.cell) for each in remarks] == [("note", cell)]


def test_an_exception_for_what_is_governed_is_told_as_idle() -> None:
    _, remarks = excuse_ignored([told(Ruling.GOVERNED)], {"a.py": [(None, ignore(rule="governed"))]}, TODAY)
    assert [each.level for each in remarks] == ["note"]


def test_an_exception_ends() -> None:
    (found,), _ = excuse_ignored([told()], {"a.py": [(None, ignore(date(2026, 10, 31)))]}, TODAY)
    assert not found.excused
    assert found.linted.message == "said; its exception ended on 2026-10-31"
    (found,), _ = excuse_ignored([told()], {"a.py": [(None, ignore(TODAY))]}, TODAY)
    assert found.excused


def test_the_latest_of_several_exceptions_counts() -> None:
    items: list[tuple[int | None, Ignore]] = [(None, ignore(date(2020, 1, 1))), (None, ignore())]
    (found,), _ = excuse_ignored([told()], {"a.py": items}, TODAY)
    assert found.excused


def test_nothing_excuses_what_was_revoked() -> None:
    (found,), _ = excuse_ignored([told(Ruling.REVOKED)], {"a.py": [(None, ignore(rule="revoked"))]}, TODAY)
    assert not found.excused
    assert "does not excuse" in found.linted.message
    assert baseline([told(Ruling.REVOKED)]) == []


def test_a_wrong_exception_is_an_error() -> None:
    _, (remark,) = excuse_ignored([told()], {"a.py": [(None, ignore(problem="it is wrong"))]}, TODAY)
    assert (remark.level, remark.message) == ("error", "an exception holds for nothing: it is wrong")
    assert LintReport((), (remark,), 1, "").fails


def test_what_was_there_before_is_excused_as_often_as_it_was_there() -> None:
    twice = [told(line=1), told(line=9), told(line=12)]
    known = Counter({identity(twice[0].linted): 2, ("gone.py", "r", "unpinned", "hf:x", ""): 1})
    found, left = excuse_known(twice, known, "before")
    assert [each.excused for each in found] == ["before", "before", ""]
    assert left == Counter({("gone.py", "r", "unpinned", "hf:x", ""): 1})


def test_what_is_excused_or_nothing_to_tell_uses_up_nothing() -> None:
    silent = told(Ruling.GOVERNED)
    found, left = excuse_known([silent], Counter({identity(silent.linted): 1}), "before")
    assert not found[0].excused
    assert left.total() == 1


def test_what_moved_is_excused_once() -> None:
    left = Counter({identity(linted(path="old.py")): 1})
    found = excuse_moved([told(path="new.py"), told(path="new.py", line=2), told(Ruling.GOVERNED)], left, "before")
    assert [each.excused for each in found] == ["before", "", ""]


def test_a_baseline_comes_back_as_it_was() -> None:
    kept = [told(path="b.py"), told(path="a.py"), told(path="a.py", line=4), told(Ruling.GOVERNED)]
    rows = json.loads(json.dumps(baseline(kept)))
    assert [(row["path"], row["count"]) for row in rows] == [("a.py", 2), ("b.py", 1)]
    assert read_baseline(rows).total() == 3


TEXTS: dict[str, Json] = {"path": "a.py", "rule": "r", "verdict": "unpinned", "model": "hf:a/b", "revision": ""}
ROW: dict[str, Json] = {**TEXTS, "count": 1}


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {**ROW, "count": 0},
        {**ROW, "count": True},
        {**ROW, "count": "1"},
        {**ROW, "more": 1},
        {**ROW, "verdict": "revoked"},
        {**ROW, "path": 7},
    ],
)
def test_a_row_that_no_baseline_has_is_refused(row: Json) -> None:
    with pytest.raises(ValueError, match="no row of a baseline"):
        read_baseline([row])
    assert read_baseline([dict(ROW)]).total() == 1


def test_the_report_as_json() -> None:
    report = LintReport((told(), told(Ruling.RETIRING)), (Remark("a.py", 3, "odd", "note", 2),), 1, "local")
    found = report.to_json(lambda path: f"x/{path}")
    assert (found["verdict"], found["trust"], report.fails) == ("deny", "local", True)
    assert [each.linted.ruling for each in report.notes] == [Ruling.RETIRING]
    assert found["remarks"] == [{"path": "x/a.py", "line": 3, "cell": 2, "level": "note", "message": "odd"}]
    assert LintReport((), (), 0, "").to_json(str)["trust"] is None
