"""Several clones, one remote: what was revoked elsewhere stays revoked, and nothing unsigned comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.store import FolderStore
from tests.fakes.world import SOLO, World, person
from tests.unit.custody.asking import KEY, code_of, shown

from weighbridge.core.attestation import Statement, Subject, envelope_id, open_envelope, sign
from weighbridge.core.bundle import Bundle, bundle_from, bundle_key
from weighbridge.core.checkpoint import Checkpoint, checkpoint_from
from weighbridge.core.errors import DeniedError, IntegrityError, SigningError, StoreError, UsageError
from weighbridge.core.policy import NOTHING, KeyLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


ANN, STRANGER = FakeSigner("ann"), FakeSigner("stranger")


def bundle(world: World, name: str, digest: str) -> Bundle:
    """A bundle in the remote."""
    data = world.store.published(bundle_key("project", name, digest))
    assert data is not None
    return bundle_from(data)


def limit(world: World, limits: KeyLimits) -> None:
    """Ann's key ends; she has another."""
    ann = person("ann", keys=2)
    world.policy = replace(world.policy, people=(replace(ann, limits={ANN.key.id: limits}),))


def test_what_another_clone_revoked_is_in_the_next_checkpoint(clones: tuple[World, World]) -> None:
    mine, other = clones
    other.custody.revoke(["tiny"], reason="leaked")
    revoked = shown(other)
    mine.pass_time(minutes=1)
    mine.custody.approve(["twin"], "production", until=mine.now + timedelta(days=9))
    said = shown(mine)
    assert said.number == revoked.number + 1
    assert (said.heads["tiny"], set(said.heads["twin"])) == ({}, {"production"})
    assert said.leaves["tiny"] == revoked.leaves["tiny"]
    digest = next(pin.digest for pin in said.pins if pin.name == "tiny")
    ids = {envelope_id(envelope) for envelope in bundle(mine, "tiny", digest).ledger("tiny")}
    assert set(revoked.leaves["tiny"]) <= ids
    assert not set(revoked.leaves["tiny"]) <= {envelope_id(item) for item in mine.ledger.read("tiny")}


def test_a_model_that_another_clone_added_is_in_the_next_checkpoint(clones: tuple[World, World]) -> None:
    mine, other = clones
    other.add("third")
    other.approve("ann", "production", "third")
    mine.now = other.now
    mine.custody.heads()
    said = shown(mine)
    assert set(said.heads["third"]) == {"production"}
    assert "third" not in mine.workspace.names()


def test_who_approves_what_another_clone_revoked_is_told_and_has_seen_it(clones: tuple[World, World]) -> None:
    mine, other = clones
    other.custody.revoke(["tiny"], reason="leaked")
    mine.pass_time(minutes=1)
    with pytest.raises(DeniedError) as told:
        mine.custody.approve(["tiny"], "production")
    assert (told.value.reasons, "ann said no" in told.value.message) == (("said-no",), True)
    assert told.value.message.endswith("meanwhile: leaked")
    assert mine.ledger.read("tiny") == other.ledger.read("tiny")
    (outcome,) = mine.custody.approve(["tiny"], "production")
    assert (outcome.changed, outcome.verdict.allow) == (True, True)
    assert {envelope_id(item) for item in other.ledger.read("tiny")} < {
        envelope_id(item) for item in mine.ledger.read("tiny")
    }


def test_two_that_published_different_words_merge(clones: tuple[World, World]) -> None:
    mine, other = clones
    other.custody.revoke(["tiny"], reason="leaked")
    mine.pass_time(minutes=1)
    mine.custody.revoke(["twin"], reason="old")
    other.pull(mine)
    mine.pull(other)
    first, second = mine.custody.heads(), other.custody.heads()
    assert first.said.heads == second.said.heads == {"tiny": {}, "twin": {}}
    assert second.before == first.said
    assert first.said.leaves == second.said.leaves


