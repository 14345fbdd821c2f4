from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import fake_verify
from tests.fakes.store import FolderStore
from tests.fakes.world import NOON, SOLO, World

from weighbridge.core.attestation import open_envelope
from weighbridge.core.bundle import bundle_from, bundle_key, checkpoint_key
from weighbridge.core.checkpoint import checkpoint_from
from weighbridge.core.errors import DeniedError, IntegrityError, RegistryError, SigningError, StoreError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.checkpoint import Checkpoint


def _checkpoint(world: World) -> Checkpoint:
    data = world.store.published(checkpoint_key("project"))
    assert data is not None
    return checkpoint_from(open_envelope(data, world.policy.keys, fake_verify).statement)


def test_one_person_approves_alone(world: World) -> None:
    pin = world.add().pin
    (outcome,) = world.custody.approve(["tiny"], "production", comment="tried it")
    assert (outcome.changed, outcome.version, outcome.published) == (True, "1", True)
    assert outcome.verdict.allow
    assert (outcome.verdict.approvers, outcome.verdict.separation) == (("ann",), "none")
    assert world.custody.admit("tiny", None)[1] == pin


def test_approving_again_changes_nothing_unless_the_end_moves(world: World) -> None:
    world.add()
    world.approve()
    assert not world.custody.approve(["tiny"], "production")[0].changed
    end = NOON + timedelta(days=9)
    assert world.custody.approve(["tiny"], "production", until=end)[0].changed
    assert not world.custody.approve(["tiny"], "production", until=end)[0].changed
    world.now = end
    assert world.custody.approve(["tiny"], "production")[0].verdict.until is None


def test_an_approval_ends_when_it_says(world: World) -> None:
    world.add()
    with pytest.raises(UsageError) as past:
        world.custody.approve(["tiny"], "production", until=world.now)
    assert past.value.code == "past"
    world.custody.approve(["tiny"], "production", until=world.now + timedelta(days=1))
    world.pass_time(days=1)
    with pytest.raises(DeniedError) as caught:
        world.custody.load("tiny", None)
    assert caught.value.reasons == ("expired",)


def test_a_team_needs_two_others(team: World) -> None:
    team.add()
    with pytest.raises(SigningError) as adder:
        team.approve("ann")
    assert adder.value.code == "adder-approves"
    (first,) = team.custody.approve(["tiny"], "production", key="bob")
    assert [reason.code for reason in first.verdict.reasons] == ["quorum"]
    assert _aliases(team) == {}
    team.approve("bob")
    with pytest.raises(DeniedError):
        team.custody.load("tiny", "production")
    team.approve("cleo")
    assert _aliases(team) == {"production": "1"}
    verdict, _ = team.custody.admit("tiny", "production")
    assert (verdict.approvers, verdict.separation) == (("bob", "cleo"), "enforced")


def _aliases(world: World) -> dict[str, str]:
    view = world.registry.view("tiny")
    assert view is not None
    return dict(view.aliases)


def test_only_approvers_approve(team: World) -> None:
    team.add()
    for key, code in (("robot", "role"), ("guest", "role"), ("stranger", "unknown-key"), ("nobody", "no-key")):
        with pytest.raises(SigningError) as caught:
            team.approve(key)
        assert caught.value.code == code


def test_an_approval_recomputes_the_bytes_first(world: World) -> None:
    pin = world.add().pin
    damaged = world.store.path(pin) / "config.json"
    damaged.chmod(0o644)
    damaged.write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        world.approve()
    assert len(world.ledger.read("tiny")) == 2
    assert world.registry.view("tiny") is None


def test_nothing_is_signed_when_the_registry_refuses(world: World) -> None:
    world.add()
    world.registry.create_model("tiny", {})
    with pytest.raises(RegistryError) as caught:
        world.approve()
    assert caught.value.code == "foreign-model"
    assert len(world.ledger.read("tiny")) == 2


def test_the_newest_pin_is_the_candidate_and_an_older_one_can_be_named(world: World) -> None:
    old = world.add().pin
    world.approve()
    world.publish(config_json=b'{"layers": 12}')
    new = world.add().pin
    assert world.custody.candidate("tiny") == new
    assert world.custody.candidate("tiny", old.digest[:20]) == old
    for digest in ("0" * 64, ""):
        with pytest.raises(UsageError) as caught:
            world.custody.candidate("tiny", digest)
        assert caught.value.code == "unknown-digest"


def test_a_new_head_supersedes_and_a_rollback_is_one_step(world: World) -> None:
    old = world.add().pin
    world.approve()
    world.publish(config_json=b'{"layers": 12}')
    new = world.add().pin
    world.approve()
    assert world.custody.admit("tiny", None)[1] == new
    with pytest.raises(DeniedError) as caught:
        world.custody.admit("tiny", None, old.digest)
    assert caught.value.reasons == ("superseded",)
    world.approve(digest=old.digest)
    assert world.custody.admit("tiny", None)[1] == old
    assert _aliases(world) == {"production": "1"}


