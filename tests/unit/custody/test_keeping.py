from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.fakes.world import FILES, REPOSITORY

from weighbridge.core.errors import DeniedError, IntegrityError, NotFoundError, SigningError, UsageError
from weighbridge.core.lock import lock_text
from weighbridge.core.ref import Ref
from weighbridge.core.rules import Rules
from weighbridge.core.selection import Selection
from weighbridge.custody.keeping import MAX_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.world import World


def test_add_pins_every_governed_file_and_records_what_is_left_out(world: World) -> None:
    outcome = world.add()
    pin = outcome.pin
    assert outcome.changed
    assert [file.entry.path for file in pin.files] == ["config.json", "model.safetensors"]
    assert [file.path for file in pin.omitted] == ["pytorch_model.bin"]
    assert pin.omitted[0].promise.startswith("sha256:")
    assert world.workspace.pins("tiny") == (pin,)
    assert world.workspace.intents["tiny"] == {"source": f"hf:{REPOSITORY}", "follow": "main"}
    assert world.custody.record("tiny").pins[pin.digest].adders == {"ann"}
    assert (world.store.path(pin) / "config.json").read_bytes() == FILES["config.json"]


def test_add_again_changes_nothing(world: World) -> None:
    world.add()
    before = (dict(world.workspace.locks), world.ledger.read("tiny"))
    assert not world.add().changed
    assert (world.workspace.locks, world.ledger.read("tiny")) == before


def test_add_again_mends_what_is_missing(world: World) -> None:
    pin = world.add().pin
    world.store.remove(pin)
    assert world.add().changed
    assert world.custody.verify(["tiny"])[0].pin == pin
    assert len(world.ledger.read("tiny")) == 2


def test_add_again_after_a_kill_between_evidence_and_lock_converges(world: World) -> None:
    pin = world.add().pin
    del world.workspace.locks["tiny"]
    assert world.add().changed
    assert world.workspace.pins("tiny") == (pin,)
    assert len(world.ledger.read("tiny")) == 2


def test_add_without_push_sends_nothing(world: World) -> None:
    world.add(push=False)
    assert [problem.code for problem in world.custody.status(["tiny"])[0].problems] == ["remote-missing"]


def test_add_of_a_moved_branch_keeps_the_old_pin(world: World) -> None:
    old = world.add().pin
    world.publish(config_json=b'{"layers": 12}')
    new = world.add().pin
    assert new.digest != old.digest
    assert sorted(world.workspace.pins("tiny"), key=lambda pin: pin.digest == new.digest) == [old, new]
    assert len(world.custody.pull(["tiny"])) == 2


def test_the_same_bytes_at_a_new_revision_replace_the_pin_of_their_digest(world: World) -> None:
    old = world.add().pin
    world.publish(pytorch_model_bin=b"other duplicate")
    world.source.publish(REPOSITORY, {**FILES, "pytorch_model.bin": b"other duplicate"})
    new = world.add().pin
    assert (new.digest, new.revision == old.revision) == (old.digest, False)
    assert world.workspace.pins("tiny") == (new,)
    assert world.custody.record("tiny").pins[new.digest].pin == new


def test_add_refuses_bad_paths_before_any_byte(world: World) -> None:
    world.source.publish(REPOSITORY, {**FILES, "../evil": b"x", "CON": b"x"})
    with pytest.raises(IntegrityError, match="can't be governed") as caught:
        world.add()
    named = caught.value.details["paths"]
    assert isinstance(named, dict)
    assert sorted(named) == ["../evil", "CON"]
    assert world.workspace.names() == ()
    assert world.ledger.read("tiny") == ()


def test_add_refuses_more_files_than_a_pin_holds(world: World) -> None:
    world.source.publish(REPOSITORY, {f"{number}.txt": b"" for number in range(MAX_FILES + 1)})
    with pytest.raises(UsageError) as caught:
        world.add()
    assert caught.value.code == "too-many-files"


def test_add_refuses_paths_that_dvc_would_drop(world: World) -> None:
    world.store.dropped.add(("tiny", "config.json"))
    with pytest.raises(IntegrityError, match="dvcignore"):
        world.add()


def test_add_leaves_nothing_of_a_lying_source(world: World) -> None:
    world.source.corrupt["model.safetensors"] = b"poisons " * 100
    with pytest.raises(IntegrityError) as caught:
        world.add()
    assert caught.value.code == "promise-mismatch"
    assert world.workspace.names() == ()
    assert world.ledger.read("tiny") == ()
    assert not list(world.store.root.glob("models/**/*.safetensors"))