def test_catching_up_takes_what_the_checkpoint_has_seen_and_nothing_else(clones: tuple[World, World]) -> None:
    mine, other = clones
    other.custody.revoke(["tiny"], reason="leaked")
    digest = next(pin.digest for pin in shown(mine).pins if pin.name == "tiny")
    good = bundle(mine, "tiny", digest)
    leaves = shown(mine).leaves["tiny"]
    subject = (Subject("tiny", digest),)
    planted = [
        sign(Statement("request", "project", subject, mine.now, {"tiny": parents}, {"words": "x"}), signer)
        for signer in (ANN, STRANGER)
        for parents in ((), leaves)
    ]
    more = replace(good, evidence={**good.evidence, "tiny": (*good.ledger("tiny"), *planted), "twin": tuple(planted)})
    mine.store.publish(bundle_key("project", "tiny", digest), more.to_bytes())
    before = set(mine.ledger.read("tiny"))
    assert mine.custody.catch_up(["tiny", "twin"]) == 1
    assert mine.custody.catch_up(["tiny", "twin"]) == 0
    assert set(mine.ledger.read("tiny")) - before == set(other.ledger.read("tiny")) - before
    assert not set(planted) & set(mine.ledger.read("tiny"))


def test_a_checkpoint_of_a_stranger_brings_nothing_in_and_its_number_is_minded(clones: tuple[World, World]) -> None:
    mine, other = clones
    other.custody.revoke(["tiny"], reason="leaked")
    said = replace(shown(mine), number=70)
    mine.store.publish(KEY, sign(said.to_statement(), STRANGER))
    assert mine.custody.catch_up(["tiny"]) == 0
    mine.workspace.memory.clear()
    last = mine.custody.last()
    assert last is not None
    assert (last.is_signed, last.names, last.leaves("tiny")) == (False, frozenset(), frozenset())
    assert mine.custody.heads().said.number == 71


@pytest.mark.parametrize("ended", ["expired", "revoked"])
def test_what_a_key_published_before_it_ended_is_taken_up(clones: tuple[World, World], ended: str) -> None:
    mine, other = clones
    other.custody.revoke(["tiny"], reason="leaked")
    last = shown(other).leaves["tiny"][0]
    limit(mine, KeyLimits(expires=mine.now + timedelta(minutes=1)) if ended == "expired" else KeyLimits(last=last))
    mine.pass_time(minutes=2)
    found = mine.custody.heads(key="ann-1")
    assert found.said.heads["tiny"] == {}
    assert found.said.leaves["tiny"] == (last,)


def test_a_key_that_ended_publishes_nothing_more(clones: tuple[World, World]) -> None:
    mine, _ = clones
    limit(mine, KeyLimits(last=NOTHING))
    assert code_of(mine.custody.heads, SigningError) == "key-revoked"
    limit(mine, KeyLimits(expires=mine.now))
    assert code_of(mine.custody.heads, SigningError) == "key-expired"
    assert code_of(lambda: mine.custody.export("tiny"), SigningError) == "key-expired"


def test_evidence_that_is_nowhere_to_be_had_stops_everybody(clones: tuple[World, World]) -> None:
    mine, other = clones
    digest = next(pin.digest for pin in shown(mine).pins if pin.name == "tiny")
    key = bundle_key("project", "tiny", digest)
    old = mine.store.published(key)
    assert old is not None
    other.custody.revoke(["tiny"], reason="leaked")
    mine.store.publish(key, old)
    for call in (mine.custody.heads, lambda: mine.custody.catch_up(["tiny"]), lambda: mine.custody.export("twin")):
        assert code_of(call, IntegrityError) == "evidence-lost"
    (mine.root / "remote" / "documents" / key).unlink()
    with pytest.raises(IntegrityError) as caught:
        mine.custody.heads()
    assert caught.value.details["missing"] == list(shown(mine).leaves["tiny"])
    mine.pull(other)
    assert mine.custody.heads().said.heads["tiny"] == {}
    mine.custody.export("tiny")
    assert set(bundle(mine, "tiny", digest).ledger("tiny")) == set(other.ledger.read("tiny"))


def test_a_checkpoint_of_another_project_is_refused(world: World) -> None:
    world.add()
    world.approve()
    said = replace(shown(world), project="other")
    world.store.publish(KEY, sign(said.to_statement(), ANN))
    assert code_of(world.custody.heads, IntegrityError) == "foreign-evidence"


