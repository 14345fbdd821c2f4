from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.registry import MemoryRegistry
from tests.fakes.signer import FakeSigner
from tests.fakes.store import FolderStore
from tests.fakes.world import SOLO, TEAM, World, person
from tests.unit.custody.asking import aliases, code_of, reasons, two_pins

from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Statement, Subject, sign
from weighbridge.core.errors import DeniedError, SigningError, StoreError, UsageError
from weighbridge.core.policy import KeyLimits, Stage
from weighbridge.custody.revoking import publisher_pattern

if TYPE_CHECKING:
    from pathlib import Path


def test_a_model_is_revoked_everywhere(world: World) -> None:
    pin = world.add().pin
    world.approve()
    world.pass_time(minutes=1)
    done = world.custody.revoke(["tiny"], reason="leaked")
    assert (done.changed, done.published, done.stage, done.kept_out) == (True, True, None, None)
    assert [(item.name, item.digest) for item in done.subjects] == [("tiny", pin.digest)]
    assert (reasons(world), aliases(world)) == (("revoked",), {})
    assert done.until == {"production": world.now - timedelta(minutes=1) + timedelta(days=30)}
    assert not done.by_trust_file


def test_until_follows_the_stage_s_age(world: World) -> None:
    world.rule(replace(SOLO.stages[0], max_evidence_age=timedelta(hours=24)))
    world.add()
    world.approve()
    at = world.now
    world.pass_time(hours=1)
    assert world.custody.revoke(["tiny"], reason="leaked").until == {"production": at + timedelta(hours=24)}


def test_revoking_again_changes_nothing_and_publishes(world: World) -> None:
    world.add()
    world.approve()
    world.custody.revoke(["tiny"], reason="leaked")
    count = len(world.ledger.read("tiny"))
    again = world.custody.revoke(["tiny"], reason="leaked")
    assert (again.changed, again.published) == (False, True)
    assert len(world.ledger.read("tiny")) == count


def test_one_pin_by_its_digest(world: World) -> None:
    old, new = two_pins(world)
    world.custody.revoke(["tiny"], digest=old.digest[:20], reason="leaked")
    assert (reasons(world), reasons(world, digest=old.digest)) == ((), ("revoked",))
    world.custody.revoke(["tiny"], digest=new.digest, reason="leaked")
    assert (reasons(world), aliases(world)) == (("revoked",), {})
    assert code_of(lambda: world.custody.revoke(["tiny"], digest="f" * 64, reason=""), UsageError) == "unknown-digest"


def test_all_pins_of_a_model_in_one_statement(world: World) -> None:
    old, new = two_pins(world)
    before = set(world.ledger.read("tiny"))
    done = world.custody.revoke(["tiny"], reason="stolen")
    assert len(set(world.ledger.read("tiny")) - before) == 1
    assert {item.digest for item in done.subjects} == {old.digest, new.digest}
    assert reasons(world, digest=old.digest) == reasons(world, digest=new.digest) == ("revoked",)


def test_one_stage_alone(team: World) -> None:
    team.add()
    team.approve("bob", "staging")
    for key in ("bob", "cleo"):
        team.approve(key)
    done = team.custody.revoke(["tiny"], stage="staging", reason="broken", key="ann")
    assert set(done.until) == {"staging"}
    assert (reasons(team, stage="staging"), reasons(team)) == (("revoked",), ())
    assert aliases(team) == {"production": "1"}
    assert code_of(lambda: team.custody.revoke(["tiny"], stage="nowhere", reason=""), UsageError) == "unknown-stage"


def test_what_was_approved_again_in_part_can_be_revoked_again(team: World) -> None:
    team.add()
    team.approve("bob")
    team.custody.revoke(["tiny"], reason="leaked", key="bob")
    team.approve("bob")
    assert team.custody.revoke(["tiny"], reason="leaked", key="cleo").changed
    team.approve("cleo")
    assert reasons(team) == ("revoked",)


def test_what_was_rejected_can_be_revoked(team: World) -> None:
    team.add()
    team.custody.reject(["tiny"], "production", reason="unclear", key="bob")
    assert team.custody.revoke(["tiny"], stage="production", reason="leaked", key="bob").changed
    assert reasons(team) == ("revoked",)