def test_add_refuses_other_bytes_under_a_pinned_revision(world: World) -> None:
    pin = world.add().pin
    entry = replace(pin.files[0].entry, sha256="0" * 64)
    forged = replace(pin, files=(replace(pin.files[0], entry=entry), *pin.files[1:]))
    world.workspace.locks["tiny"] = lock_text([forged])
    with pytest.raises(IntegrityError) as caught:
        world.add()
    assert caught.value.code == "revision-changed"
    assert "config.json" in str(caught.value)


@pytest.mark.parametrize("key", ["id", "author"])
def test_add_refuses_another_repository_of_the_same_name(world: World, key: str) -> None:
    pin = world.add().pin
    replaced = replace(pin, identity={**pin.identity, key: "somebody else's"})
    world.workspace.locks["tiny"] = lock_text([replaced])
    with pytest.raises(IntegrityError) as caught:
        world.add()
    assert caught.value.code == "repository-replaced"


def test_an_owner_in_other_letters_or_untold_is_no_other_one(world: World) -> None:
    pin = world.add().pin
    for identity in ({**pin.identity, "author": "ORG"}, {"repo_id": "org/tiny"}):
        world.workspace.locks["tiny"] = lock_text([replace(pin, identity=identity)])
        assert world.add().pin.identity == pin.identity


def test_add_refuses_another_source_under_a_governed_name(world: World) -> None:
    world.add()
    world.source.publish("org/other", FILES)
    with pytest.raises(UsageError) as caught:
        world.custody.add(Ref.parse("hf:org/other"), "tiny", Selection())
    assert caught.value.code == "other-source"


def test_add_needs_a_source_a_name_and_a_role(world: World, team: World) -> None:
    with pytest.raises(UsageError) as caught:
        world.custody.add(Ref.parse("gopher:org/tiny"), "tiny", Selection())
    assert caught.value.code == "unknown-scheme"
    with pytest.raises(UsageError, match="can't be the name"):
        world.custody.add(Ref.parse(f"hf:{REPOSITORY}"), "Tiny!", Selection())
    with pytest.raises(NotFoundError):
        world.custody.add(Ref.parse("hf:org/none"), "tiny", Selection())
    with pytest.raises(SigningError) as role:
        team.add(key="guest")
    assert role.value.code == "role"
    with pytest.raises(SigningError) as unknown:
        team.add(key="stranger")
    assert unknown.value.code == "unknown-key"
    assert team.add(key="robot").changed


def test_who_may_not_sign_learns_where_roles_and_keys_stand(team: World) -> None:
    hints = {}
    for trust in ("local", "sha256:" + "0" * 64):
        team.policy = replace(team.policy, trust=trust)
        for key in ("guest", "stranger"):
            with pytest.raises(SigningError) as caught:
                team.add(key=key)
            hints[trust[:5], key] = caught.value.hint
    assert hints["local", "guest"] == "roles stand under people.guest in weighbridge.toml"
    assert hints["sha25", "guest"] == "roles stand under people.guest in the trust file"
    assert "weighbridge keys trust" in hints["local", "stranger"]
    assert "trust file" in hints["sha25", "stranger"]


def test_the_whole_selection_goes_into_the_intent(world: World) -> None:
    chosen = Selection(include=("*.json", "*.bin"), exclude=("x*",), all_formats=True)
    outcome = world.custody.add(Ref.parse(f"hf:{REPOSITORY}"), "tiny", chosen)
    assert [file.entry.path for file in outcome.pin.files] == ["config.json", "pytorch_model.bin"]
    assert world.workspace.intents["tiny"] == {
        "source": f"hf:{REPOSITORY}",
        "include": ["*.json", "*.bin"],
        "exclude": ["x*"],
        "all_formats": True,
    }


def test_verify_compares_the_lock_with_what_was_signed(world: World) -> None:
    pin = world.add().pin
    world.workspace.locks["tiny"] = lock_text([replace(pin, revision="f" * 40)])
    with pytest.raises(IntegrityError) as caught:
        world.custody.verify(["tiny"])
    assert caught.value.code == "lock-differs"


def test_a_lock_whose_evidence_is_gone_is_refused(world: World) -> None:
    world.add()
    world.ledger.envelopes.clear()
    with pytest.raises(IntegrityError) as caught:
        world.custody.verify([])
    assert caught.value.code == "lock-differs"


def test_verify_names_every_damaged_file_and_pull_mends_it(world: World) -> None:
    pin = world.add().pin
    damaged = world.store.path(pin) / "model.safetensors"
    damaged.chmod(0o644)
    damaged.write_bytes(b"poisons " * 100)
    with pytest.raises(IntegrityError) as caught:
        world.custody.verify(["tiny"])
    assert "model.safetensors" in str(caught.value.details["problems"])
    assert world.custody.pull(["tiny"])[0].changed
    assert [outcome.pin for outcome in world.custody.verify(["tiny"])] == [pin]


