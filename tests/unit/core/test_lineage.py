from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from tests.fakes.story import ANN, BOB, CAT, Story

from weighbridge.core.errors import IntegrityError
from weighbridge.core.lineage import in_order, leaves, past

if TYPE_CHECKING:
    from weighbridge.core.attestation import Attestation


def graph() -> tuple[dict[str, Attestation], list[str]]:
    """A pin, two branches on it, and what joined them."""
    story = Story()
    pinned = story.pin()
    left = story.approve(BOB, pinned, parents=[pinned])
    right = story.approve(CAT, pinned, parents=[pinned])
    joined = story.revoke(ANN)
    return {event.attestation.id: event.attestation for event in story.record().events}, [pinned, left, right, joined]


def test_parents_come_first_in_whatever_order_they_were_found() -> None:
    found, ids = graph()
    for order in permutations(ids):
        assert [item.id for item in in_order({key: found[key] for key in order}, "minilm")] == ids


def test_a_parent_that_is_missing_is_named() -> None:
    found, (pinned, left, _, _) = graph()
    del found[left]
    with pytest.raises(IntegrityError) as caught:
        in_order(found, "minilm")
    assert (caught.value.code, caught.value.details["missing"]) == ("missing-parent", left)
    assert pinned in found


def test_the_past_is_what_it_descends_from_and_itself() -> None:
    found, (pinned, left, right, joined) = graph()
    assert past(found, "minilm", pinned) == {pinned}
    assert past(found, "minilm", left) == {pinned, left}
    assert past(found, "minilm", joined) == {pinned, left, right, joined}
    assert past(found, "minilm", "0" * 64) == past(found, "minilm", "") == frozenset()


def test_a_past_of_which_something_is_missing_is_what_is_left_of_it() -> None:
    found, (pinned, left, right, joined) = graph()
    del found[left]
    assert past(found, "minilm", joined) == {pinned, right, joined}


def test_leaves_are_nobody_s_parents() -> None:
    found, (_, left, right, joined) = graph()
    assert leaves(found, "minilm") == (joined,)
    del found[joined]
    assert leaves(found, "minilm") == tuple(sorted([left, right]))
    assert leaves({}, "minilm") == ()