def test_all_of_a_publisher_in_one_statement_and_nothing_more_of_it(world: World) -> None:
    world.add()
    world.add("twin")
    world.approve("ann", "production", "tiny", "twin")
    done = world.custody.revoke([], publisher="hf:org", reason="account taken over")
    assert {item.name for item in done.subjects} == {"tiny", "twin"}
    assert set(world.ledger.read("tiny")) & set(world.ledger.read("twin"))
    assert (done.kept_out, world.workspace.denied) == ("hf:org/**", ["hf:org/**"])
    assert reasons(world) == reasons(world, "twin") == ("revoked",)
    assert not world.custody.revoke([], publisher="hf:org", reason="again").changed


def test_a_publisher_of_whom_one_model_is_named(world: World) -> None:
    world.add()
    world.add("twin")
    done = world.custody.revoke(["twin"], publisher="hf:org/*", reason="account taken over")
    assert {item.name for item in done.subjects} == {"twin"}
    assert world.workspace.denied == ["hf:org/*"]


def test_a_publisher_who_made_nothing_here(world: World) -> None:
    world.add()
    assert (
        code_of(lambda: world.custody.revoke([], publisher="hf:others", reason=""), UsageError) == "no-such-publisher"
    )
    assert code_of(lambda: world.custody.revoke([], publisher="others", reason=""), UsageError) == "bad-publisher"
    assert world.workspace.denied == []


def test_under_a_trust_file_its_owners_keep_the_publisher_out(world: World) -> None:
    world.policy = replace(world.policy, trust="sha256:" + "0" * 64)
    world.add()
    done = world.custody.revoke([], publisher="hf:org", reason="account taken over")
    assert (done.kept_out, done.by_trust_file, world.workspace.denied) == ("hf:org/**", True, [])


@pytest.mark.parametrize(
    ("publisher", "pattern"),
    [("hf:org", "hf:org/**"), ("hf:org/", "hf:org/**"), ("hf:org/*", "hf:org/*"), ("https://a.b", "https://a.b/**")],
)
def test_the_pattern_of_a_publisher(publisher: str, pattern: str) -> None:
    assert publisher_pattern(publisher) == pattern


@pytest.mark.parametrize("publisher", ["org", "hf:", ":org", "hf:*", "hf:/**", ""])
def test_what_names_no_publisher(publisher: str) -> None:
    assert code_of(lambda: publisher_pattern(publisher), UsageError) == "bad-publisher"


@pytest.mark.parametrize(("key", "code"), [("robot", "role"), ("guest", "role"), ("stranger", "unknown-key")])
def test_who_may_not_take_back(team: World, key: str, code: str) -> None:
    team.add()
    for call in (
        lambda: team.custody.revoke(["tiny"], reason="", key=key),
        lambda: team.custody.reject(["tiny"], "production", reason="", key=key),
        lambda: team.custody.remove("tiny", key=key),
    ):
        assert code_of(call, SigningError) == code
    assert len(team.ledger.read("tiny")) == 2


def test_a_failing_remote_revokes_here_and_the_same_command_publishes(world: World) -> None:
    class Broken(FolderStore):
        def publish(self, key: str, data: bytes) -> None:
            assert data
            raise StoreError(f"no answer for {key}", code="remote-failed")

    world.add()
    world.approve()
    good, world.store = world.store, Broken(world.root / "project", world.root / "remote")
    with pytest.raises(StoreError):
        world.custody.revoke(["tiny"], reason="leaked")
    assert (reasons(world), aliases(world)) == (("revoked",), {})
    world.store = good
    done = world.custody.revoke(["tiny"], reason="leaked")
    assert (done.changed, done.published) == (False, True)


def test_without_a_remote_nobody_is_offline(tmp_path: Path) -> None:
    world = World(tmp_path, policy=SOLO, with_remote=False)
    world.add(push=False)
    done = world.custody.revoke(["tiny"], reason="leaked")
    assert (done.changed, done.published, done.until) == (True, False, {})


def test_a_model_that_is_not_registered_is_revoked_too(world: World) -> None:
    world.add()
    world.registry = MemoryRegistry()
    assert world.custody.revoke(["tiny"], reason="leaked").changed
    assert world.registry.view("tiny") is None


def test_a_model_without_evidence_has_nothing_to_revoke(world: World) -> None:
    world.add()
    world.ledger.envelopes.clear()
    assert not world.custody.revoke(["tiny"], reason="leaked").changed


