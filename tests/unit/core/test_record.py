from __future__ import annotations

from datetime import timedelta

import pytest
from tests.fakes.pins import make_pin
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, BOT, CAT, EVE, FIRST, SECOND, Story, policy

from weighbridge.core.approval import Approval
from weighbridge.core.attestation import sign, statement_from
from weighbridge.core.errors import IntegrityError
from weighbridge.core.policy import Stage
from weighbridge.core.replay import replay


def broken(story: Story, code: str) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught:
        story.record()
    assert caught.value.code == code
    return caught.value


def test_no_evidence_is_an_empty_record() -> None:
    record = Story().record()
    assert record.events == ()
    assert record.leaves == ()
    assert record.pins == {}
    assert record.stages["production"].head is None


def test_a_pin_is_known_with_who_added_it() -> None:
    story = Story()
    first, second = story.pin(), story.pin(by=BOT)
    record = story.record()
    found = record.pins[FIRST.digest]
    assert found.pin == FIRST
    assert found.newest == second
    assert found.ids == {first, second}
    assert found.adders == {"ann", "bot"}
    assert found.added_at == NOON + timedelta(minutes=2)
    assert record.leaves == (second,)


def test_two_approvals_make_a_head() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned)
    assert story.head() is None
    story.approve(CAT, pinned)
    assert story.head() == FIRST.digest
    assert story.faults() == ["", "", ""]


def test_the_order_of_envelopes_does_not_matter() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.approve(CAT, pinned)
    story.revoke(BOB)
    backwards = replay(
        "minilm", lambda _name: [*reversed(story.envelopes), *story.envelopes], story.rules, fake_verify, story.now
    )
    assert backwards == story.record()


@pytest.mark.parametrize("second", [BOB, FakeSigner("ann's other key"), ANN])
def test_one_person_counts_once_and_the_adder_not_at_all(second: FakeSigner) -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.approve(second, pinned)
    assert story.head() is None


def test_who_pins_the_same_bytes_again_is_an_adder_too() -> None:
    story = Story()
    pinned = story.pin(by=BOT)
    story.approve(ANN, pinned)
    story.pin(by=ANN)
    story.approve(BOB, pinned)
    assert story.head() is None
    story.approve(CAT, pinned)
    assert story.head() == FIRST.digest


def test_one_person_alone_where_the_rules_say_so() -> None:
    story = Story(policy(Stage("production", 1, adder_may_approve=True)))
    story.approve(ANN, story.pin())
    assert story.head() == FIRST.digest


def test_a_later_quorum_supersedes() -> None:
    story = Story(policy(Stage("production", 1)))
    story.approve(BOB, story.pin())
    story.approve(BOB, story.pin(SECOND), SECOND)
    state = story.record().stages["production"]
    assert state.head == SECOND.digest
    assert set(state.superseded) == {FIRST.digest}
    story.approve(CAT, story.record().pins[FIRST.digest].newest)
    state = story.record().stages["production"]
    assert state.head == FIRST.digest
    assert set(state.superseded) == {SECOND.digest}


def test_votes_from_before_being_superseded_do_not_bring_it_back() -> None:
    story = Story()
    first, second = story.pin(), story.pin(SECOND)
    for person in (BOB, CAT):
        story.approve(person, first)
    for person in (BOB, CAT):
        story.approve(person, second, SECOND)
    story.approve(BOB, first)
    assert story.head() == SECOND.digest


def test_stages_are_apart() -> None:
    story = Story(policy(Stage("staging", 1), Stage("production", 1)))
    story.approve(BOB, story.pin(), stage="staging")
    assert story.head("staging") == FIRST.digest
    assert story.head("production") is None


@pytest.mark.parametrize("stage", [None, "production"])
def test_a_revocation_takes_the_head_away(stage: str | None) -> None:
    story = Story(policy(Stage("staging", 1), Stage("production", 1)))
    pinned = story.pin()
    story.approve(BOB, pinned, stage="staging")
    story.approve(BOB, pinned)
    revoked = story.revoke(BOB, stage=stage)
    record = story.record()
    assert record.stages["production"].head is None
    assert record.stages["production"].revoked == {FIRST.digest: {revoked}}
    assert record.stages["staging"].head == (None if stage is None else FIRST.digest)


