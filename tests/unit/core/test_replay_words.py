"""Requests and rejections, and noes that others had not seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.fakes.signer import FakeSigner
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, SECOND, TEAM, Story, policy

from weighbridge.core.approval import Rejection, Request
from weighbridge.core.policy import Person, Stage

DAN = FakeSigner("dan")
FOUR = (*TEAM, Person("dan", frozenset({"approver"}), (DAN.key,)))


def test_a_request_is_shown_until_it_is_answered() -> None:
    story = Story()
    pinned = story.pin()
    asked = story.request(ANN, pinned, comment="for search")
    (ask,) = story.record().stages["production"].asked[FIRST.digest]
    assert (ask.people, ask.at, ask.comment, ask.attestation) == (("ann",), story.now, "for search", asked)
    assert story.codes() == ["no-approval"]
    story.request(BOT, pinned)
    assert [ask.people for ask in story.record().stages["production"].asked[FIRST.digest]] == [("ann",), ("bot",)]
    story.approve(BOB, pinned)
    assert FIRST.digest in story.record().stages["production"].asked
    story.approve(CAT, pinned)
    assert story.record().stages["production"].asked == {}


@pytest.mark.parametrize("no", ["reject", "revoke"])
def test_a_no_answers_a_request(no: str) -> None:
    story = Story()
    story.request(ANN, story.pin())
    getattr(story, no)(BOB)
    state = story.record().stages["production"]
    assert state.asked == {}
    assert not state.is_asked_or_answered(FIRST.digest)


def test_a_request_of_what_was_never_pinned_so_or_for_no_stage_moves_nothing() -> None:
    story = Story()
    pinned = story.pin()
    story.request(ANN, pinned, SECOND)
    story.request(ANN, "0" * 64)
    story.request(ANN, pinned, stage="nowhere")
    story.request(EVE, pinned)
    assert story.faults() == ["", "unpinned", "unpinned", "role", "untrusted"]
    assert story.record().stages["production"].asked == {}


def test_a_request_that_names_several_pins_of_a_model_says_so() -> None:
    story = Story()
    pinned = story.pin()
    body = Request("production", {"minilm": pinned}).to_body()
    story.say(ANN, "request", body, sorted([FIRST.digest, SECOND.digest]))
    assert story.faults() == ["", "unpinned"]


def test_a_rejection_takes_back_what_was_said_so_far() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.reject(CAT)
    assert story.codes() == story.codes(FIRST.digest) == ["rejected"]
    story.approve(CAT, pinned)
    assert story.codes(FIRST.digest) == ["rejected"]
    story.approve(BOB, pinned)
    assert story.codes() == []
    state = story.record().stages["production"]
    assert (state.rejected, state.revoked) == (set(), {})
    story.reject(BOB)
    assert (story.head(), story.codes()) == (None, ["rejected"])


def test_the_last_word_is_the_one_that_is_told() -> None:
    story = Story()
    story.pin()
    story.reject(CAT)
    story.revoke(ANN)
    assert story.codes() == ["revoked"]
    story.reject(CAT)
    assert story.codes() == ["rejected"]
    story.pin(SECOND)
    story.revoke(ANN, SECOND)
    assert story.codes() == ["revoked"]


@pytest.mark.parametrize(("signer", "stage", "fault"), [(BOT, "production", "role"), (CAT, "nowhere", "role")])
def test_only_who_may_approve_may_reject(signer: FakeSigner, stage: str, fault: str) -> None:
    story = Story(policy(Stage("production", 1)))
    story.approve(BOB, story.pin())
    story.reject(signer, stage=stage)
    assert story.faults()[-1] == fault
    assert story.head() == FIRST.digest


def test_a_rejection_is_about_one_stage() -> None:
    story = Story(policy(Stage("staging", 1), Stage("production", 1)))
    pinned = story.pin()
    story.approve(BOB, pinned, stage="staging")
    story.approve(BOB, pinned)
    story.reject(CAT, stage="production")
    assert (story.head("staging"), story.head()) == (FIRST.digest, None)


@pytest.mark.parametrize("minutes", [1, 4])
@pytest.mark.parametrize("no", ["rejection", "revocation"])
def test_a_no_beside_the_approvals_that_reach_the_quorum_holds(minutes: int, no: str) -> None:
    """Whether by its date it came before or after them."""
    story = Story()
    pinned = story.pin(at=NOON)
    story.approve(BOB, pinned, at=NOON + timedelta(minutes=2))
    story.approve(CAT, pinned, at=NOON + timedelta(minutes=3))
    assert story.head() == FIRST.digest
    body = Rejection("production", "unclear").to_body()
    story.say(CAT, no, body, [FIRST.digest], at=NOON + timedelta(minutes=minutes), parents=[pinned])
    assert story.head() is None
    assert story.codes() == ["rejected" if no == "rejection" else "revoked"]
    story.approve(BOB, pinned)
    story.approve(CAT, pinned)
    assert story.codes() == []


def test_an_approval_that_had_not_seen_a_no_does_not_count_after_others_answered_it() -> None:
    story = Story(policy(Stage("production", 2), people=FOUR))
    pinned = story.pin(by=BOT)
    story.reject(CAT, parents=[pinned])
    for person in (ANN, DAN):
        story.approve(person, pinned, until=NOON + timedelta(days=1))
    assert story.head() == FIRST.digest
    story.approve(BOB, pinned, parents=[pinned])
    assert story.faults()[-1] == "revoked"
    assert story.verdict().approvers == ("ann", "dan")
    assert story.codes(now=NOON + timedelta(days=2)) == ["expired"]


def test_an_approval_of_the_first_of_two_noes_has_not_seen_the_second() -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    first = story.reject(CAT)
    story.reject(CAT)
    story.approve(BOB, pinned, parents=[first])
    assert story.faults() == ["", "", "", "revoked"]


def test_a_no_to_one_that_was_superseded_leaves_the_head_and_no_older_one_comes_back() -> None:
    story = Story(policy(Stage("production", 1)))
    story.approve(BOB, story.pin())
    story.approve(BOB, story.pin(SECOND), SECOND)
    story.revoke(ANN, FIRST)
    assert story.head() == SECOND.digest
    story.revoke(ANN, SECOND)
    assert (story.head(), story.codes()) == (None, ["revoked"])


def test_where_the_head_is_taken_back_no_older_one_comes_back() -> None:
    story = Story(policy(Stage("production", 1)))
    story.approve(BOB, story.pin())
    story.approve(BOB, story.pin(SECOND), SECOND)
    story.revoke(ANN, SECOND)
    assert (story.head(), story.codes()) == (None, ["no-approval"])
    assert story.codes(FIRST.digest) == ["superseded"]


def test_one_revocation_of_several_pins_takes_back_each() -> None:
    story = Story(policy(Stage("staging", 1), Stage("production", 1, allow_superseded=True)))
    first, second = story.pin(), story.pin(SECOND)
    for pinned, pin in ((first, FIRST), (second, SECOND)):
        story.approve(BOB, pinned, pin)
        story.approve(BOB, pinned, pin, stage="staging")
    body = {"stage": None, "reason": "stolen"}
    story.say(ANN, "revocation", body, sorted([FIRST.digest, SECOND.digest]))
    for stage in ("staging", "production"):
        assert story.codes(stage=stage) == story.codes(FIRST.digest, stage=stage) == ["revoked"]
        assert story.codes(SECOND.digest, stage=stage) == ["revoked"]
