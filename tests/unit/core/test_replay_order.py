"""Stages that must come one after the other."""

from __future__ import annotations

import pytest
from tests.fakes.story import ANN, BOB, CAT, FIRST, SECOND, Story, policy

from weighbridge.core.errors import ConfigError
from weighbridge.core.policy import Stage

CHAIN = (Stage("trial", 1), Stage("staging", 1, after="trial"), Stage("production", 1, after="staging"))


def chain(*stages: str) -> tuple[Story, str]:
    """A pin that was approved for these stages."""
    story = Story(policy(*CHAIN))
    pinned = story.pin()
    for stage in stages:
        story.approve(BOB, pinned, stage=stage)
    return story, pinned


def test_a_digest_that_comes_the_whole_way_runs() -> None:
    story, _ = chain("trial", "staging", "production")
    assert story.faults() == ["", "", "", ""]
    assert [story.codes(stage=stage.name) for stage in CHAIN] == [[], [], []]


def test_an_approval_that_leaves_a_stage_out_does_not_count_later_either() -> None:
    story, pinned = chain("production", "trial", "production")
    assert story.faults() == ["", "order", "", "order"]
    assert story.codes() == story.codes(FIRST.digest) or story.codes(FIRST.digest) == ["no-approval", "stage-order"]
    story.approve(BOB, pinned, stage="staging")
    assert story.codes(FIRST.digest) == ["no-approval"]
    story.approve(BOB, pinned)
    assert story.codes() == []


def test_the_first_stage_that_is_missing_is_named() -> None:
    story, pinned = chain()
    (reason,) = [item for item in story.verdict(FIRST.digest).reasons if item.code == "stage-order"]
    assert "must be approved for trial before production" in reason.message
    assert f"--stage trial --digest {FIRST.digest}" in reason.hint
    story.approve(BOB, pinned, stage="trial")
    (reason,) = [item for item in story.verdict(FIRST.digest).reasons if item.code == "stage-order"]
    assert "--stage staging" in reason.hint


@pytest.mark.parametrize("stage", ["trial", "staging"])
@pytest.mark.parametrize("no", ["revoke", "reject"])
def test_what_an_earlier_stage_takes_back_no_later_one_lets_run(stage: str, no: str) -> None:
    story, pinned = chain("trial", "staging", "production")
    getattr(story, no)(CAT, stage=stage)
    assert story.codes() == story.codes(FIRST.digest) == ["stage-order"]
    story.approve(CAT, pinned, stage="production")
    assert story.faults()[-1] == "order"
    story.approve(BOB, pinned, stage=stage)
    assert story.codes() == []


def test_an_approval_is_about_its_own_digest() -> None:
    story, _ = chain("trial", "staging", "production")
    second = story.pin(SECOND)
    story.approve(BOB, second, SECOND)
    assert story.faults()[-1] == "order"
    assert story.head() == FIRST.digest


def test_what_was_superseded_on_the_way_has_come_that_way_all_the_same() -> None:
    story, pinned = chain("trial", "staging")
    story.approve(BOB, story.pin(SECOND), SECOND, stage="trial")
    story.approve(BOB, pinned)
    assert story.codes() == []


def test_a_later_stage_counts_only_what_followed_the_earlier_one() -> None:
    story, pinned = chain("trial")
    story.approve(BOB, pinned, stage="staging", parents=[pinned])
    assert story.head("staging") == FIRST.digest
    story.revoke(ANN, stage="trial", parents=[pinned])
    assert story.head("staging") is None or story.codes(stage="staging") == ["stage-order"]


def test_the_stages_before_one_are_told_from_the_first_on() -> None:
    rules = policy(*CHAIN)
    assert [[item.name for item in rules.before(stage)] for stage in CHAIN] == [[], ["trial"], ["trial", "staging"]]


@pytest.mark.parametrize("stages", [(Stage("a", after="a"),), (Stage("a", after="b"), Stage("b"))])
def test_a_stage_comes_after_one_above_it(stages: tuple[Stage, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        policy(*stages)
    assert caught.value.code == "bad-value"
    assert "stages.a.after" in caught.value.message
