"""A pin runs only with the pins that it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.fakes.story import ANN, BOB, CAT, FIRST, SECOND, Story, policy

from weighbridge.core import closure
from weighbridge.core.deployment import Deployment
from weighbridge.core.judge import judge

if TYPE_CHECKING:
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.record import Record


def needing(pin: Pin, **references: Pin) -> Pin:
    """The same bytes, in need of other pins."""
    return replace(pin, references={name: other.digest for name, other in references.items()})


def approved(name: str, *pins: Pin) -> Story:
    story = Story(policy(), name)
    for pin in pins:
        mine = replace(pin, name=name)
        pinned = story.pin(mine)
        story.approve(BOB, pinned, mine)
        story.approve(CAT, pinned, mine)
    return story


def asked(*stories: Story, name: str = "minilm") -> Verdict:
    records = {story.name: story.record() for story in stories}
    now = max(story.now for story in stories)

    def find(name: str) -> Record | None:
        return records.get(name)

    heads = closure.heads(find, stories[0].rules, now)
    return judge(records[name], Deployment("project", name, "production"), stories[0].rules, now, heads=heads)


def codes(*stories: Story, name: str = "minilm") -> list[str]:
    return [reason.code for reason in asked(*stories, name=name).reasons]


def test_with_what_it_needs_it_runs() -> None:
    assert codes(approved("minilm", needing(FIRST, base=SECOND)), approved("base", SECOND)) == []


def test_nobody_who_could_tell_is_a_no() -> None:
    story = approved("minilm", needing(FIRST, base=SECOND))
    assert story.codes() == ["reference-denied"]
    assert codes(story) == ["reference-denied"]


def test_without_an_approval_of_what_it_needs_it_does_not_run() -> None:
    base = Story(policy(), "base")
    base.pin(replace(SECOND, name="base"))
    verdict = asked(approved("minilm", needing(FIRST, base=SECOND)), base)
    assert [reason.code for reason in verdict.reasons] == ["reference-denied"]
    assert verdict.reasons[0].hint == "weighbridge approve base --stage production"


def test_what_moved_on_is_not_what_it_was_pinned_with() -> None:
    verdict = asked(approved("minilm", needing(FIRST, base=SECOND)), approved("base", SECOND, FIRST))
    assert [reason.code for reason in verdict.reasons] == ["reference-moved"]
    assert SECOND.digest[7:19] in verdict.reasons[0].message
    assert FIRST.digest[7:19] in verdict.reasons[0].message


def test_what_is_revoked_takes_what_needs_it_along() -> None:
    base = approved("base", SECOND)
    base.revoke(BOB, replace(SECOND, name="base"))
    assert codes(approved("minilm", needing(FIRST, base=SECOND)), base) == ["reference-denied"]


def test_it_needs_what_it_needs_in_turn() -> None:
    top = approved("minilm", needing(FIRST, middle=SECOND))
    middle = approved("middle", needing(SECOND, base=FIRST))
    assert codes(top, middle) == ["reference-denied"]
    assert codes(top, middle, approved("base", FIRST)) == []


def test_models_that_need_each_other_run_together() -> None:
    one = approved("minilm", needing(FIRST, other=SECOND))
    other = approved("other", needing(SECOND, minilm=FIRST))
    assert codes(one, other) == codes(one, other, name="other") == []
    moved = approved("other", needing(SECOND, minilm=SECOND))
    assert codes(one, moved) == ["reference-denied"]


def test_an_unknown_digest_needs_nothing() -> None:
    story = approved("minilm", FIRST)
    assert story.codes(SECOND.digest) == ["unknown-digest"]


def test_the_same_bytes_with_another_need_were_approved_by_nobody() -> None:
    story = approved("minilm", needing(FIRST, base=SECOND))
    before = story.pinned[FIRST.digest]
    story.pin(needing(FIRST, base=FIRST))
    base = approved("base", FIRST)
    assert codes(story, base) == ["no-approval"]
    story.approve(BOB, before)
    assert story.faults()[-1] == "unpinned"
    for key in (BOB, CAT):
        story.approve(key, story.pinned[FIRST.digest])
    assert codes(story, base) == []


def test_the_same_pin_again_leaves_its_approvals() -> None:
    story = approved("minilm", needing(FIRST, base=SECOND))
    story.pin(needing(FIRST, base=SECOND), ANN)
    assert codes(story, approved("base", SECOND)) == []


def test_a_former_head_whose_need_changed_is_not_the_head_any_more() -> None:
    story = approved("minilm", needing(FIRST, base=SECOND), SECOND)
    story.pin(needing(FIRST, base=FIRST))
    assert story.head() == SECOND.digest
    assert story.codes(FIRST.digest) == ["no-approval", "reference-denied"]
