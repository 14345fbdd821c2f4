from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.pins import make_pin
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, SECOND, Story, policy

from weighbridge.core.policy import Stage
from weighbridge.core.record import replay

if TYPE_CHECKING:
    from weighbridge.core.pin import Pin

PINS = (FIRST, SECOND, make_pin(files={"a": b""}))
SIGNERS = st.sampled_from([BOB, CAT, ANN, BOB, CAT, BOT, EVE])
STAGES = (Stage("production", 2), Stage("staging", 1, adder_may_approve=True, lasts=timedelta(days=1)))
NAMES = st.sampled_from([stage.name for stage in STAGES])
STEPS = st.tuples(
    st.sampled_from(["approve", "pin", *["approve"] * 6, "revoke", "inspect"]),
    SIGNERS,
    st.integers(0, len(PINS) - 1),
    NAMES,
    st.integers(-10, 10),
)
Step: TypeAlias = tuple[str, FakeSigner, int, str, int]


def tell(story: Story, steps: list[Step]) -> None:
    """Play the steps; each has seen all the others, or only the last but one."""
    known: list[str] = []
    for what, who, which, stage, minutes in steps:
        pin, at = PINS[which], NOON + timedelta(minutes=len(known) + minutes)
        seen = known[-2:-1] if minutes % 3 == 0 else sorted(story.leaves)
        if what == "pin":
            known.append(story.pin(pin, who, at=at, parents=seen))
        elif what == "approve":
            known.append(story.approve(who, story.pinned[pin.digest], pin, stage=stage, at=at, parents=seen))
        elif what == "revoke":
            known.append(story.revoke(who, pin, stage=stage, parents=seen))
        else:
            known.append(story.inspect(by=who, pin=pin, at=at, parents=seen))


def told(steps: list[Step]) -> Story:
    story = Story(policy(*STAGES))
    for pin in PINS:
        story.pin(pin, BOT, at=NOON - timedelta(hours=1))
    tell(story, steps)
    story.now = NOON + timedelta(hours=2)
    return story


# A story is replayed many times: fewer of them keep the suite quick.
FEWER = settings(max_examples=40)
STORIES = st.lists(STEPS, min_size=3, max_size=14).map(told)


@FEWER
@given(STORIES, st.data())
def test_the_order_of_envelopes_does_not_matter(story: Story, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(story.envelopes))
    twice = [*shuffled, *shuffled[:3]]
    assert replay("minilm", twice, story.rules, fake_verify, story.now) == story.record()


@FEWER
@given(STORIES)
def test_what_may_run_was_approved_by_so_many_people_who_may(story: Story) -> None:
    record = story.record()
    for stage in STAGES:
        for digest in (None, *(pin.digest for pin in PINS)):
            verdict = story.verdict(digest, stage=stage.name)
            assert verdict.allow is not bool(verdict.reasons)
            if not verdict.allow:
                continue
            assert verdict.digest == record.stages[stage.name].head
            assert verdict.digest not in record.stages[stage.name].revoked
            assert len(set(verdict.approvers)) >= stage.approvals
            assert set(verdict.approvers) <= {"ann", "bob", "cat"}
            if not stage.adder_may_approve:
                assert not set(verdict.approvers) & record.pins[str(verdict.digest)].adders


@FEWER
@given(STORIES, st.lists(STEPS, max_size=4))
def test_strangers_can_not_make_anything_run(story: Story, steps: list[Step]) -> None:
    before = {stage.name: story.verdict(stage=stage.name) for stage in STAGES}
    tell(story, [(what, EVE, which, stage, minutes) for what, _, which, stage, minutes in steps])
    story.now = NOON + timedelta(hours=2)
    assert {stage.name: story.verdict(stage=stage.name) for stage in STAGES} == before


@FEWER
@given(STORIES, NAMES, st.sampled_from(PINS))
def test_after_a_revocation_that_saw_everything_nothing_of_it_runs(story: Story, stage: str, pin: Pin) -> None:
    story.revoke(ANN, pin, stage=stage)
    assert not story.verdict(pin.digest, stage=stage).allow
    assert story.head(stage) != pin.digest


@FEWER
@given(STORIES)
def test_time_alone_allows_nothing_new_once_all_evidence_is_past(story: Story) -> None:
    for stage in STAGES:
        now = story.verdict(stage=stage.name)
        later = story.verdict(stage=stage.name, now=story.now + timedelta(days=400))
        assert now.allow or not later.allow
        if now.allow and now.until is None:
            assert later.allow


@FEWER
@given(STORIES)
def test_until_is_the_last_moment(story: Story) -> None:
    for stage in STAGES:
        verdict = story.verdict(stage=stage.name)
        if verdict.until is not None:
            assert story.verdict(stage=stage.name, now=verdict.until - timedelta(seconds=1)).allow
            assert not story.verdict(stage=stage.name, now=verdict.until).allow
