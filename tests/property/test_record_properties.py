from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.pins import make_pin
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, SECOND, Story, approve_together, policy, project

from weighbridge.core.attestation import envelope_id
from weighbridge.core.deployment import Deployment
from weighbridge.core.judge import judge
from weighbridge.core.policy import KeyLimits, Stage
from weighbridge.core.replay import replay

if TYPE_CHECKING:
    from weighbridge.core.pin import Pin

PINS = (FIRST, SECOND, make_pin(files={"a": b""}))
SIGNERS = st.sampled_from([BOB, CAT, ANN, BOB, CAT, BOT, EVE])
STAGES = (
    Stage("staging", 1, adder_may_approve=True, lasts=timedelta(days=1)),
    Stage("production", 2),
    Stage("edge", 1, after="production"),
)
NAMES = st.sampled_from([stage.name for stage in STAGES])
STEPS = st.tuples(
    st.sampled_from(["approve", "pin", *["approve"] * 8, "revoke", "reject", "request", "inspect"]),
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
        elif what == "reject":
            known.append(story.reject(who, pin, stage=stage, parents=seen))
        elif what == "request":
            known.append(story.request(who, story.pinned[pin.digest], pin, stage=stage))
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
    assert replay("minilm", lambda _name: twice, story.rules, fake_verify, story.now) == story.record()


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
            assert all(verdict.digest in record.stages[item.name].reached for item in story.rules.before(stage))
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


def allowed(story: Story) -> set[tuple[str, str]]:
    """Which digest may run in which stage."""
    record = story.record()
    wishes = [Deployment("project", story.name, stage.name, pin.digest) for stage in STAGES for pin in PINS]
    return {(wish.stage, str(wish.digest)) for wish in wishes if judge(record, wish, story.rules, story.now).allow}


NOES = st.tuples(st.sampled_from(["revoke", "reject"]), st.sampled_from([BOB, CAT, ANN, BOT, EVE]))


@FEWER
@given(STORIES, NOES, st.sampled_from(PINS), NAMES)
def test_one_no_more_allows_nothing_more(story: Story, no: tuple[str, FakeSigner], pin: Pin, stage: str) -> None:
    before = allowed(story)
    getattr(story, no[0])(no[1], pin, stage=stage)
    assert allowed(story) <= before


@FEWER
@given(STORIES, NOES, st.sampled_from(PINS), NAMES, st.data())
def test_a_no_that_others_had_not_seen_does_not_let_run_what_it_is_about(
    story: Story, no: tuple[str, FakeSigner], pin: Pin, stage: str, data: st.DataObject
) -> None:
    """Another digest may be head again where the one that superseded it never reached the stage."""
    before = allowed(story)
    seen = data.draw(st.sampled_from([event.attestation.id for event in story.record().events]))
    getattr(story, no[0])(no[1], pin, stage=stage, parents=[seen])
    assert {item for item in allowed(story) - before if item[1] == pin.digest} == set()


@FEWER
@given(STORIES, st.data())
def test_without_its_newest_word_what_was_denied_does_not_run_unless_that_was_a_no(
    story: Story, data: st.DataObject
) -> None:
    """But for a pin, that makes somebody an adder, and an approval of another digest, that supersedes."""
    record, before = story.record(), allowed(story)
    gone = data.draw(st.sampled_from(record.leaves))
    said = next(event.attestation.statement for event in record.events if event.attestation.id == gone)
    story.envelopes = [item for item in story.envelopes if envelope_id(item) != gone]
    more = allowed(story) - before
    if said.type == "request":
        assert more == set()
    if said.type == "approval":
        assert not {digest for _, digest in more} & {item.digest for item in said.subjects}


@FEWER
@given(STORIES, st.lists(STEPS, max_size=6), st.sampled_from([BOB, CAT, ANN, BOT]))
def test_what_a_revoked_key_signs_changes_nothing(story: Story, steps: list[Step], thief: FakeSigner) -> None:
    story.limit(thief.key.id, KeyLimits(last=story.revoke_key(ANN, thief.key.id)))
    before, record = allowed(story), story.record()
    tell(story, [(what, thief, which, stage, minutes) for what, _, which, stage, minutes in steps])
    story.now = NOON + timedelta(hours=2)
    after = story.record()
    assert allowed(story) == before
    assert (after.stages, after.pins, after.inspections) == (record.stages, record.pins, record.inspections)


WORDS = st.tuples(
    st.sampled_from(["approve", "approve", "approve", "revoke", "reject"]), st.sampled_from([BOB, CAT, ANN])
)
BRANCH = st.lists(st.tuples(WORDS, st.integers(0, len(PINS) - 1), NAMES, st.integers(0, 200)), max_size=8)
Branch: TypeAlias = list[tuple[tuple[str, FakeSigner], int, str, int]]


def shape(story: Story) -> object:
    """What a record comes to, but for ids."""
    return [
        (
            name,
            state.head,
            state.reached,
            set(state.revoked),
            state.rejected,
            {
                digest: [(vote.person, vote.issued_at) for vote in votes]
                for digest, votes in state.votes.items()
                if votes
            },
            {digest: [vote.person for vote in votes] for digest, votes in state.superseded.items()},
        )
        for name, state in story.record().stages.items()
    ]


@FEWER
@given(BRANCH, BRANCH)
def test_two_branches_that_met_equal_some_order_of_what_counts_in_them(left: Branch, right: Branch) -> None:
    merged = Story(policy(*STAGES))
    for pin in PINS:
        merged.pin(pin, BOT, at=NOON - timedelta(minutes=1))
    base = sorted(merged.leaves)
    told_in: dict[str, tuple[str, FakeSigner, Pin, str]] = {}
    for branch in (left, right):
        seen, second = base, 0
        for (what, who), which, stage, pause in branch:
            second = min(second + pause, 240)
            pin, at = PINS[which], NOON + timedelta(seconds=second)
            merged.now = at - timedelta(minutes=1)
            given_ = {"approve": [merged.pinned[pin.digest]]}.get(what, [])
            more = {"at": at} if what == "approve" else {}
            seen = [getattr(merged, what)(who, *given_, pin, stage=stage, parents=seen, **more)]
            told_in[seen[0]] = (what, who, pin, stage)
    merged.now = NOON + timedelta(hours=1)
    serial = Story(policy(*STAGES))
    for pin in PINS:
        serial.pin(pin, BOT, at=NOON - timedelta(minutes=1))
    for event in merged.record().events[len(PINS) :]:
        if not event.fault:
            what, who, pin, stage = told_in[event.attestation.id]
            serial.now = event.attestation.statement.issued_at - timedelta(minutes=1)
            getattr(serial, what)(who, *([serial.pinned[pin.digest]] if what == "approve" else []), pin, stage=stage)
    serial.now = merged.now
    assert shape(serial) == shape(merged)


JOINT = st.tuples(
    st.sampled_from(["together", "together", "killed", "alone", "revoke", "reject"]),
    st.sampled_from([BOB, CAT, ANN]),
    st.sets(st.sampled_from("abc"), min_size=1),
)


@FEWER
@given(st.lists(JOINT, min_size=2, max_size=10), st.sampled_from([1, 2]))
def test_an_approval_of_several_counts_for_all_or_for_none(
    steps: list[tuple[str, FakeSigner, set[str]]], approvals: int
) -> None:
    stories = project("a", "b", "c", rules=policy(Stage("production", approvals)))
    for what, who, names in steps:
        chosen = [story for story in stories if story.name in names]
        now = max(story.now for story in stories)
        for story in stories:
            story.now = now
        if what in {"together", "killed"}:
            approve_together(who, *chosen, only=chosen[:1] if what == "killed" else None)
        elif what == "alone":
            chosen[0].approve(who, chosen[0].pinned[FIRST.digest])
        else:
            getattr(chosen[0], what)(who)
    now = max(story.now for story in stories)
    for story in stories:
        story.now = now
    records = {story.name: story.record() for story in stories}
    faults = {(name, event.attestation.id): event.fault for name, record in records.items() for event in record.events}
    for name, record in records.items():
        for event in record.events:
            others = event.attestation.statement.parents.keys() - {name}
            if event.attestation.statement.type == "approval" and others and not event.fault:
                assert all(faults[other, event.attestation.id] == "" for other in others)
                assert all(FIRST.digest in records[other].stages["production"].ever for other in others)
