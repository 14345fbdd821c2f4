"""Keys that end: by a day, by a place in the ledger, or entirely."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, CAT, EVE, FIRST, SECOND, Story, policy

from weighbridge.core.attestation import Statement, Subject, open_envelope, sign
from weighbridge.core.canonical import dumps, loads
from weighbridge.core.checkpoint import is_vouched
from weighbridge.core.errors import IntegrityError
from weighbridge.core.policy import NOTHING, KeyLimits, Stage
from weighbridge.core.rules import Rules

if TYPE_CHECKING:
    from datetime import datetime

OTHER = FakeSigner("ann's other key")
ONE = Stage("production", 1)


def stolen() -> tuple[Story, str]:
    """Bob approved, then his key was revoked; the id is that of the pin."""
    story = Story(policy(ONE))
    pinned = story.pin()
    story.approve(BOB, pinned)
    story.limit(BOB.key.id, KeyLimits(last=story.revoke_key(CAT, BOB.key.id)))
    return story, pinned


def test_what_a_revoked_key_signed_before_goes_on_counting() -> None:
    story, _ = stolen()
    assert story.faults() == ["", "", ""]
    assert story.head() == FIRST.digest


def test_a_mark_alone_ends_no_key() -> None:
    story = Story(policy(ONE))
    pinned = story.pin()
    story.revoke_key(CAT, BOB.key.id)
    story.approve(BOB, pinned)
    assert story.head() == FIRST.digest


@pytest.mark.parametrize("at", [None, NOON, NOON + timedelta(minutes=1)])
@pytest.mark.parametrize("seen", ["all", "pin", "none"])
def test_a_stolen_key_can_not_date_back(at: datetime | None, seen: str) -> None:
    story, pinned = stolen()
    newer = story.pin(SECOND)
    parents = {"all": None, "pin": [pinned], "none": []}[seen]
    story.approve(BOB, newer, SECOND, at=at, parents=parents)
    assert "key-revoked" in story.faults()
    assert story.head() == FIRST.digest


def test_what_a_stolen_key_takes_back_stays() -> None:
    story, _ = stolen()
    story.revoke(BOB)
    assert story.faults()[-1] == "key-revoked"
    assert story.head() == FIRST.digest


def test_a_key_that_counts_for_nothing_takes_its_approvals_with_it() -> None:
    story, _ = stolen()
    story.limit(BOB.key.id, KeyLimits(last=NOTHING))
    assert story.faults() == ["", "key-revoked", ""]
    assert story.head() is None


def test_a_place_that_is_not_there_is_nothing() -> None:
    story, _ = stolen()
    story.limit(BOB.key.id, KeyLimits(last="0" * 64))
    assert story.head() is None


def test_of_two_keys_of_one_person_the_other_goes_on() -> None:
    story = Story(policy(Stage("production", 1, adder_may_approve=True)))
    pinned = story.pin(by=OTHER)
    story.limit(ANN.key.id, KeyLimits(last=NOTHING))
    story.approve(ANN, pinned)
    assert (story.faults(), story.head()) == (["", "key-revoked"], None)
    story.approve(OTHER, pinned)
    assert (story.faults(), story.head()) == (["", "key-revoked", ""], FIRST.digest)


def test_an_envelope_that_a_good_and_an_ended_key_signed_counts_once() -> None:
    story = Story(policy(Stage("production", 1, adder_may_approve=True)))
    pinned = story.pin()
    story.approve(ANN, pinned)
    both = loads(story.envelopes[-1])
    story.approve(OTHER, pinned, at=story.now, parents=[pinned])
    other = loads(story.envelopes.pop())
    assert isinstance(both, dict)
    assert isinstance(other, dict)
    assert both["payload"] == other["payload"]
    both["signatures"] = [*both["signatures"], *other["signatures"]]  # type: ignore[misc]  # JSON of a known shape
    story.envelopes[-1] = dumps(both)
    story.limit(ANN.key.id, KeyLimits(last=pinned))
    assert (story.faults(), story.head()) == (["", ""], FIRST.digest)
    story.limit(OTHER.key.id, KeyLimits(last=NOTHING))
    assert (story.faults(), story.head()) == (["", "key-revoked"], None)


@pytest.mark.parametrize(("minutes", "fault"), [(1, ""), (2, "key-expired")])
def test_a_key_ends_on_its_day(minutes: int, fault: str) -> None:
    story = Story(policy(ONE))
    story.limit(BOB.key.id, KeyLimits(expires=NOON + timedelta(minutes=minutes + 1)))
    pinned = story.pin(at=NOON)
    story.approve(BOB, pinned, at=NOON + timedelta(minutes=2 * minutes - 1))
    assert story.faults() == ["", fault]


def test_revoked_says_more_than_expired() -> None:
    story = Story(policy(ONE))
    story.limit(BOB.key.id, KeyLimits(expires=NOON, last=NOTHING))
    story.approve(BOB, story.pin())
    assert story.faults() == ["", "key-revoked"]


def test_a_stranger_is_untrusted_without_limits() -> None:
    story = Story()
    assert story.rules.limits(EVE.key.id) == KeyLimits()
    story.pin(by=EVE)
    assert story.faults() == ["untrusted"]


def test_a_malformed_mark_breaks_the_record() -> None:
    story = Story()
    story.pin()
    story.say(CAT, "key-revocation", {"key": "me", "reason": ""}, [FIRST.digest])
    with pytest.raises(IntegrityError) as caught:
        story.record()
    assert caught.value.code == "bad-statement"


@pytest.mark.parametrize(
    ("signer", "limits", "good"),
    [
        (BOB, KeyLimits(), True),
        (BOB, KeyLimits(expires=NOON + timedelta(seconds=1)), True),
        (BOB, KeyLimits(expires=NOON), False),
        (BOB, KeyLimits(last="a" * 64), False),
        (BOB, KeyLimits(last=NOTHING), False),
        (EVE, KeyLimits(), False),
    ],
)
def test_whose_checkpoints_count(signer: FakeSigner, limits: KeyLimits, good: bool) -> None:  # noqa: FBT001 - a row
    story = Story(policy(rules=Rules(inspected_by=frozenset({"robot"}))))
    story.limit(BOB.key.id, limits)
    said = Statement("checkpoint", "project", (Subject("minilm", FIRST.digest),), NOON, {"minilm": ()}, {})
    found = open_envelope(sign(said, signer), story.rules.keys, fake_verify)
    assert is_vouched(found, story.rules) is good
    assert story.rules.vouching_roles == {"adder", "approver", "machine", "robot"}