class Raced(FolderStore):
    """A remote where something happens once, right before a document is asked for or written."""

    def __init__(self, world: World, when: str, key: str, act: Callable[[], object]) -> None:
        super().__init__(world.root / "project", world.root / "remote")
        self.waiting = [(when, key, act)]

    def _happens(self, when: str, key: str) -> None:
        found = [item for item in self.waiting if item[:2] == (when, key)]
        self.waiting = [item for item in self.waiting if item not in found]
        for _, _, act in found:
            act()

    def publish(self, key: str, data: bytes) -> None:
        self._happens("write", key)
        super().publish(key, data)

    def published(self, key: str) -> bytes | None:
        self._happens("read", key)
        return super().published(key)


@pytest.mark.parametrize("moved", [False, True])
def test_what_others_publish_while_bundles_are_written_is_taken_up(clones: tuple[World, World], moved: bool) -> None:  # noqa: FBT001 - a row
    """Other evidence of the same model too, whose bundle is overwritten meanwhile."""
    mine, other = clones
    if moved:
        mine.custody.request(["twin"], "production")
        other.pull(mine)

    def meanwhile() -> None:
        other.custody.approve(["twin"], "production", until=other.now + timedelta(days=9))

    digest = next(pin.digest for pin in shown(mine).pins if pin.name == "twin")
    raced = Raced(mine, "read", bundle_key("project", "twin", digest), meanwhile)
    mine.store = raced
    done = mine.custody.revoke(["tiny"], reason="leaked")
    assert (done.published, raced.waiting) == (True, [])
    said = shown(mine)
    assert said.number == 3
    assert said.leaves["twin"] == other.custody.record("twin").leaves
    assert (said.heads["tiny"], set(said.heads["twin"])) == ({}, {"production"})
    for name in ("tiny", "twin"):
        ids = {envelope_id(item) for item in bundle(mine, "twin", digest).ledger(name)}
        assert set(said.leaves[name]) <= ids


def test_a_checkpoint_that_was_overwritten_is_written_again(clones: tuple[World, World]) -> None:
    mine, other = clones
    raced = Raced(mine, "write", KEY, lambda: raced.waiting.append(("read", KEY, other.custody.heads)))
    mine.store = raced
    mine.custody.revoke(["tiny"], reason="leaked")
    assert shown(mine).heads["tiny"] == {}
    assert shown(mine).number == 4


def test_a_bundle_that_somebody_overwrote_is_written_again(clones: tuple[World, World]) -> None:
    mine, _ = clones
    digest = next(pin.digest for pin in shown(mine).pins if pin.name == "tiny")
    key, store = bundle_key("project", "tiny", digest), mine.store
    old = store.published(key)
    assert old is not None
    mine.store = Raced(mine, "write", KEY, lambda: store.publish(key, old))
    mine.custody.revoke(["tiny"], reason="leaked")
    assert shown(mine).number == 3
    assert set(shown(mine).leaves["tiny"]) <= {
        envelope_id(item) for item in bundle(mine, "tiny", digest).ledger("tiny")
    }


def test_others_that_never_stop_are_an_error_and_what_was_signed_stays(world: World) -> None:
    world.add()
    world.approve()
    store, numbers = world.store, iter(range(10, 99))

    class Busy(FolderStore):
        def published(self, key: str) -> bytes | None:
            if key == KEY:
                store.publish(KEY, sign(replace(shown_of(store), number=next(numbers)).to_statement(), ANN))
            return super().published(key)

    def shown_of(at: FolderStore) -> Checkpoint:
        return checkpoint_from(open_envelope(at.published(KEY) or b"", world.policy.keys, fake_verify).statement)

    world.store = Busy(world.root / "project", world.root / "remote")
    assert code_of(lambda: world.custody.revoke(["tiny"], reason="leaked"), StoreError) == "busy"
    world.store = store
    assert world.custody.record("tiny").stages["production"].head is None
    done = world.custody.revoke(["tiny"], reason="leaked")
    assert (done.changed, done.published) == (False, True)
    assert shown(world).heads["tiny"] == {}