def test_a_rejection_answers_what_waits(team: World) -> None:
    team.add()
    team.custody.request(["tiny"], "production", comment="for search", key="guest")
    team.approve("bob")
    done = team.custody.reject(["tiny"], "production", reason="licence unclear", key="cleo")
    assert (done.changed, done.published, done.text) == (True, True, "licence unclear")
    assert reasons(team) == ("rejected",)
    state = team.custody.record("tiny").stages["production"]
    assert (state.asked, state.votes) == ({}, {})
    assert not team.custody.reject(["tiny"], "production", reason="licence unclear", key="cleo").changed


def test_rejecting_and_approving_in_turn(team: World) -> None:
    team.add()
    team.custody.reject(["tiny"], "production", reason="unclear", key="cleo")
    team.approve("bob")
    assert team.custody.reject(["tiny"], "production", reason="still unclear", key="cleo").changed
    team.approve("cleo")
    assert reasons(team) == ("rejected",)
    team.approve("bob")
    assert reasons(team) == ()
    assert code_of(lambda: team.custody.reject(["tiny"], "production", reason="", key="bob"), UsageError) == "is-head"
    team.custody.revoke(["tiny"], stage="production", reason="", key="bob")
    team.custody.request(["tiny"], "production", key="guest")
    assert team.custody.reject(["tiny"], "production", reason="no", key="bob").changed


def test_what_was_rejected_in_one_statement_with_others_is_signed_for_those_that_need_it(team: World) -> None:
    team.add()
    team.add("twin")
    team.custody.reject(["tiny"], "production", reason="unclear", key="bob")
    done = team.custody.reject(["tiny", "twin"], "production", reason="unclear", key="bob")
    assert [pin.name for pin in done.pins] == ["tiny", "twin"]
    assert not set(team.ledger.read("tiny")) & set(team.ledger.read("twin"))


def test_a_request_is_asked_once_by_each(team: World) -> None:
    pin = team.add().pin
    done = team.custody.request(["tiny"], "staging", comment="for search", key="guest")
    assert (done.changed, done.published, done.pins) == (True, False, (pin,))
    assert not team.custody.request(["tiny"], "staging", comment="please", key="guest").changed
    assert team.custody.request(["tiny"], "staging", key="robot").changed
    asked = team.custody.record("tiny").stages["staging"].asked[pin.digest]
    assert [(ask.people, ask.comment) for ask in asked] == [(("guest",), "for search"), (("robot",), "")]
    team.approve("bob", "staging")
    assert not team.custody.request(["tiny"], "staging", key="guest").changed
    for stage, key, kind in (("nowhere", "guest", UsageError), ("staging", "stranger", SigningError)):
        with pytest.raises(kind):
            team.custody.request(["tiny"], stage, key=key)


def test_a_key_ends_at_the_present_place_of_every_model_removed_ones_too(world: World) -> None:
    world.policy = replace(world.policy, people=(person("ann", keys=2),))
    pin = world.add().pin
    world.add("twin")
    world.add("gone")
    world.approve("ann", "production", "tiny", "twin")
    world.pass_time(minutes=1)
    world.custody.remove("gone")
    ann = FakeSigner("ann").key.id
    last = world.custody.revoke_key(ann, "laptop stolen", key="ann-1")
    assert last
    for name in ("tiny", "twin", "gone"):
        assert world.custody.record(name).leaves == (last,)
    limited = replace(world.policy.people[0], limits={ann: KeyLimits(last=last)})
    world.policy = replace(world.policy, people=(limited,))
    assert reasons(world) == ()
    body = Approval("production", {"tiny": "0" * 64}, "sha256:" + "0" * 64).to_body()
    subject = (Subject("tiny", pin.digest),)
    stolen = sign(Statement("approval", "project", subject, world.now, {"tiny": (last,)}, body), FakeSigner("ann"))
    world.ledger.append(["tiny"], stolen)
    assert world.custody.record("tiny").events[-1].fault == "key-revoked"
    assert code_of(lambda: world.custody.approve(["tiny"], "production"), SigningError) == "key-revoked"
    assert world.custody.approve(["tiny"], "production", key="ann-1")[0].verdict.allow


