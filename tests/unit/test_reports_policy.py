from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.fakes.statements import NOON
from tests.fakes.story import BOB, CAT, FIRST, SECOND, Story, inspection_of, policy

from weighbridge.core.approval import Waiver
from weighbridge.core.assess import assess
from weighbridge.core.change import changes, governed
from weighbridge.core.digest import short
from weighbridge.core.explanation import Explanation
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.quorum import Grant
from weighbridge.core.rules import Rules
from weighbridge.reports.policy import explanation_lines
from weighbridge.reports.text import signing_lines, verdict_text, waived_text

END = NOON + timedelta(days=3)
PICKLE = Finding("pickle-globals", "model.safetensors", Severity.DENY, "os.system")
SECRET = Finding("credential", "config.json", Severity.WARN, "a key")
WAIVER = Waiver("pickle-globals", "model.safetensors", "read it all", END)
GRANTS = tuple(Grant("pickle-globals", "model.safetensors", "read it all", END, by, END) for by in ("bob", "cat"))


def explained(*findings: Finding, granted: bool = False, inspected: bool = True) -> Explanation:
    seen = inspection_of(FIRST, *findings) if inspected else None
    found = assess(Rules(), FIRST, seen, NOON if inspected else None, [WAIVER] if granted else [], NOON)
    return Explanation(FIRST, "production", seen, found, GRANTS if granted else (), None, ())


def test_what_is_signed_is_shown_beside_the_head() -> None:
    none, same = explained(), replace(explained(), head=FIRST)
    other = replace(explained(), head=SECOND, changes=changes(governed(SECOND), governed(FIRST)))
    said = [line.strip() for line in signing_lines([none, same, other], "production", []) if "against" in line]
    assert said == [
        "against   nothing: production has no version of it",
        "against   itself: it is the head of production",
        f"against   {short(SECOND.digest)}, the head of production: ~model.safetensors",
    ]


def test_who_signs_is_told_that_somebody_said_no() -> None:
    lines = signing_lines([replace(explained(), taken_back="revoked")], "production", [])
    assert f"    before    it was revoked in production; weighbridge audit {FIRST.name} says why" in lines


def test_a_verdict_counts_what_is_waived_and_by_whom() -> None:
    story = Story(policy(rules=Rules()))
    pinned = story.pin()
    story.inspect(PICKLE)
    for person in (BOB, CAT):
        story.approve(person, pinned, waivers=[WAIVER])
    assert verdict_text(story.verdict()) == (
        f"allowed: {short(FIRST.digest)} by bob, cat until 2026-11-26T12:00:00Z (trust: local, separation: enforced)"
        "; 1 waived: pickle-globals in model.safetensors by bob, cat until 2026-11-26T12:00:00Z"
    )
    story.revoke(BOB)
    assert "waived" not in verdict_text(story.verdict(FIRST.digest))
    assert waived_text(()) == ""


def test_a_verdict_that_denies_names_waivers_too() -> None:
    story = Story(policy(rules=Rules(max_inspection_age=timedelta(days=1))))
    pinned = story.pin()
    story.inspect(PICKLE)
    for person in (BOB, CAT):
        story.approve(person, pinned, waivers=[WAIVER])
    said = verdict_text(story.verdict(now=NOON + timedelta(days=2)))
    assert said.startswith("denied: the newest inspection")
    assert "; 1 waived: pickle-globals in model.safetensors by bob, cat until" in said


def test_an_approver_sees_findings_and_waivers_before_signing() -> None:
    lines = signing_lines([explained(PICKLE, SECRET, granted=True)], "production", [WAIVER])
    assert lines[6:] == [
        "    findings  1 deny, 1 warn",
        "      deny  pickle-globals  model.safetensors: os.system",
        "    waived    pickle-globals in model.safetensors by bob: read it all",
        "    waived    pickle-globals in model.safetensors by cat: read it all",
        "  waiving pickle-globals in model.safetensors until 2026-11-26T12:00:00Z: read it all",
    ]
    assert signing_lines([explained()], "production", [])[-1] == "    findings  none"
    assert signing_lines([explained(inspected=False)], "production", [])[-1] == "    findings  not inspected"


def test_an_explanation_says_the_state_of_each_rule_and_the_next_step() -> None:
    lines = explanation_lines([explained(PICKLE), explained(PICKLE, granted=True)])
    brief = short(FIRST.digest)
    assert lines[0] == f"minilm {brief} does not pass the rules of production"
    assert lines[9:12] == [
        "  fail    findings: what was found does not pass: pickle-globals in model.safetensors",
        "            deny  pickle-globals  model.safetensors: os.system",
        "            next: see them with: weighbridge inspect minilm; approve can waive one with --waive CHECK:PATH",
    ]
    assert lines[12] == f"minilm {brief} passes the rules of production"
    assert lines[-4:] == [
        "  waived  findings: waived: pickle-globals in model.safetensors",
        "            deny  pickle-globals  model.safetensors: os.system",
        "  waived by bob: pickle-globals in model.safetensors: read it all",
        "  waived by cat: pickle-globals in model.safetensors: read it all",
    ]