def test_several_models_are_approved_in_one_statement(world: World) -> None:
    world.add()
    world.add("twin")
    outcomes = world.custody.approve(["twin", "tiny", "twin"], "production")
    assert [outcome.pin.name for outcome in outcomes] == ["twin", "tiny"]
    shared = set(world.ledger.read("tiny")) & set(world.ledger.read("twin"))
    assert len(shared) == 1
    assert world.custody.load("twin", None)[0].name == "twin"


def test_evidence_from_the_future_stops_further_evidence(world: World) -> None:
    world.add()
    world.pass_time(hours=-1)
    with pytest.raises(IntegrityError):
        world.approve()
    world.pass_time(hours=2)
    world.publish(config_json=b'{"layers": 12}')
    world.add()
    world.pass_time(hours=-1)
    with pytest.raises(IntegrityError):
        world.add("tiny")


def test_approval_publishes_numbered_checkpoints_and_bundles(world: World) -> None:
    pin = world.add().pin
    world.approve()
    first = _checkpoint(world)
    assert (first.number, dict(first.heads)) == (1, {"tiny": {"production": pin.digest}})
    assert first.expires == first.issued_at + timedelta(days=30)
    world.approve()
    assert _checkpoint(world).number == 2
    data = world.store.published(bundle_key("project", "tiny", pin.digest))
    assert data is not None
    bundle = bundle_from(data)
    assert set(bundle.ledger("tiny")) == set(world.ledger.read("tiny"))
    assert bundle.checkpoint is None


def test_without_a_remote_nothing_is_published(tmp_path: Path) -> None:
    world = World(tmp_path, policy=SOLO, with_remote=False)
    world.add(push=False)
    assert not world.custody.approve(["tiny"], "production")[0].published


def test_a_failing_remote_is_an_error_after_signing(world: World) -> None:
    class Broken(FolderStore):
        def published(self, key: str) -> bytes | None:
            raise StoreError(f"no answer for {key}", code="remote-failed")

    world.add()
    world.store = Broken(world.root / "project", world.root / "remote")
    with pytest.raises(StoreError) as caught:
        world.approve()
    assert caught.value.code == "remote-failed"
    assert len(world.ledger.read("tiny")) == 3


def test_remove_revokes_everywhere_and_keeps_the_evidence(world: World) -> None:
    pin = world.add().pin
    world.add("twin")
    world.approve()
    (outcome,) = world.custody.remove("tiny", reason="replaced")
    assert outcome.changed
    assert world.workspace.names() == ("twin",)
    assert "tiny" not in world.workspace.intents
    assert not world.store.path(pin).exists()
    assert _aliases(world) == {}
    assert "tiny" not in {name for name, heads in _checkpoint(world).heads.items() if heads}
    with pytest.raises(DeniedError) as caught:
        world.custody.load("tiny", "production")
    assert caught.value.reasons == ("revoked",)
    assert len(world.ledger.read("tiny")) == 4
    with pytest.raises(UsageError):
        world.custody.remove("tiny")


def test_remove_of_one_pin_keeps_the_others(world: World) -> None:
    old = world.add().pin
    world.publish(config_json=b'{"layers": 12}')
    new = world.add().pin
    world.custody.remove("tiny", digest=old.digest)
    assert world.workspace.pins("tiny") == (new,)
    assert "tiny" in world.workspace.intents


def test_a_remove_that_was_killed_before_the_lock_goes_on(world: World) -> None:
    world.add()
    before = dict(world.workspace.locks)
    world.custody.remove("tiny")
    world.workspace.locks.update(before)
    world.custody.remove("tiny")
    assert len(world.ledger.read("tiny")) == 3
    assert world.workspace.names() == ()


def test_a_removed_model_can_be_added_and_approved_again(world: World) -> None:
    world.add()
    world.approve()
    world.custody.remove("tiny")
    pin = world.add().pin
    with pytest.raises(DeniedError) as caught:
        world.custody.load("tiny", None)
    assert caught.value.reasons == ("revoked",)
    world.approve()
    assert world.custody.load("tiny", None)[0] == pin


def test_a_pin_without_evidence_can_still_be_removed(world: World) -> None:
    world.add()
    world.ledger.envelopes.clear()
    world.custody.remove("tiny")
    assert world.workspace.names() == ()


def test_a_rehearsal_checks_everything_and_signs_nothing(team: World) -> None:
    pin = team.add().pin
    team.custody.rehearse(["tiny"], "production", key="bob")
    for key in ("ann", "guest"):
        with pytest.raises(SigningError):
            team.custody.rehearse(["tiny"], "production", key=key)
    (team.store.path(pin) / "config.json").chmod(0o644)
    (team.store.path(pin) / "config.json").write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        team.custody.rehearse(["tiny"], "production", key="bob")
    assert len(team.ledger.read("tiny")) == 2