def test_a_revocation_of_another_digest_leaves_the_head() -> None:
    story = Story(policy(Stage("production", 1)))
    story.approve(BOB, story.pin())
    story.revoke(BOB, SECOND)
    assert story.head() == FIRST.digest


def test_a_revoked_digest_may_be_approved_again_by_who_has_seen_it() -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.revoke(CAT)
    story.approve(BOB, pinned)
    state = story.record().stages["production"]
    assert state.head == FIRST.digest
    assert state.revoked == {}


def test_of_two_concurrent_words_the_cautious_one_holds() -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    story.revoke(CAT, parents=[pinned])
    story.approve(BOB, pinned, parents=[pinned])
    assert story.faults() == ["", "", "revoked"]
    assert story.head() is None
    assert len(story.record().leaves) == 2


def test_branches_merge() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned, parents=[pinned])
    story.approve(CAT, pinned, parents=[pinned])
    assert story.head() == FIRST.digest
    last = story.pin(SECOND)
    assert story.record().leaves == (last,)
    assert len(story.record().events) == 4


def test_children_follow_all_their_parents_whatever_they_claim() -> None:
    story = Story()
    first = story.pin(at=NOON + timedelta(minutes=4))
    second = story.pin(SECOND, at=NOON, parents=[])
    both = story.approve(BOB, first, at=NOON + timedelta(minutes=1), parents=[first, second])
    assert [event.attestation.id for event in story.record().events] == [second, first, both]


@pytest.mark.parametrize(("signer", "fault"), [(EVE, "untrusted"), (BOB, "role")])
def test_a_pin_by_who_may_not(signer: FakeSigner, fault: str) -> None:
    story = Story()
    pinned = story.pin(by=signer)
    assert story.faults() == [fault]
    assert story.record().pins == {}
    story.approve(CAT, pinned)
    assert story.faults() == [fault, "unpinned"]


@pytest.mark.parametrize(("signer", "fault"), [(EVE, "untrusted"), (BOT, "role")])
def test_an_approval_by_who_may_not(signer: FakeSigner, fault: str) -> None:
    story = Story(policy(Stage("production", 1)))
    story.approve(signer, story.pin())
    assert story.faults() == ["", fault]
    assert story.head() is None


def test_an_approval_for_an_unknown_stage_moves_nothing() -> None:
    story = Story()
    story.approve(BOB, story.pin(), stage="nowhere")
    assert story.faults() == ["", "role"]


def test_an_approval_of_something_else_moves_nothing() -> None:
    story = Story(policy(Stage("production", 1)))
    first, second = story.pin(), story.pin(SECOND)
    story.approve(BOB, second)
    story.approve(BOB, first, SECOND)
    story.approve(BOB, "a" * 64)
    assert story.faults() == ["", "", "unpinned", "unpinned", "unpinned"]
    assert story.head() is None


def test_an_approval_of_two_digests_counts_for_the_one_whose_pin_it_names() -> None:
    story = Story(policy(Stage("production", 1)))
    first = story.pin()
    story.pin(SECOND)
    body = Approval("production", {"minilm": first}, "sha256:" + "9" * 64).to_body()
    story.say(BOB, "approval", body, sorted([FIRST.digest, SECOND.digest]))
    assert story.faults()[-1] == ""
    assert story.head() == FIRST.digest


def test_a_checkpoint_is_no_evidence_of_one_model() -> None:
    story = Story()
    story.pin()
    story.say(BOT, "checkpoint", {"pins": []}, [FIRST.digest])
    with pytest.raises(IntegrityError) as caught:
        story.record()
    assert caught.value.code == "foreign-evidence"


@pytest.mark.parametrize(("minutes", "fault"), [(5, ""), (6, "future")])
def test_evidence_from_the_future_moves_nothing(minutes: int, fault: str) -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    story.now = NOON
    story.approve(BOB, pinned, at=NOON + timedelta(minutes=minutes))
    record = story.record(NOON)
    assert record.events[-1].fault == fault
    assert record.stages["production"].head == (None if fault else FIRST.digest)
    strict = replay("minilm", lambda _name: story.envelopes, story.rules, fake_verify, NOON, tolerance=timedelta(0))
    assert strict.events[-1].fault == "future"


@pytest.mark.parametrize(("minutes", "fault"), [(5, ""), (6, "backdated")])
def test_evidence_older_than_what_its_writer_saw_moves_nothing(minutes: int, fault: str) -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    story.approve(BOB, pinned, at=story.now - timedelta(minutes=minutes))
    assert story.faults() == ["", fault]


def test_a_stranger_s_far_future_silences_nobody() -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    story.approve(BOB, pinned)
    before = story.now
    story.say(EVE, "inspection", {"findings": []}, [FIRST.digest], at=NOON + timedelta(days=9000))
    story.now = before
    story.revoke(BOB)
    assert story.faults() == ["", "", "untrusted", ""]
    assert story.head() is None
    story.approve(CAT, pinned)
    assert story.head() == FIRST.digest


def test_a_revocation_counts_whatever_its_clock_said() -> None:
    story = Story(policy(Stage("production", 1)))
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.now -= timedelta(days=1)
    story.revoke(CAT)
    story.now += timedelta(days=1)
    assert story.faults() == ["", "", ""]
    assert story.head() is None


def test_an_approval_ends_when_it_or_the_stage_says() -> None:
    story = Story(policy(Stage("production", 1, lasts=timedelta(days=30))))
    pinned = story.pin()
    for until in (None, NOON + timedelta(days=10), NOON + timedelta(days=90)):
        story.approve(BOB, pinned, until=until)
    ends = [vote.until for vote in story.record().stages["production"].votes[FIRST.digest]]
    assert ends == [
        NOON + timedelta(days=30, minutes=2),
        NOON + timedelta(days=10),
        NOON + timedelta(days=30, minutes=4),
    ]


def test_votes_that_never_held_together_are_no_quorum() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned, until=NOON + timedelta(days=1))
    story.now += timedelta(days=2)
    story.approve(CAT, pinned)
    assert story.head() is None


def test_a_missing_parent_breaks_the_record() -> None:
    story = Story()
    pinned = story.pin()
    story.approve(BOB, pinned)
    del story.envelopes[0]
    error = broken(story, "missing-parent")
    assert error.details["missing"] == pinned
    assert "git log" in error.hint


def test_the_newest_leaf_can_go_unseen() -> None:
    """The security model says so: only the checkpoint, the merge gate and the SQL ledger see it."""
    story = Story(policy(Stage("production", 1)))
    story.approve(BOB, story.pin())
    story.revoke(CAT)
    del story.envelopes[-1]
    assert story.head() == FIRST.digest


def test_evidence_of_another_project_breaks_the_record() -> None:
    story = Story()
    story.say(ANN, "pin", FIRST.to_json(), [FIRST.digest], project="other")
    broken(story, "foreign-evidence")


def test_evidence_of_another_model_breaks_the_record() -> None:
    story, other = Story(), Story(name="bert")
    other.pin(make_pin("bert"))
    story.envelopes = other.envelopes
    broken(story, "foreign-evidence")


@pytest.mark.parametrize("pin", [make_pin("bert"), make_pin(project="other")])
def test_a_pin_that_speaks_of_another_model_breaks_the_record(pin: object) -> None:
    assert isinstance(pin, type(FIRST))
    story = Story()
    story.pin(pin)
    broken(story, "bad-statement")


def test_a_pin_under_another_digest_breaks_the_record() -> None:
    story = Story()
    story.say(ANN, "pin", FIRST.to_json(), [SECOND.digest])
    broken(story, "bad-statement")


def test_a_forged_signature_breaks_the_record() -> None:
    story = Story()
    story.pin()
    good = sign(statement_from(FIRST_STATEMENT), ANN)
    story.envelopes.append(good.replace(ANN.key.id.encode(), BOB.key.id.encode()))
    broken(story, "bad-signature")


FIRST_STORY = Story()
FIRST_STORY.pin()
FIRST_STATEMENT = FIRST_STORY.record().events[0].attestation.statement.to_bytes()
