"""A copy of a statement under another envelope: whoever puts a signature of his own to it moves nothing again."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import fake_verify
from tests.fakes.story import BOB, CAT, FIRST, POLICY_DIGEST, SECOND, Story, policy

from weighbridge.core import canonical
from weighbridge.core.approval import Approval
from weighbridge.core.attestation import envelope_id
from weighbridge.core.policy import Stage
from weighbridge.core.replay import replay

if TYPE_CHECKING:
    from weighbridge.core.record import Record


def record_of(story: Story) -> Record:
    return replay(story.name, lambda _: story.envelopes, story.rules, fake_verify, story.now + timedelta(hours=1))


def copy_after(story: Story, attestation: str, after: str) -> bytes:
    """The same envelope with one more signature, by nobody, so chosen that its id is above two others."""
    row = json.loads(next(item for item in story.envelopes if envelope_id(item) == attestation))
    for number in range(10_000):
        more = {"keyid": "f" * 64, "sig": base64.b64encode(b"%d" % number).decode()}
        made = canonical.dumps({**row, "signatures": [*row["signatures"], more]})
        if envelope_id(made) > max(attestation, after):
            return made
    raise AssertionError("ten thousand ids, and none of them above")


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=-3)], ids=["the same second", "a slower clock"])
def test_a_superseded_approval_is_not_the_head_again_by_a_copy(later: timedelta) -> None:
    story = Story(policy(Stage("production", 1)))
    one, two = story.pin(FIRST), story.pin(SECOND)
    moment = story.now
    old = story.approve(BOB, one, FIRST, at=moment)
    new = story.approve(CAT, two, SECOND, at=moment + later)
    story.envelopes.append(copy_after(story, old, new))
    record = record_of(story)
    assert record.stages["production"].head == SECOND.digest
    assert [event.fault for event in record.events][-1] == "repeated"


def test_two_people_may_say_the_same_at_the_same_time() -> None:
    story = Story(policy(Stage("production", 2)))
    pinned = story.pin(FIRST)
    body = Approval("production", {story.name: pinned}, POLICY_DIGEST).to_body()
    for who in (BOB, CAT):
        story.say(who, "approval", body, [FIRST.digest], at=story.now, parents=[pinned])
    record = record_of(story)
    assert record.stages["production"].head == FIRST.digest
    assert [event.fault for event in record.events] == ["", "", ""]
