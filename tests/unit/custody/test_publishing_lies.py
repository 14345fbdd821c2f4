"""A remote whose writers lie: what was once seen stays in, and a no is signed all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner
from tests.unit.custody.asking import KEY, shown

from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Statement, Subject, sign
from weighbridge.core.bundle import Bundle, bundle_from, bundle_key
from weighbridge.core.errors import IntegrityError, RegistryError

if TYPE_CHECKING:
    from tests.fakes.world import World


ANN, STRANGER = FakeSigner("ann"), FakeSigner("stranger")


def bundle(world: World, name: str, digest: str) -> Bundle:
    """A bundle in the remote."""
    data = world.store.published(bundle_key("project", name, digest))
    assert data is not None
    return bundle_from(data)


@pytest.mark.parametrize("harm", ["set back", "deleted", "signed by a stranger"])
def test_what_a_clone_saw_published_is_in_whatever_it_publishes_next(clones: tuple[World, World], harm: str) -> None:
    mine, other = clones
    before = mine.store.published(KEY)
    other.custody.revoke(["tiny"], reason="leaked")
    mine.custody.catch_up(["tiny"])
    seen = shown(mine)
    assert before is not None
    if harm == "set back":
        mine.store.publish(KEY, before)
    elif harm == "deleted":
        (mine.root / "remote" / "documents" / KEY).unlink()
    else:
        mine.store.publish(KEY, sign(replace(seen, number=70).to_statement(), STRANGER))
    found = mine.custody.heads()
    assert found.said.heads["tiny"] == {}
    assert found.said.number == (71 if harm == "signed by a stranger" else seen.number + 1)
    assert found.said.leaves == seen.leaves


def test_a_lying_remote_does_not_keep_a_no_from_being_signed(clones: tuple[World, World]) -> None:
    mine, _ = clones
    mine.store.publish(KEY, b"{}")
    count = len(mine.ledger.read("tiny"))
    with pytest.raises(IntegrityError):
        mine.custody.catch_up(["tiny"])
    with pytest.raises(IntegrityError):
        mine.custody.revoke(["tiny"], reason="leaked")
    assert len(mine.ledger.read("tiny")) == count + 1
    assert not mine.custody.verdict(mine.custody.record("tiny"), "production").allow


def test_a_registry_that_is_down_does_not_keep_a_no_from_those_who_load(clones: tuple[World, World]) -> None:
    mine, _ = clones
    mine.registry.failure = RegistryError("down", code="registry-unreachable")
    with pytest.raises(RegistryError):
        mine.custody.revoke(["tiny"], reason="leaked")
    assert shown(mine).heads["tiny"] == {}
    mine.registry.failure = None
    assert not mine.custody.revoke(["tiny"], reason="leaked").changed


def test_a_name_that_can_not_be_governed_is_waited_for_and_breaks_nothing(clones: tuple[World, World]) -> None:
    mine, _ = clones
    record = mine.custody.record("tiny")
    (digest,) = record.pins
    subjects = tuple(sorted((Subject("../x", digest), Subject("tiny", digest))))
    known = {"tiny": record.pins[digest].newest, "../x": record.pins[digest].newest}
    body = Approval("production", known, "sha256:" + "0" * 64).to_body()
    parents = {"tiny": record.leaves, "../x": ()}
    mine.ledger.append(["tiny"], sign(Statement("approval", "project", subjects, mine.now, parents, body), ANN))
    assert mine.custody.record("tiny").events[-1].fault == "together"
