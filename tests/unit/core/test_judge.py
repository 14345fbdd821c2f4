from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, CAT, FIRST, SECOND, TEAM, Story, policy

from weighbridge.core.deployment import Deployment
from weighbridge.core.judge import judge
from weighbridge.core.policy import Stage

DAY = timedelta(days=1)


def approved(stage: Stage | None = None) -> Story:
    story = Story(policy(stage or Stage("production")))
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.approve(CAT, pinned)
    return story


def test_what_was_approved_may_run() -> None:
    verdict = approved().verdict()
    assert verdict.allow
    assert verdict.digest == FIRST.digest
    assert verdict.approvers == ("bob", "cat")
    assert verdict.until is None
    assert (verdict.trust, verdict.separation) == ("local", "enforced")
    assert approved().codes(FIRST.digest) == []


def test_the_published_json() -> None:
    allowed = approved(Stage("production", lasts=DAY)).verdict()
    assert allowed.to_json() == {
        "allow": True,
        "name": "minilm",
        "stage": "production",
        "digest": FIRST.digest,
        "reasons": [],
        "approvers": ["bob", "cat"],
        "until": "2026-11-24T12:02:00Z",
        "trust": "local",
        "separation": "enforced",
        "waived": [],
    }
    denied = Story().verdict().to_json()
    assert denied["until"] is None
    assert denied["reasons"] == [
        {
            "code": "no-approval",
            "message": "minilm has no approval for production",
            "hint": "weighbridge approve minilm --stage production",
        }
    ]


def test_nothing_was_approved() -> None:
    story = Story()
    assert story.codes() == ["no-approval"]
    pinned = story.pin()
    assert story.codes() == story.codes(FIRST.digest) == ["no-approval"]
    story.approve(BOB, pinned)
    assert story.codes() == story.codes(FIRST.digest) == ["quorum"]


def test_another_digest() -> None:
    story = approved()
    assert story.codes(SECOND.digest) == ["unknown-digest"]
    story.pin(SECOND)
    assert story.codes(SECOND.digest) == ["no-approval"]


def test_revoked() -> None:
    story = approved()
    story.revoke(ANN)
    assert story.codes() == story.codes(FIRST.digest) == ["revoked"]


@pytest.mark.parametrize("allowed", [True, False])
def test_superseded(allowed: bool) -> None:  # noqa: FBT001 - a row of the table
    story = approved(Stage("production", allow_superseded=allowed))
    pinned = story.pin(SECOND)
    for person in (BOB, CAT):
        story.approve(person, pinned, SECOND)
    assert story.verdict().digest == SECOND.digest
    assert story.codes(FIRST.digest) == ([] if allowed else ["superseded"])
    story.revoke(ANN, SECOND)
    assert story.codes(FIRST.digest) == ([] if allowed else ["superseded"])


def test_a_new_vote_for_a_superseded_digest_takes_nothing_away() -> None:
    story = approved(Stage("production", allow_superseded=True))
    pinned = story.pin(SECOND)
    for person in (BOB, CAT):
        story.approve(person, pinned, SECOND)
    story.approve(BOB, story.pinned[FIRST.digest])
    assert story.codes(FIRST.digest) == []
    assert story.verdict().digest == SECOND.digest


def test_a_new_pin_beside_a_revoked_one_has_no_approval() -> None:
    story = approved(Stage("production"))
    story.revoke(BOB)
    assert story.codes() == ["revoked"]
    story.pin(SECOND)
    assert story.codes() == ["no-approval"]


def test_expired() -> None:
    story = approved(Stage("production", lasts=DAY))
    assert story.codes(now=NOON + DAY + timedelta(minutes=1)) == []
    assert story.codes(now=NOON + DAY + timedelta(minutes=2)) == ["expired"]


def test_until_is_when_the_quorum_is_lost() -> None:
    story = Story(policy(people=TEAM))
    pinned = story.pin()
    story.approve(BOB, pinned, until=NOON + 3 * DAY)
    story.approve(CAT, pinned, until=NOON + DAY)
    assert story.verdict().until == NOON + DAY
    story.approve(CAT, pinned, until=NOON + 2 * DAY)
    assert story.verdict().until == NOON + 2 * DAY
    story.approve(CAT, pinned)
    assert story.verdict().until == NOON + 3 * DAY
    assert story.codes(now=NOON + 3 * DAY) == ["expired"]


def test_with_one_to_spare_the_first_end_does_not_matter() -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    story.approve(BOB, pinned, until=NOON + DAY)
    story.approve(CAT, pinned, until=NOON + 2 * DAY)
    assert story.verdict().until == NOON + 2 * DAY
    assert story.verdict(now=NOON + DAY).approvers == ("cat",)


def test_the_quorum_is_counted_under_the_present_rules() -> None:
    story = approved()
    stricter = policy(Stage("production", 3))
    wish = Deployment("project", "minilm", "production")
    assert judge(story.record(), wish, stricter, story.now).reasons[0].code == "expired"
    story.rules = stricter
    assert story.codes() == ["quorum"]


def test_who_left_counts_no_more() -> None:
    story = approved()
    story.rules = policy(people=TEAM[:2])
    assert story.codes() == ["quorum"]


def test_a_stage_that_is_not_there() -> None:
    assert approved().codes(stage="nowhere") == ["unknown-stage"]
    verdict = Story(policy(people=())).verdict(stage="nowhere")
    assert "production" in verdict.reasons[0].hint
    assert verdict.separation == "none"


def test_without_any_stage() -> None:
    story = approved()
    story.rules = replace(story.rules, stages=())
    assert story.verdict().reasons[0].hint == "stages: none"


@pytest.mark.parametrize(
    "wish", [Deployment("other", "minilm", "production"), Deployment("project", "bert", "production")]
)
def test_an_approval_of_another_project_or_model(wish: Deployment) -> None:
    story = approved()
    verdict = judge(story.record(), wish, story.rules, story.now)
    assert [reason.code for reason in verdict.reasons] == ["wrong-project"]
    assert not verdict.allow


@pytest.mark.parametrize(
    ("limit", "age", "allow"),
    [(None, None, True), (None, 99 * DAY, True), (DAY, None, True), (DAY, DAY, True), (DAY, DAY * 1.01, False)],
)
def test_evidence_that_is_too_old(limit: timedelta | None, age: timedelta | None, allow: bool) -> None:  # noqa: FBT001 - a row
    verdict = approved(Stage("production", max_evidence_age=limit)).verdict(evidence_age=age)
    assert verdict.allow is allow
    assert [reason.code for reason in verdict.reasons] == ([] if allow else ["stale-evidence"])


def test_every_reason_is_said() -> None:
    story = Story(policy(Stage("production", max_evidence_age=DAY)))
    verdict = story.verdict(evidence_age=2 * DAY)
    assert [reason.code for reason in verdict.reasons] == ["no-approval", "stale-evidence"]
    assert all(reason.hint for reason in verdict.reasons)


def test_one_person_alone_is_said() -> None:
    story = Story(policy(Stage("production", 1, adder_may_approve=True)))
    story.approve(ANN, story.pin())
    verdict = story.verdict()
    assert verdict.allow
    assert verdict.separation == "none"