def test_pull_to_a_folder_takes_one_pin(world: World, tmp_path: Path) -> None:
    world.add()
    world.add("twin")
    with pytest.raises(UsageError, match="one pin, not 2"):
        world.custody.pull([], to=tmp_path / "copy")
    world.approve()
    assert world.custody.pull(["tiny"], stage="production", to=tmp_path / "copy")[0].changed
    assert (tmp_path / "copy" / "config.json").read_bytes() == FILES["config.json"]


def test_load_gives_the_folder_of_the_head(world: World) -> None:
    world.add()
    with pytest.raises(DeniedError) as caught:
        world.custody.load("tiny", "production")
    assert caught.value.reasons == ("no-approval",)
    world.approve()
    pin, folder = world.custody.load("tiny", None)
    assert folder == world.store.path(pin)


def test_register_verifies_first(world: World) -> None:
    pin = world.add().pin
    damaged = world.store.path(pin) / "config.json"
    damaged.chmod(0o644)
    damaged.write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        world.custody.register(["tiny"])
    assert world.registry.view("tiny") is None


def test_register_is_idempotent_and_puts_aliases_back(world: World) -> None:
    pin = world.add().pin
    first = world.custody.register(["tiny"])
    assert (first[0].version, first[0].changed) == ("1", True)
    assert not world.custody.register(["tiny"])[0].changed
    world.approve()
    view = world.registry.view("tiny")
    assert view is not None
    assert view.aliases == {"production": view.version_of(pin.digest)}
    world.registry.unpoint("tiny", "production")
    assert world.custody.register(["tiny"])[0].changed


def test_a_hand_moved_alias_loads_nothing(world: World) -> None:
    old = world.add().pin
    world.approve()
    world.publish(config_json=b'{"layers": 12}')
    new = world.add().pin
    world.custody.register(["tiny"])
    view = world.registry.view("tiny")
    assert view is not None
    world.registry.set_alias("tiny", "production", str(view.version_of(new.digest)))
    with pytest.raises(DeniedError) as caught:
        world.custody.load_digest(new.digest)
    assert caught.value.reasons == ("no-approval",)
    assert world.custody.load_digest(old.digest)[0] == old


def test_a_second_version_made_by_hand_does_not_slip_past(team: World) -> None:
    pin = team.add().pin
    team.approve("bob", "staging")
    team.registry.create_version("tiny", f"weighbridge://sha256/{pin.digest.removeprefix('sha256:')}", {})
    team.registry.set_alias("tiny", "production", "2")
    with pytest.raises(DeniedError) as caught:
        team.custody.load_digest(pin.digest)
    assert caught.value.reasons == ("no-approval",)


def test_without_stages_nothing_loads_by_digest(team: World) -> None:
    pin = team.add().pin
    team.policy = replace(team.policy, stages=())
    with pytest.raises(DeniedError) as caught:
        team.custody.load_digest(pin.digest)
    assert caught.value.code == "unknown-digest"


def test_a_digest_that_one_stage_allows_loads_by_version(team: World) -> None:
    pin = team.add().pin
    with pytest.raises(DeniedError):
        team.custody.load_digest(pin.digest)
    team.approve("bob", "staging")
    assert team.custody.load_digest(pin.digest)[0] == pin
    team.registry.set_alias("tiny", "production", "1")
    with pytest.raises(DeniedError) as caught:
        team.custody.load_digest(pin.digest)
    assert caught.value.reasons == ("no-approval",)


def test_unknown_names_and_stages_are_usage_errors(world: World, team: World) -> None:
    with pytest.raises(UsageError) as caught:
        world.custody.verify(["none"])
    assert caught.value.code == "unknown-model"
    for stage in (None, "none"):
        with pytest.raises(UsageError) as unknown:
            team.custody.stage(stage)
        assert unknown.value.code == "unknown-stage"
    assert team.custody.stage("staging").name == "staging"


def test_an_alias_of_one_name_is_no_way_to_what_another_name_allows(team: World) -> None:
    pin = team.add().pin
    team.add("twin")
    team.approve("bob", "staging", "twin")
    team.publish(config_json=b"{}")
    team.add("other")
    assert team.custody.load_digest(pin.digest)[0].name == "twin"
    team.custody.register(["tiny"])
    team.registry.set_alias("tiny", "production", "1")
    with pytest.raises(DeniedError) as caught:
        team.custody.load_digest(pin.digest)
    assert caught.value.reasons == ("no-approval",)
    assert "tiny" in caught.value.message


def test_what_was_approved_and_is_denied_tells_more_than_what_was_not(team: World) -> None:
    pin = team.add().pin
    team.add("twin")
    team.approve("bob", "staging", "twin")
    team.policy = replace(team.policy, rules=Rules(sources=("hf:other/*",)))
    with pytest.raises(DeniedError) as caught:
        team.custody.load_digest(pin.digest)
    assert caught.value.reasons == ("source-not-allowed",)
