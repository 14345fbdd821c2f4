from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from sarif_pydantic import Sarif  # type: ignore[import-untyped]  # published without types
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core.assess import assess_folder
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import COMPLETE, Inspection, Tool
from weighbridge.core.outcome import InspectionOutcome
from weighbridge.core.rules import Rules
from weighbridge.reports.findings import MAX_LISTED, counts, finding_lines, fix, licence_text, title
from weighbridge.reports.inspection import inspection_lines, inspection_markdown, inspection_sarif
from weighbridge.reports.markdown import escaped
from weighbridge.reports.sarif import sarif

DENY = Finding("pickle-globals", "a b.bin", Severity.DENY, "it calls os.system")
LOST = Finding("not-inspected", "x.bin", Severity.UNEXAMINED, "it took longer than 60 s")
WARN = Finding("licence-unknown", ".", Severity.WARN, "no licence")
NOTE = Finding("licence-obligations", ".", Severity.NOTE, "attribution")
ALL = [NOTE, WARN, LOST, DENY]
WAIVED = {("pickle-globals", "a b.bin"): ("staging", "production")}


def outcome(*findings: Finding, label: str = "folder") -> InspectionOutcome:
    inspection = Inspection(
        findings, {"a b.bin": "pickle"}, {}, (Tool("weighbridge", "1", COMPLETE),), "sha256:" + "7" * 64
    )
    return InspectionOutcome(label, None, inspection, None, assess_folder(Rules(), inspection), changed=False)


def test_the_gravest_findings_come_first_with_fix_and_documentation() -> None:
    lines = finding_lines(ALL, {})
    heads = [line.split()[1] for line in lines if not line.startswith("    ")]
    assert heads == ["pickle-globals:", "not-inspected:", "licence-unknown:", "licence-obligations:"]
    assert f"    fix: {CATALOGUE['pickle-globals'].fix}" in lines
    assert f"    {DENY.url}" in lines
    assert counts(ALL) == "1 denied, 1 unexamined, 1 warning, 1 note"
    assert counts([]) == "nothing found"


def test_waived_findings_stay_visible() -> None:
    shown = replace(outcome(DENY), waived=WAIVED)
    assert "    a b.bin: it calls os.system (waived in staging, production)" in inspection_lines([shown])
    assert "\\(waived in staging, production\\)" not in inspection_markdown([outcome(DENY)])
    assert "it calls os.system (waived in staging, production)" in inspection_markdown([shown])
    results: Any = inspection_sarif([shown, outcome(DENY, label="other")], "1")["runs"]
    said = [item.get("suppressions") for item in results[0]["results"]]
    why = "waived in staging, production, by signed approvals"
    assert said == [[{"kind": "external", "justification": why}], None]
    assert shown.to_json()["waived"] == [
        {"check": "pickle-globals", "path": "a b.bin", "stages": ["staging", "production"]}
    ]


def test_the_licence_of_the_source_else_that_of_the_files() -> None:
    pin = replace(FIRST, metadata={"licence": "apache-2.0"})
    assert licence_text(pin, inspection_of(FIRST)) == "apache-2.0"
    bare = replace(FIRST, metadata={})
    assert licence_text(bare, inspection_of(FIRST, facts={"licences": ("BSD-3-Clause", "MIT")})) == "BSD-3-Clause, MIT"
    assert licence_text(bare, None) == "not stated"


def test_long_lists_say_that_there_is_more() -> None:
    many = [Finding("credential", f"{number}", Severity.WARN, "key") for number in range(MAX_LISTED + 3)]
    assert "    and 3 more: see --json" in finding_lines(many, {})
    assert "- and 3 more" in inspection_markdown([outcome(*many)])


def test_a_check_of_a_newer_release_is_shown_by_its_id() -> None:
    assert title("from-the-future") == "from-the-future"
    assert "documentation" in fix("from-the-future")
    newer = Finding("from-the-future", "x", Severity.DENY, "odd")
    assert inspection_sarif([outcome(newer)], "1")["version"] == "2.1.0"


def test_an_inspection_as_lines() -> None:
    lines = inspection_lines([outcome(*ALL)])
    assert lines[0] == "folder: deny, 1 denied, 1 unexamined, 1 warning, 1 note in 1 files"
    assert lines[-1] == "  looked: weighbridge 1; ruleset 777777777777"
    assert inspection_lines([outcome(NOTE)])[0].startswith("folder: allow")


def test_sarif_is_sarif() -> None:
    log: Any = sarif({"minilm": ALL, "": [DENY]}, "1.2", {"minilm": WAIVED})
    Sarif.model_validate(log)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted({item.check for item in ALL})
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert levels["not-inspected"] == levels["pickle-globals"] == "error"
    assert (levels["licence-unknown"], levels["licence-obligations"]) == ("warning", "note")
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert {"minilm", "minilm/a%20b.bin", "a%20b.bin"} <= set(places)
    assert [result["ruleId"] for result in run["results"] if "suppressions" in result] == ["pickle-globals"]
    assert len({result["partialFingerprints"]["weighbridge/v1"] for result in run["results"]}) == len(ALL) + 1
    assert run["invocations"] == [{"executionSuccessful": False}]


def test_the_reader_of_sarif_refuses_what_is_none() -> None:
    log: Any = sarif({"": [DENY]}, "1", {})
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(ValidationError):
        Sarif.model_validate(log)


def test_hostile_text_stays_text_in_markdown() -> None:
    bad = Finding("credential", "a`|\n# b", Severity.WARN, "<script>@team [x](http://y)\n\n- item")
    page = inspection_markdown([outcome(bad)])
    (line,) = [line for line in page.splitlines() if "script" in line]
    assert line.startswith("- a\\`\\| \\# b: \\<script\\>\\@team \\[x\\]\\(http://y\\)")
    assert escaped("a\u202eb") == "a b"


def test_markdown_says_the_verdict_of_each_model() -> None:
    page = inspection_markdown([outcome(DENY), outcome(label="other")])
    assert "folder: deny" in page
    assert "other: allow" in page
    assert "nothing found." in page
    assert f"]({DENY.url})" in page
