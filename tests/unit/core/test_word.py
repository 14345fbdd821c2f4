from __future__ import annotations

from datetime import timedelta

import pytest
from tests.fakes.pins import make_pin
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, CAT, FIRST, SECOND, Story, approve_together, policy, project

from weighbridge.core.attestation import Subject
from weighbridge.core.checkpoint import Checkpoint
from weighbridge.core.outcome import pin_summary
from weighbridge.core.policy import Stage
from weighbridge.core.word import RevocationOutcome, WordOutcome, loads_until, queue

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PIN = make_pin()
BEFORE = Checkpoint("project", 1, NOON, NOON + 30 * DAY, frozenset(), {}, {})
RULES = policy(Stage("trial", max_evidence_age=HOUR), Stage("staging"), Stage("production", max_evidence_age=90 * DAY))


def test_until_when_the_offline_may_still_load() -> None:
    assert loads_until(RULES, None, BEFORE) == {
        "trial": NOON + HOUR,
        "staging": NOON + 30 * DAY,
        "production": NOON + 30 * DAY,
    }
    assert loads_until(RULES, "trial", BEFORE) == {"trial": NOON + HOUR}
    assert loads_until(RULES, "nowhere", BEFORE) == {}


def test_nobody_may_where_nothing_was_ever_published() -> None:
    assert loads_until(RULES, None, None) == {}


@pytest.mark.parametrize("stage", [None, "production"])
def test_a_revocation_in_json(stage: str | None) -> None:
    subject = Subject("minilm", PIN.digest)
    done = RevocationOutcome(
        (subject,),
        stage,
        "leaked",
        changed=True,
        published=False,
        kept_out="hf:org/**",
        by_trust_file=False,
        until={"production": NOON},
    )
    assert done.to_json() == {
        "changed": True,
        "stage": stage,
        "reason": "leaked",
        "published": False,
        "denied_source": "hf:org/**",
        "offline_until": {"production": "2026-11-23T12:00:00Z"},
        "models": [{"name": "minilm", "digest": PIN.digest}],
    }


def test_a_word_in_json() -> None:
    shown = WordOutcome((PIN,), "production", "unclear", changed=False, published=True).to_json()
    assert (shown["changed"], shown["published"], shown["stage"], shown["text"]) == (
        False,
        True,
        "production",
        "unclear",
    )
    assert shown["models"] == [pin_summary(PIN)]


def test_what_waits_for_approvals() -> None:
    story = Story(policy(Stage("staging", 1), Stage("production", 2, lasts=DAY)))
    pinned = story.pin()
    assert queue(story.record(), story.rules, story.now) == ()
    story.request(ANN, pinned, comment="for search")
    story.approve(BOB, pinned)
    (waits,) = queue(story.record(), story.rules, story.now)
    assert waits.to_json() == {
        "stage": "production",
        "digest": FIRST.digest,
        "asked": [{"by": ["ann"], "at": "2026-11-23T12:02:00Z", "comment": "for search"}],
        "approved_by": ["bob"],
        "needed": 2,
    }
    assert queue(story.record(), story.rules, story.now + DAY)[0].approved_by == ()
    story.approve(CAT, pinned)
    assert queue(story.record(), story.rules, story.now) == ()
    story.request(ANN, story.pin(SECOND), SECOND, stage="staging")
    (waits,) = queue(story.record(), story.rules, story.now)
    assert (waits.stage, waits.digest, waits.approved_by, waits.needed) == ("staging", SECOND.digest, (), 1)
    story.reject(CAT, SECOND, stage="staging")
    assert queue(story.record(), story.rules, story.now) == ()


def test_who_approved_several_models_is_told_while_they_wait() -> None:
    one, two = project("one", "two")
    approve_together(BOB, one, two)
    (waits,) = queue(one.record(), one.rules, one.now)
    assert (waits.asks, waits.approved_by, waits.needed) == ((), ("bob",), 2)