def test_heads_are_signed_anew_and_bundles_are_left_alone(clones: tuple[World, World]) -> None:
    mine, _ = clones
    first = shown(mine)
    documents = mine.root / "remote" / "documents" / "project"
    bundles = {path: path.stat().st_mtime_ns for path in documents.glob("*/*")}
    mine.pass_time(days=1)
    done = mine.custody.heads()
    assert {path: path.stat().st_mtime_ns for path in documents.glob("*/*")} == bundles
    assert (done.before, done.said.number) == (first, first.number + 1)
    assert done.said.expires == mine.now + timedelta(days=30)
    assert (done.said.heads, done.said.leaves) == (first.heads, first.leaves)
    assert done.to_json()["number"] == done.said.number


def test_heads_of_nothing_or_to_nowhere(world: World, tmp_path: Path) -> None:
    assert code_of(world.custody.heads, StoreError) == "no-remote"
    alone = World(tmp_path / "alone", policy=SOLO, with_remote=False)
    alone.add(push=False)
    assert code_of(alone.custody.heads, StoreError) == "no-remote"
    assert code_of(lambda: alone.custody.export("tiny"), StoreError) == "no-remote"
    assert alone.custody.catch_up(["tiny"]) == 0


def test_an_exported_bundle_travels_alone(clones: tuple[World, World]) -> None:
    mine, _ = clones
    found, said = mine.custody.export("tiny")
    assert found.checkpoint == mine.store.published(KEY)
    assert said == shown(mine)
    assert set(found.ledger("tiny")) == set(mine.ledger.read("tiny"))
    assert set(found.ledger("twin")) == set(mine.ledger.read("twin"))
    assert bundle_from(found.to_bytes()).checkpoint == found.checkpoint


def test_an_exported_bundle_holds_what_others_published_too(clones: tuple[World, World]) -> None:
    mine, other = clones
    other.add("third")
    other.pass_time(minutes=1)
    other.custody.approve(["tiny", "third"], "production", until=other.now + timedelta(days=9))
    mine.now = other.now
    found, said = mine.custody.export("tiny")
    for name in ("tiny", "twin", "third"):
        assert set(found.ledger(name)) == set(other.ledger.read(name))
        assert set(said.leaves[name]) <= {envelope_id(item) for item in found.ledger(name)}


def test_a_removed_model_is_exported_and_an_unknown_one_is_not(world: World) -> None:
    world.add()
    world.approve()
    world.pass_time(minutes=1)
    world.custody.remove("tiny")
    found, said = world.custody.export("tiny")
    assert said.heads["tiny"] == {}
    assert found.name == "tiny"
    assert code_of(lambda: world.custody.export("other"), UsageError) == "unknown-model"


def test_models_that_were_approved_together_are_published_together(clones: tuple[World, World]) -> None:
    mine, _ = clones
    mine.pass_time(minutes=1)
    mine.custody.approve(["tiny"], "production", until=mine.now + timedelta(days=9))
    digest = next(pin.digest for pin in shown(mine).pins if pin.name == "twin")
    assert set(bundle(mine, "twin", digest).ledger("tiny")) == set(mine.ledger.read("tiny"))


def test_a_bundle_that_was_written_with_less_than_others_published_is_written_again(
    team: World, tmp_path: Path
) -> None:
    """Also where, with theirs taken up, nothing of the model moves any more."""
    digest = team.add("twin").pin.digest
    team.add()
    team.custody.heads(key="ann")
    team.custody.request(["twin"], "staging", key="guest")
    other = team.clone(tmp_path / "other")
    raced = Raced(team, "read", bundle_key("project", "twin", digest), lambda: other.approve("bob", "staging", "twin"))
    team.store = raced
    team.pass_time(seconds=1)
    team.custody.reject(["tiny"], "staging", reason="unclear", key="bob")
    assert raced.waiting == []
    assert shown(team).leaves["twin"] == other.custody.record("twin").leaves
    assert set(bundle(team, "twin", digest).ledger("twin")) == set(other.ledger.read("twin"))
