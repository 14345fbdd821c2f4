"""One approval of several models counts for all of them or for none."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, Story, approve_together, policy, project

from weighbridge.core.attestation import Statement, Subject, sign
from weighbridge.core.policy import NOTHING, KeyLimits, Stage

if TYPE_CHECKING:
    from tests.fakes.signer import FakeSigner

ONE = policy(Stage("production", 1))


def test_all_reach_the_stage_at_once() -> None:
    one, two = project("one", "two")
    approve_together(BOB, one, two)
    assert one.codes() == two.codes() == ["quorum"]
    approve_together(CAT, one, two)
    assert one.codes() == two.codes() == []
    assert one.record().tied == ("two",)


def test_one_waits_for_the_other() -> None:
    one, two = project("one", "two")
    approve_together(BOB, one, two)
    assert one.codes(FIRST.digest) == two.codes(FIRST.digest) == ["quorum"]
    one.approve(CAT, one.pinned[FIRST.digest])
    assert (one.faults(), two.faults()) == (["", "together", ""], ["", "together"])
    verdict = one.verdict()
    assert [reason.code for reason in verdict.reasons] == ["together"]
    assert "together with two" in verdict.reasons[0].message
    assert one.codes(FIRST.digest) == ["together"]
    two.approve(CAT, two.pinned[FIRST.digest])
    assert one.codes() == two.codes() == []
    assert one.verdict().approvers == ("bob", "cat")


def test_who_approves_it_alone_need_not_wait() -> None:
    one, two = project("one", "two")
    approve_together(BOB, one, two)
    for person in (BOB, CAT):
        one.approve(person, one.pinned[FIRST.digest])
    assert one.codes() == []
    assert one.record().stages["production"].together == {}
    assert two.codes() == ["quorum"]


def test_what_was_reached_once_stays_though_another_is_taken_back() -> None:
    one, two = project("one", "two", rules=ONE)
    approve_together(BOB, one, two)
    two.revoke(CAT, stage="production")
    assert (one.codes(), two.codes()) == ([], ["revoked"])


@pytest.mark.parametrize("seconds", [-30, 30])
def test_where_it_does_not_count_for_one_it_counts_for_none(seconds: int) -> None:
    """Two had reached the stage before, and was revoked beside the approval of both: dated before, or after it."""
    one, two = project("one", "two", rules=ONE)
    pinned = two.pinned[FIRST.digest]
    two.approve(BOB, pinned)
    approve_together(BOB, one, two)
    at = one.now + timedelta(seconds=seconds)
    two.say(CAT, "revocation", {"stage": None, "reason": ""}, [FIRST.digest], at=at, parents=[pinned])
    assert two.codes() == ["revoked"]
    assert two.faults()[2:] == (["", "revoked"] if seconds < 0 else ["", ""])
    assert one.codes() == (["together"] if seconds < 0 else [])


def test_one_that_was_killed_half_way_counts_nowhere_and_wedges_nothing() -> None:
    one, two = project("one", "two", rules=ONE)
    approve_together(BOB, one, two, only=[one])
    assert (one.faults(), two.faults()) == (["", "together"], [""])
    assert (one.codes(), one.codes(FIRST.digest), two.codes()) == (["together"], ["together"], ["no-approval"])
    approve_together(BOB, one, two)
    assert (one.faults(), two.faults()) == (["", "together", ""], ["", ""])
    assert one.codes() == two.codes() == []
    assert one.record().tied == ("two",)
    assert two.record().tied == ("one",)


def test_a_model_that_nobody_has_evidence_of_is_never_reached() -> None:
    one, two = project("one", "two", rules=ONE)
    approve_together(BOB, one, two)
    del one.beside["two"]
    assert one.codes() == ["together"]
    assert one.record().tied == ("two",)


def test_ties_reach_far() -> None:
    stories = project("a", "b", "c", "d", rules=ONE)
    for left, right in pairwise(stories):
        approve_together(BOB, left, right)
    assert stories[0].record().tied == ("b", "c", "d")
    assert [story.codes() for story in stories] == [[], [], [], []]
    stories[3].pinned.clear()
    stories[3].envelopes.clear()
    for story in stories[:3]:
        story.approve(CAT, story.pinned[FIRST.digest])
    assert [story.codes() for story in stories] == [[], [], [], ["no-approval"]]


def test_what_falls_takes_along_what_leaned_on_it() -> None:
    a, b, c = project("a", "b", "c", rules=policy(Stage("production", 2)))
    approve_together(BOB, a, b)
    approve_together(CAT, b, c)
    a.approve(CAT, a.pinned[FIRST.digest])
    assert [story.codes() for story in (a, b, c)] == [["together"], ["together"], ["quorum"]]
    c.approve(BOB, c.pinned[FIRST.digest])
    assert [story.codes() for story in (a, b, c)] == [[], [], []]


@pytest.mark.parametrize("signer", [EVE, BOT, ANN])
def test_by_who_may_not_it_counts_for_none(signer: FakeSigner) -> None:
    one, two = project("one", "two", rules=ONE)
    approve_together(signer, one, two)
    assert one.head() is None
    assert two.head() is None


@pytest.mark.parametrize("body", [{}, {"stage": "production"}])
def test_a_malformed_one_by_an_ended_key_breaks_nothing(body: dict[str, str]) -> None:
    one, two = project("one", "two", rules=ONE)
    approve_together(CAT, one, two)
    subjects = (Subject("one", FIRST.digest), Subject("two", FIRST.digest))
    said = Statement("approval", "project", subjects, one.now, {"one": (), "two": ()}, dict(body))
    for story in (one, two):
        story.envelopes.append(sign(said, BOB))
        story.limit(BOB.key.id, KeyLimits(last=NOTHING))
    assert one.codes() == two.codes() == []


def test_one_for_a_stage_that_is_no_more_moves_nothing() -> None:
    one, two = project("one", "two", rules=policy(Stage("production", 1), Stage("staging", 1)))
    approve_together(BOB, one, two, stage="staging")
    for story in (one, two):
        story.rules = ONE
    assert one.faults() == ["", "role"]


def test_it_counts_for_none_where_one_has_not_come_the_way() -> None:
    rules = policy(Stage("staging", 1), Stage("production", 1, after="staging"))
    one, two = project("one", "two", rules=rules)
    one.approve(BOB, one.pinned[FIRST.digest], stage="staging")
    approve_together(BOB, one, two)
    assert (one.faults()[-1], two.faults()[-1]) == ("together", "order")
    two.approve(BOB, two.pinned[FIRST.digest], stage="staging")
    assert one.codes() == ["together"]
    approve_together(BOB, one, two)
    assert one.codes() == two.codes() == []


def test_a_no_takes_back_what_waited() -> None:
    one, two = project("one", "two", rules=ONE)
    approve_together(BOB, one, two, only=[one])
    state = one.record().stages["production"]
    assert state.is_asked_or_answered(FIRST.digest)
    one.reject(CAT)
    state = one.record().stages["production"]
    assert (state.together, state.is_asked_or_answered(FIRST.digest)) == ({}, False)
    assert one.codes() == ["rejected"]


def test_a_model_alone_is_tied_to_none() -> None:
    story = Story(ONE)
    story.approve(BOB, story.pin())
    assert story.record().tied == ()
