"""Inspections and waivers in a record, and the verdict on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, SECOND, Story, inspection_of, policy

from weighbridge.core.approval import Waiver
from weighbridge.core.errors import IntegrityError
from weighbridge.core.explanation import Explanation
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.policy import Stage
from weighbridge.core.quorum import granted
from weighbridge.core.rules import Expression, Rules
from weighbridge.core.trail import trail

if TYPE_CHECKING:
    from weighbridge.core.judge import Verdict

DAY = timedelta(days=1)
PICKLE = Finding("pickle-globals", "model.safetensors", Severity.DENY, "os.system")
WAIVER = Waiver("pickle-globals", "model.safetensors", "read it all", NOON + 3 * DAY)


def told(*findings: Finding, rules: Rules | None = None, stage: Stage | None = None) -> Story:
    story = Story(policy(stage or Stage("production"), rules=rules or Rules()))
    story.pin()
    story.inspect(*findings)
    return story


def approved(story: Story, *waivers: Waiver, until_days: int | None = None) -> Story:
    until = None if until_days is None else NOON + until_days * DAY
    for person in (BOB, CAT):
        story.approve(person, story.pinned[FIRST.digest], until=until, waivers=waivers)
    return story


def waived(verdict: Verdict) -> list[tuple[str, str]]:
    return [(item.by, item.check) for item in verdict.waived]


def test_what_was_not_inspected_does_not_run() -> None:
    story = Story(policy(rules=Rules()))
    pinned = story.pin()
    for person in (BOB, CAT):
        story.approve(person, pinned)
    assert story.codes() == ["uninspected"]
    story.inspect()
    assert story.codes() == []


def test_who_may_inspect() -> None:
    story = Story(policy(rules=Rules(inspected_by=frozenset({"machine"}))))
    story.pin()
    for person in (ANN, BOB, EVE):
        story.inspect(by=person)
    assert story.faults()[1:] == ["role", "role", "untrusted"]
    assert not story.record().inspections
    known = story.inspect(by=BOT)
    (found,) = story.record().inspections.values()
    assert (found.ids, found.people, found.at) == ((known,), ("bot",), story.now)
    assert found.inspection == inspection_of(FIRST)


def test_the_newest_inspection_counts() -> None:
    story = approved(told(PICKLE))
    assert story.codes() == ["findings"]
    story.inspect()
    assert story.codes() == []
    story.inspect(PICKLE, by=ANN)
    assert story.codes() == ["findings"]
    story.inspect(by=EVE)
    assert story.codes() == ["findings"]


def test_of_inspections_that_had_not_seen_each_other_every_finding_counts() -> None:
    story = approved(told())
    seen = story.leaves
    denying = story.inspect(PICKLE, parents=seen)
    first = story.now
    clean = story.inspect(by=ANN, parents=seen)
    assert story.codes() == ["findings"]
    found = story.record().inspections[FIRST.digest]
    assert (found.ids, found.at, found.people) == ((denying, clean), first, ("ann", "bot"))
    assert found.inspection == inspection_of(FIRST, PICKLE)
    again = story.inspect()
    assert story.codes() == []
    assert story.record().inspections[FIRST.digest].ids == (again,)


def test_an_inspection_takes_the_place_of_those_alone_that_it_has_seen() -> None:
    story = approved(told())
    seen = story.leaves
    denying = story.inspect(PICKLE, parents=seen)
    newer = story.inspect(parents=[story.inspect(parents=seen)])
    assert story.record().inspections[FIRST.digest].ids == (denying, newer)
    assert story.codes() == ["findings"]


def test_an_inspection_is_about_a_pin_that_is_known() -> None:
    story = Story()
    story.inspect()
    assert story.faults() == ["unpinned"]
    body = inspection_of(FIRST).to_body()
    story.say(BOT, "inspection", body, [FIRST.digest, SECOND.digest])
    with pytest.raises(IntegrityError) as caught:
        story.record()
    assert caught.value.code == "bad-statement"


def test_a_malformed_inspection_breaks_the_record() -> None:
    story = Story()
    story.pin()
    story.say(BOT, "inspection", {"findings": []}, [FIRST.digest])
    with pytest.raises(IntegrityError):
        story.record()


def test_an_inspection_that_is_silent_about_a_file_counts_for_nothing() -> None:
    story = Story()
    story.pin()
    whole = inspection_of(FIRST)
    partial = replace(whole, formats={"config.json": "json"})
    story.say(BOT, "inspection", partial.to_body(), [FIRST.digest])
    named = replace(partial, findings=(Finding("not-inspected", "model.safetensors", Severity.UNEXAMINED, "x"),))
    story.say(BOT, "inspection", named.to_body(), [FIRST.digest])
    assert story.faults() == ["", "partial", ""]


def test_a_waiver_needs_the_quorum_of_its_own() -> None:
    story = told(PICKLE)
    pinned = story.pinned[FIRST.digest]
    story.approve(BOB, pinned, waivers=[WAIVER])
    story.approve(CAT, pinned)
    assert story.codes() == ["findings"]
    assert waived(story.verdict()) == []
    story.approve(CAT, pinned, waivers=[replace(WAIVER, reason="me too", until=NOON + 2 * DAY)])
    verdict = story.verdict()
    assert verdict.allow
    assert waived(verdict) == [("bob", "pickle-globals"), ("cat", "pickle-globals")]
    assert verdict.to_json()["waived"] == [
        {
            "check": "pickle-globals",
            "path": "model.safetensors",
            "reason": reason,
            "until": until,
            "by": by,
        }
        for by, reason, until in (
            ("bob", "read it all", "2026-11-26T12:00:00Z"),
            ("cat", "me too", "2026-11-25T12:00:00Z"),
        )
    ]


def test_waivers_of_who_may_not_approve_here_count_for_nothing() -> None:
    story = told(PICKLE)
    pinned = story.pinned[FIRST.digest]
    story.approve(BOB, pinned, waivers=[WAIVER])
    story.approve(CAT, pinned)
    for person in (ANN, BOT, EVE):
        story.approve(person, pinned, waivers=[WAIVER])
    assert story.codes() == ["findings"]


def test_a_waiver_ends_and_the_verdict_knows_when() -> None:
    story = approved(told(PICKLE), WAIVER)
    assert story.verdict().until == WAIVER.until
    assert story.codes(now=WAIVER.until - timedelta(seconds=1)) == []
    assert story.codes(now=WAIVER.until) == ["findings"]
    assert waived(story.verdict(now=WAIVER.until)) == []


def test_a_waiver_ends_with_its_approval() -> None:
    story = approved(told(PICKLE), WAIVER, until_days=1)
    assert story.verdict().until == NOON + DAY
    assert story.codes(now=NOON + DAY) == ["expired", "findings"]


def test_a_waiver_of_what_is_not_there_is_not_shown() -> None:
    verdict = approved(told(), WAIVER).verdict()
    assert verdict.allow
    assert (verdict.waived, verdict.until) == ((), None)


def test_a_revocation_takes_waivers_back() -> None:
    story = approved(told(PICKLE), WAIVER)
    story.revoke(ANN)
    assert story.codes(FIRST.digest) == ["revoked", "findings"]


def test_a_later_approval_without_the_waiver_takes_nothing_back() -> None:
    story = approved(told(PICKLE), WAIVER)
    story.approve(BOB, story.pinned[FIRST.digest])
    assert story.codes() == []


def test_one_person_alone_may_waive_where_one_approval_is_enough() -> None:
    story = told(PICKLE, stage=Stage("production", 1, adder_may_approve=True))
    story.approve(ANN, story.pinned[FIRST.digest], waivers=[WAIVER])
    assert story.codes() == []


def test_every_rule_gives_its_reason() -> None:
    rules = Rules(
        sources=("hf:other/*",),
        formats=("safetensors",),
        licences_deny=("Apache-2.0",),
        max_model_bytes=1,
        scanners=("modelscan",),
        max_inspection_age=DAY,
        expressions=(Expression("mine", "false", ""),),
        publishers=("-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----",),
    )
    story = approved(told(PICKLE, rules=rules))
    assert story.codes(now=NOON + 2 * DAY) == [
        "source-not-allowed",
        "licence-denied",
        "too-large",
        "stale-inspection",
        "format-not-allowed",
        "scanner-required",
        "publisher-unsigned",
        "findings",
        "rule-unavailable",
    ]
    assert all(reason.hint for reason in story.verdict(now=NOON + 2 * DAY).reasons)


def test_an_expression_is_asked_where_it_can_be() -> None:
    rules = Rules(expressions=(Expression("mine", "expression", ""),))
    story = approved(told(rules=rules))
    assert story.verdict(evaluate=lambda _, document: document["inspected"] is True).allow
    assert not story.verdict(evaluate=lambda _expression, _document: False).allow


def test_an_inspection_grows_too_old_and_the_verdict_knows_when() -> None:
    story = approved(told(rules=Rules(max_inspection_age=DAY)))
    end = story.record().inspections[FIRST.digest].at + DAY
    assert story.verdict().until == end
    assert story.codes(now=end) == ["stale-inspection"]


def test_a_stage_has_rules_of_its_own() -> None:
    story = approved(told(PICKLE, stage=Stage("production", rules=Rules(inspection="off"))))
    assert story.codes() == []
    strict = Stage("production", rules=Rules(max_model_bytes=1))
    assert approved(told(stage=strict)).codes() == ["too-large"]


def test_votes_that_last_for_ever_still_end_with_the_waiver() -> None:
    story = approved(told(PICKLE), WAIVER)
    votes = story.record().stages["production"].all_votes(FIRST.digest)
    grants = granted(story.rules.stages[0], votes, frozenset(), story.now)
    assert [(item.until, item.ends) for item in grants] == [(WAIVER.until, WAIVER.until)] * 2
    assert grants[0].waiver == WAIVER


def test_the_trail_tells_what_was_seen_and_waived() -> None:
    story = approved(told(PICKLE, Finding("credential", "config.json", Severity.WARN, "a key")), WAIVER)
    story.inspect(by=EVE)
    found = trail(story.record(), story.rules, story.now)
    said = "approved for production: fine; waives pickle-globals in model.safetensors until 2026-11-26T12:00:00Z"
    assert [entry.text for entry in found.entries[1:]] == [
        "inspected: 1 deny, 1 warn, by weighbridge 1; picklescan 1.0 is incomplete",
        f"{said} (read it all)",
        f"{said} (read it all)",
        "added evidence of type inspection",
    ]
    assert [item.allow for item in found.verdicts] == [True]


def test_an_explanation_in_json() -> None:
    from weighbridge.core.assess import assess  # noqa: PLC0415 - one use

    found = assess(Rules(), FIRST, None, None, (), NOON)
    shown = Explanation(FIRST, "production", None, found, (), None, ()).to_json()
    assert (shown["name"], shown["digest"], shown["stage"]) == ("minilm", FIRST.digest, "production")
    assert (shown["passes"], shown["waived"]) == (False, [])
    assert isinstance(shown["rules"], list)
    assert len(shown["rules"]) == 4
