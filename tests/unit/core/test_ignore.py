"""Exceptions that files state for themselves."""

from __future__ import annotations

from datetime import date

import pytest

from weighbridge.core.ignore import ignores

GOOD = "weighbridge: ignore[unpinned] moved next week until 2027-01-31"


def test_one_holds_for_its_line() -> None:
    (found,) = ignores(["x", f"load()  # {GOOD}"])
    assert (found.line, found.at, found.rules) == (2, 2, ("unpinned",))
    assert (found.reason, found.until, found.problem) == ("moved next week", date(2027, 1, 31), "")
    assert found.covers("hf-from-pretrained", "unpinned")
    assert not found.covers("hf-from-pretrained", "unapproved")


@pytest.mark.parametrize("sign", ["#", "//", "--", ";", "<!--", "/*"])
def test_the_comments_of_many_languages(sign: str) -> None:
    (found,) = ignores([f"x {sign} {GOOD}"])
    assert found.problem == ""


@pytest.mark.parametrize("line", [f"<!-- {GOOD} -->", f"/* {GOOD} */", f"# {GOOD}\r"])
def test_the_end_of_a_comment_is_no_part_of_the_day(line: str) -> None:
    (found,) = ignores([line])
    assert found.until == date(2027, 1, 31)


def test_on_a_line_of_its_own_it_is_about_the_next() -> None:
    found = ignores([f"# {GOOD}", f"    # {GOOD}", "load()", "load()"])
    assert [(each.line, each.at) for each in found] == [(3, 1), (3, 2)]


def test_at_the_end_of_a_file_it_is_about_itself() -> None:
    (found,) = ignores([f"# {GOOD}"])
    assert found.line == 1


def test_very_many_of_them_are_not_searched_through() -> None:
    found = ignores([f"# {GOOD}"] * 1_000)
    assert found[0].line == 1
    assert len(found) == 1_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ignore", "it names no rule"),
        ("ignore[]", "it names no rule"),
        ("ignore[unpinned reason until 2027-01-31", "it names no rule"),
        ("ignore[unpinned]", "it needs a reason and a last day"),
        ("ignore[unpinned] no day", "it needs a reason and a last day"),
        ("ignore[unpinned]  until 2027-01-31", "it needs a reason and a last day"),
        ("ignore[unpinned] x until tomorrow", "'tomorrow' is no day"),
        ("ignore[unpinned] x until 2027-02-30", "'2027-02-30' is no day"),
    ],
)
def test_what_is_wrong_holds_for_nothing(text: str, problem: str) -> None:
    (found,) = ignores([f"x # weighbridge: {text}"])
    assert found.problem.startswith(problem)
    assert not found.covers("unpinned")


def test_text_is_no_exception() -> None:
    assert ignores([f'print("{GOOD}")', GOOD, "", "# weighbridge: other"]) == []


def test_several_rules_and_an_until_in_the_reason() -> None:
    (found,) = ignores(["# weighbridge: ignore[unpinned, remote-code,] waits until then until 2027-01-31"])
    assert (found.rules, found.reason) == (("unpinned", "remote-code"), "waits until then")
