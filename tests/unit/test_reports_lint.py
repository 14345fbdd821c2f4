"""Lint for people, for dashboards and for annotations."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sarif_pydantic import Sarif  # type: ignore[import-untyped]  # published without types

from weighbridge.core.lint_report import LintReport, Remark, Told
from weighbridge.core.linted import Linted, Ruling
from weighbridge.core.mention import Mention, Spot
from weighbridge.reports.lint import lint_annotations, lint_lines, lint_sarif


def told(path: str = "a.py", level: str = "error", cell: int | None = None, **more: str) -> Told:
    ruling = Ruling(more.get("ruling", "unpinned"))
    mention = Mention(Spot(path, 3, 5, cell), "hf-from-pretrained", "AutoModel.from_pretrained", "hf", "org/name")
    linted = Linted(mention, ruling, more.get("message", "it follows main"), more.get("hint", "pin it"))
    return Told(linted, level, more.get("excused", ""))


def report(*items: Told, remarks: tuple[Remark, ...] = ()) -> LintReport:
    return LintReport(items, remarks, 2, "local")


def shown(path: str) -> str:
    return path


ALL = report(
    told(),
    told("b.ipynb", cell=4),
    told(level="note", ruling="unresolved", hint=""),
    told(excused="in baseline.json"),
    told(level="", ruling="governed"),
    remarks=(
        Remark("c.py", 0, "not read", "note"),
        Remark("b.ipynb", 2, "wrong", "error", 4),
        Remark("d.py", 7, "odd", "note"),
    ),
)


def test_lines_name_place_verdict_rule_and_next_step() -> None:
    assert lint_lines(ALL, shown) == [
        "a.py:3:5: error: unpinned: it follows main [hf-from-pretrained]",
        "  next: pin it",
        "b.ipynb:cell 4:3:5: error: unpinned: it follows main [hf-from-pretrained]",
        "  next: pin it",
        "a.py:3:5: note: unresolved: it follows main [hf-from-pretrained]",
        "c.py: note: not read",
        "b.ipynb:cell 4:2: error: wrong",
        "d.py:7: note: odd",
        "deny: 1 governed, 2 unpinned, 1 unresolved in 2 files; 1 excused",
    ]


def test_the_last_line_of_nothing() -> None:
    assert lint_lines(LintReport((), (), 1, ""), shown) == ["allow: no models named in 1 file"]


def test_annotations() -> None:
    assert lint_annotations(ALL, shown)[:-1] == [
        "::error file=a.py,line=3,col=5,title=weighbridge unpinned::it follows main; next: pin it",
        "::error file=b.ipynb,title=weighbridge unpinned::cell 4, line 3: it follows main; next: pin it",
        "::notice file=a.py,line=3,col=5,title=weighbridge unresolved::it follows main",
        "::notice file=c.py,title=weighbridge::not read",
        "::error file=b.ipynb,title=weighbridge::wrong",
        "::notice file=d.py,line=7,title=weighbridge::odd",
    ]


@pytest.mark.parametrize("path", ["a,b.py", "a:b.py", "a%b.py", "a\nb.py", "a\r\n::error::forged.py"])
def test_no_name_forges_a_command_or_a_property(path: str) -> None:
    (line, _) = lint_annotations(report(told(path)), shown)
    assert "\n" not in line
    assert "\r" not in line
    file = line.removeprefix("::error file=").partition(",line=")[0]
    assert not set(file) & {",", ":"}
    for code, letter in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        file = file.replace(code, letter)
    assert file == path


def test_no_message_forges_a_command() -> None:
    (line, _) = lint_annotations(report(told(message="x\n::set-output name=a::b")), shown)
    assert line.count("\n") == 0
    assert "%0A::set-output" in line


def test_sarif_is_sound() -> None:
    document = json.loads(json.dumps(lint_sarif(ALL, shown, "1.0")))
    run = Sarif.model_validate(document).runs[0]
    assert [result.rule_id for result in run.results or []] == ["unpinned", "unpinned", "unresolved", "unpinned"]
    rules = run.tool.driver.rules or []
    for result in run.results or []:
        assert result.rule_index is not None
        assert rules[result.rule_index].id == result.rule_id
    results = document["runs"][0]["results"]
    assert [bool(each.get("suppressions")) for each in results] == [False, False, False, True]
    assert "region" not in results[1]["locations"][0]["physicalLocation"]
    assert results[1]["message"]["text"].startswith("cell 4, line 3: ")


def test_a_fingerprint_stays_when_lines_move_and_differs_between_files() -> None:
    def prints(item: Told) -> str:
        document = json.loads(json.dumps(lint_sarif(report(item), shown, "1")))
        return str(document["runs"][0]["results"][0]["partialFingerprints"])

    moved = told()
    spot = replace(moved.linted.mention.spot, line=99)
    moved = replace(moved, linted=replace(moved.linted, mention=replace(moved.linted.mention, spot=spot)))
    assert prints(told()) == prints(moved) != prints(told("b.py"))


@pytest.mark.parametrize(
    ("path", "uri"), [("a b.py", "a%20b.py"), ("caf\udce9.py", "caf%E9.py"), ("ü#?.py", "%C3%BC%23%3F.py")]
)
def test_paths_are_uris(path: str, uri: str) -> None:
    document = json.loads(json.dumps(lint_sarif(report(told(path)), shown, "1")))
    location = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri
