"""An adoption for people: cut where it is long, with what to do next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.fakes.pins import COMMIT, make_pin
from tests.fakes.world import SOLO

from weighbridge.core.adoption import Refused, Survey, Use
from weighbridge.core.adoption_plan import Plan, Proposal
from weighbridge.core.assess import FAIL, Assessment, RuleOutcome
from weighbridge.core.errors import NotFoundError
from weighbridge.core.lint_report import Remark
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.mention import Mention, Spot
from weighbridge.core.outcome import AddOutcome, InspectionOutcome
from weighbridge.core.reaching import Missing
from weighbridge.core.ref import Ref
from weighbridge.reports.adoption import adopted_lines, adoption_json, failed_lines, plan_lines, remark_lines


def proposal(name: str = "tiny", revision: str | None = COMMIT, *, places: int = 1) -> Proposal:
    ref = Ref.parse(f"hf:org/{name}").at(revision)
    use = Use(ref, tuple(Spot("app.py", line) for line in range(1, places + 1)))
    return Proposal(name, use, Listing(ref, COMMIT, ()), (RemoteFile("a", 2048),))


GONE = replace(
    proposal("gone"), listing=None, trouble=NotFoundError("no such thing", code="repository-missing", hint="look")
)
WIDE = "APP.PY:1, APP.PY:2, APP.PY:3, APP.PY:4 and 2 more"
PLAN = Plan(
    (proposal(), GONE, proposal("wide", None, places=6)),
    Survey(
        (),
        (),
        (Refused("ollama:x", "there is no source", "take another", (Spot("run.sh", 3),)),),
        (
            Mention(Spot("n.ipynb", 2, cell=4), "r", "load", "hf", None),
            Mention(Spot("a.py", 2), "r", "load", "hf", "org/m", None, is_open=True),
        ),
    ),
    ("a remark",),
)


def outcome(name: str, *, passes: bool | None = True, pushed: bool = True) -> AddOutcome:
    looked = None
    if passes is not None:
        rules = () if passes else (RuleOutcome("findings", FAIL, "a finding", "findings", "look"),)
        looked = InspectionOutcome(name, None, None, None, Assessment(rules), changed=True)
    return AddOutcome(make_pin(name), changed=True, inspection=looked, pushed=pushed)


def test_a_plan_is_a_table_and_what_can_not_be() -> None:
    lines = plan_lines(PLAN, str.upper)
    assert lines == [
        "NAME  SOURCE       FOLLOWS       REVISION      FILES  SIZE     LICENCE     USED IN",
        "tiny  hf:org/tiny  111111111111  111111111111  1      2.0 KiB  not stated  APP.PY:1",
        f"wide  hf:org/wide  (default)     111111111111  1      2.0 KiB  not stated  {WIDE}",
        "note: a remark",
        f"can't be adopted: hf:org/gone@{COMMIT}, used in APP.PY:1",
        "  no such thing [repository-missing]",
        "  next: look",
        "can't be adopted: ollama:x, used in RUN.SH:3",
        "  there is no source",
        "  next: take another",
        "unresolved: look yourself: N.IPYNB:cell 4:2: which model load names",
        "unresolved: look yourself: A.PY:2: which revision of hf:org/m load names",
    ]
    assert plan_lines(Plan((), Survey((), (), (), ())), str) == ["nothing to adopt"]
    assert failed_lines(proposal(), str) == []
    assert remark_lines([Remark("a.py", 0, "it can't be read", "note")], str) == ["note: a.py: it can't be read"]


def test_what_was_pinned_has_its_next_steps() -> None:
    base = outcome("base", passes=None)
    lora = replace(outcome("lora", pushed=False), taken=(base,), missing=(Missing("x/y", "it is gone"),))
    lines = adopted_lines([lora], SOLO)
    assert [line.partition(" ")[0] for line in lines] == ["pinned", "pinned", "", "next:", "next:"]
    assert lines[0].endswith("at 111111111111, not inspected")
    assert lines[1].endswith(", allow, kept on this machine")
    assert lines[2] == "  missing x/y: it is gone"
    assert lines[3:] == ["next: weighbridge approve base lora --stage production", "next: weighbridge lint --fix"]
    bad = adopted_lines([outcome("bad", passes=False, pushed=False)], SOLO)
    assert bad[0].endswith(", deny, kept on this machine")
    assert bad[1:] == ["next: weighbridge inspect bad", "next: weighbridge lint --fix"]
    assert adopted_lines([], SOLO) == []
    assert adopted_lines([base], replace(SOLO, stages=()))[1] == "next: weighbridge approve base"


def test_the_json_tells_pinned_from_failed() -> None:
    told = adoption_json(PLAN, [], str, [outcome("tiny"), outcome("wide")], changed=True)
    models: Any = told["models"]
    assert [item["pinned"] and item["pinned"]["name"] for item in models] == ["tiny", None, "wide"]
    shown = adoption_json(PLAN, [], str, None, changed=False)
    assert (shown["carried_out"], shown["changed"]) == (False, False)
