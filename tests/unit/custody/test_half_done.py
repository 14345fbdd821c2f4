"""Approvals and marks that a kill left half done, and models that wait for each other."""

from __future__ import annotations

from tests.fakes.signer import FakeSigner
from tests.fakes.store import FolderStore
from tests.fakes.world import World
from tests.unit.custody.asking import aliases, reasons


def killed(world: World, key: str, *names: str) -> None:
    """An approval of several models of which the first alone has got it."""
    before = {name: dict(world.ledger.envelopes[name]) for name in names}
    world.approve(key, "production", *names)
    for name in names[1:]:
        world.ledger.envelopes[name] = before[name]


def test_an_approval_of_several_that_was_killed_is_completed_by_the_same_command(world: World) -> None:
    world.add()
    world.add("twin")
    killed(world, "ann", "tiny", "twin")
    assert (reasons(world), reasons(world, "twin")) == (("together",), ("no-approval",))
    again = World(world.root, world.policy, now=world.now, workspace=world.workspace, ledger=world.ledger)
    again.store = FolderStore(world.root / "project", world.root / "clean")
    again.workspace.memory.clear()
    outcomes = again.custody.approve(["tiny", "twin"], "production")
    assert [item.changed for item in outcomes] == [True, True]
    assert reasons(again) == reasons(again, "twin") == ()
    assert [item.changed for item in again.custody.approve(["tiny", "twin"], "production")] == [False, False]


def test_several_that_wait_for_a_colleague_are_signed_once(team: World) -> None:
    team.add()
    team.add("twin")
    first = team.custody.approve(["tiny", "twin"], "production", key="bob")
    again = team.custody.approve(["tiny", "twin"], "production", key="bob")
    assert [item.changed for item in (*first, *again)] == [True, True, False, False]
    assert [reason.code for reason in first[0].verdict.reasons] == ["quorum"]
    team.custody.reject(["tiny"], "production", reason="unclear", key="cleo")
    assert any(item.changed for item in team.custody.approve(["tiny", "twin"], "production", key="bob"))


def test_the_registry_follows_where_a_model_had_waited_for_another(team: World) -> None:
    team.add()
    team.add("twin")
    team.approve("bob", "production", "tiny", "twin")
    team.approve("cleo", "production", "tiny")
    assert (reasons(team), aliases(team)) == (("together",), {})
    team.approve("cleo", "production", "twin")
    assert reasons(team) == reasons(team, "twin") == ()
    assert aliases(team) == aliases(team, "twin") == {"production": "1"}


def test_a_mark_that_a_killed_command_left_is_used_by_the_next(world: World) -> None:
    ann = FakeSigner("ann").key.id
    world.add()
    world.add("twin")
    first = world.custody.revoke_key(ann, "stolen")
    assert world.custody.revoke_key(ann, "stolen") == first
    other = world.custody.revoke_key(ann, "lost")
    assert other not in {None, first}
    del world.ledger.envelopes["twin"][str(other)]
    third = world.custody.revoke_key(ann, "lost")
    assert third not in {None, first, other}
    assert world.custody.record("tiny").leaves == world.custody.record("twin").leaves == (third,)
    world.pass_time(minutes=1)
    world.custody.revoke(["tiny"], reason="leaked")
    assert world.custody.revoke_key(ann, "lost") not in {None, first, other, third}


def test_marks_of_single_models_are_no_mark_of_both(world: World) -> None:
    ann = FakeSigner("ann").key.id
    world.add()
    first = world.custody.revoke_key(ann, "stolen")
    world.add("twin")
    tiny = dict(world.ledger.envelopes["tiny"])
    del world.ledger.envelopes["tiny"]
    second = world.custody.revoke_key(ann, "stolen")
    world.ledger.envelopes["tiny"] = tiny
    third = world.custody.revoke_key(ann, "stolen")
    assert len({first, second, third}) == 3