def test_a_key_ends_where_another_clone_s_evidence_ends(world: World, tmp_path: Path) -> None:
    world.policy = replace(world.policy, people=(person("ann", keys=2),))
    world.add()
    world.approve()
    other = world.clone(tmp_path / "other")
    world.pass_time(minutes=1)
    world.custody.revoke(["tiny"], reason="leaked")
    other.now = world.now
    ann = FakeSigner("ann").key.id
    last = other.custody.revoke_key(ann, "laptop stolen", key="ann-1")
    limited = replace(other.policy.people[0], limits={ann: KeyLimits(last=last)})
    other.policy = replace(other.policy, people=(limited,))
    assert reasons(other) == ("revoked",)


def test_a_key_s_end_whose_writer_was_killed_is_taken_up(world: World) -> None:
    world.add()
    world.add("twin")
    world.policy = replace(world.policy, people=(person("ann", keys=2),))
    ann = FakeSigner("ann").key.id
    last = world.custody.revoke_key(ann, "stolen", key="ann-1")
    count = len(world.ledger.read("tiny"))
    assert world.custody.revoke_key(ann, "stolen", key="ann-1") == last
    assert len(world.ledger.read("tiny")) == count
    # Another word, another place, or one that lies in some of the ledgers only, is not it.
    second = world.custody.revoke_key(ann, "lost", key="ann-1")
    assert second not in {None, last}
    world.ledger.append(["twin"], world.ledger.read("twin")[0])
    world.add("third", key="ann-1")
    third = world.custody.revoke_key(ann, "lost", key="ann-1")
    assert third not in {None, last, second}
    for name in ("tiny", "twin"):
        world.ledger.envelopes[name].pop(str(third))
    assert world.custody.revoke_key(ann, "lost", key="ann-1") not in {None, last, second, third}


def test_a_key_that_is_nobody_s_or_has_signed_nothing(world: World) -> None:
    stranger = FakeSigner("stranger").key.id
    assert code_of(lambda: world.custody.revoke_key(stranger, "lost"), UsageError) == "unknown-key"
    assert world.custody.revoke_key(FakeSigner("ann").key.id, "lost") is None


def test_where_the_head_is_removed_the_older_one_does_not_come_back(world: World) -> None:
    old, new = two_pins(world)
    world.custody.remove("tiny", digest=new.digest)
    assert (reasons(world), reasons(world, digest=old.digest)) == (("no-approval",), ("superseded",))
    assert aliases(world) == {}
    assert world.workspace.pins("tiny") == (old,)
    world.approve()
    assert reasons(world) == ()


def test_where_an_older_one_is_removed_the_head_stays(world: World) -> None:
    old, new = two_pins(world)
    world.custody.remove("tiny", digest=old.digest)
    assert (reasons(world), reasons(world, digest=old.digest)) == ((), ("revoked",))
    assert world.custody.admit("tiny", "production")[1] == new


def test_a_model_that_is_not_registered_can_be_removed(world: World) -> None:
    world.add()
    world.registry = MemoryRegistry()
    world.custody.remove("tiny")
    assert (world.workspace.names(), world.registry.view("tiny")) == ((), None)


CHAIN = replace(
    TEAM,
    stages=(
        Stage("trial", 1),
        Stage("staging", 1, after="trial"),
        Stage("production", 1, after="staging"),
    ),
)


def test_stages_one_after_the_other(tmp_path: Path) -> None:
    world = World(tmp_path, policy=CHAIN)
    world.add()
    for stage in ("staging", "production"):
        with pytest.raises(DeniedError) as caught:
            world.approve("bob", stage)
        assert caught.value.reasons == ("stage-order",)
        assert "--stage trial" in caught.value.hint
    for stage in ("trial", "staging", "production"):
        world.approve("bob", stage)
    assert set(aliases(world)) == {"trial", "staging", "production"}
    world.custody.revoke(["tiny"], stage="trial", reason="broken", key="bob")
    assert reasons(world, stage="trial") == ("revoked",)
    assert reasons(world, stage="staging") == reasons(world) == ("stage-order",)
    assert aliases(world) == {}
    world.approve("cleo", "trial")
    assert reasons(world) == ()


def test_who_is_to_sign_is_told_of_a_no(world: World) -> None:
    world.add()
    assert world.custody.explain("tiny", "production").taken_back == ""
    world.custody.reject(["tiny"], "production", reason="unclear")
    assert world.custody.explain("tiny", "production").taken_back == "rejected"
    world.custody.revoke(["tiny"], reason="leaked")
    assert world.custody.explain("tiny", "production").taken_back == "revoked"
    world.approve()
    assert world.custody.explain("tiny", "production").taken_back == ""
