"""What a model reaches for is pinned with it, and it runs only with what it was pinned with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.fakes.world import REPOSITORY

from weighbridge.core.errors import DeniedError, UsageError
from weighbridge.core.reaching import Missing
from weighbridge.core.ref import Ref
from weighbridge.core.rules import OFF, Rules
from weighbridge.core.selection import Selection

if TYPE_CHECKING:
    from tests.fakes.world import World

    from weighbridge.core.outcome import AddOutcome

BASE = {"config.json": b'{"layers": 12}', "model.safetensors": b"base weights"}


@pytest.fixture
def adapter(world: World) -> World:
    """A project whose `tiny` reaches for org/Base, which is at the source."""
    world.source.publish("org/Base", BASE)
    world.inspector.reaching[f"hf:{REPOSITORY}"] = ("org/Base",)
    return world


def add(world: World, *, closure: bool = True) -> AddOutcome:
    world.pass_time(seconds=1)
    ref = Ref.parse(f"hf:{REPOSITORY}@main")
    return world.custody.add(ref, "tiny", Selection(), key="ann", closure=closure)


def codes(world: World, name: str = "tiny") -> list[str]:
    record = world.custody.record(name)
    return [reason.code for reason in world.custody.verdict(record, "production").reasons]


def aliases(world: World) -> list[str]:
    view = world.registry.view("tiny")
    return sorted(view.aliases) if view else []


def move_base(world: World) -> str:
    world.source.publish("org/Base", {**BASE, "model.safetensors": b"other weights"})
    world.pass_time(seconds=1)
    intents = {"base": (Ref.parse("hf:org/Base"), Selection())}
    (outcome,) = world.custody.update(["base"], intents, key="ann")
    return outcome.pin.digest


def test_what_it_reaches_for_is_pinned_and_linked(adapter: World) -> None:
    outcome = add(adapter)
    (base,) = outcome.taken
    assert (base.pin.name, base.pin.source) == ("base", "hf:org/Base")
    assert outcome.pin.references == {"base": base.pin.digest}
    assert outcome.missing == ()
    assert outcome.inspection is not None
    assert outcome.inspection.verdict == "allow"
    assert outcome.pushed
    assert adapter.workspace.pins("tiny") == (outcome.pin,)
    assert adapter.custody.signed("tiny") == (outcome.pin,)
    payload = outcome.to_json()
    assert payload["references"] == {"base": base.pin.digest}
    assert payload["missing"] == []


def test_adding_it_again_changes_nothing(adapter: World) -> None:
    first = add(adapter)
    again = add(adapter)
    assert (again.changed, again.pin, again.taken, again.missing) == (False, first.pin, (), ())


def test_what_is_governed_already_is_linked_under_its_own_name(adapter: World) -> None:
    adapter.custody.add(Ref.parse("hf:org/Base"), "foundation", Selection(), key="ann")
    outcome = add(adapter)
    assert outcome.taken == ()
    assert list(outcome.pin.references) == ["foundation"]
    assert [event.attestation.statement.type for event in adapter.custody.record("tiny").events] == [
        "pin",
        "inspection",
    ]


def test_it_needs_the_base_in_the_same_stage(adapter: World) -> None:
    add(adapter)
    adapter.approve()
    assert codes(adapter) == ["reference-denied"]
    with pytest.raises(DeniedError) as error:
        adapter.custody.load("tiny", "production")
    assert error.value.reasons == ("reference-denied",)
    assert aliases(adapter) == []
    adapter.approve("ann", "production", "base")
    assert codes(adapter) == []
    assert adapter.custody.load("tiny", "production")[0].name == "tiny"
    assert aliases(adapter) == ["production"]


def test_both_can_be_approved_as_one(adapter: World) -> None:
    add(adapter)
    adapter.approve("ann", "production", "tiny", "base")
    assert codes(adapter) == codes(adapter, "base") == []


def test_the_approval_falls_when_the_base_moves_and_comes_back_by_hand(adapter: World) -> None:
    add(adapter)
    adapter.approve("ann", "production", "tiny", "base")
    moved = move_base(adapter)
    assert codes(adapter) == []
    adapter.approve("ann", "production", "base", digest=moved)
    assert codes(adapter) == ["reference-moved"]
    assert aliases(adapter) == []
    outcome = add(adapter)
    assert outcome.changed
    assert outcome.pin.references == {"base": moved}
    assert codes(adapter) == ["no-approval"]
    adapter.approve()
    assert codes(adapter) == []


def test_the_approval_falls_when_the_base_is_revoked(adapter: World) -> None:
    add(adapter)
    adapter.approve("ann", "production", "tiny", "base")
    adapter.pass_time(seconds=1)
    adapter.custody.revoke(["base"], reason="leaked", key="ann")
    assert codes(adapter) == ["reference-denied"]
    assert aliases(adapter) == []


def test_update_links_to_what_moved_after_its_turn(adapter: World) -> None:
    adapter.custody.add(Ref.parse("hf:org/Base"), "zbase", Selection(), key="ann")
    add(adapter)
    adapter.source.publish("org/Base", {**BASE, "model.safetensors": b"other weights"})
    adapter.pass_time(seconds=1)
    intents = {
        "tiny": (Ref.parse(f"hf:{REPOSITORY}@main"), Selection()),
        "zbase": (Ref.parse("hf:org/Base"), Selection()),
    }
    tiny, base = adapter.custody.update([], intents, key="ann")
    assert tiny.pin.references == {"zbase": base.pin.digest}


def test_what_is_needed_is_not_removed(adapter: World) -> None:
    add(adapter)
    with pytest.raises(UsageError) as error:
        adapter.custody.remove("base", key="ann")
    assert error.value.code == "needed"
    moved = move_base(adapter)
    adapter.custody.remove("base", digest=moved, key="ann")
    adapter.custody.remove("tiny", key="ann")
    adapter.custody.remove("base", key="ann")
    assert adapter.workspace.names() == ()


def test_without_the_closure_it_is_named_and_denied(adapter: World) -> None:
    outcome = add(adapter, closure=False)
    assert [item.reference for item in outcome.missing] == ["org/Base"]
    assert (outcome.taken, outcome.pushed) == ((), False)
    assert outcome.inspection is not None
    assert outcome.inspection.verdict == "deny"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("org/none", "no repository org/none"),
        ("/srv/models/base", "it names no repository of the Hub"),
        ("https://example.org/base", "it names no repository of the Hub"),
        ("evil/base", "hf:evil/base is no allowed source"),
    ],
)
def test_what_can_not_be_had_is_named_and_denied(world: World, text: str, why: str) -> None:
    world.policy = replace(world.policy, rules=Rules(sources=("hf:org/**",)))
    world.inspector.reaching[f"hf:{REPOSITORY}"] = (text,)
    outcome = add(world)
    (missing,) = outcome.missing
    assert missing.reference == text
    assert why in missing.why
    assert outcome.inspection is not None
    assert outcome.inspection.verdict == "deny"
    assert not outcome.pushed


def test_a_taken_name_is_passed_by_and_two_are_too_many(adapter: World) -> None:
    for repository in ("a/base", "b/base"):
        adapter.source.publish(repository, BASE)
    adapter.custody.add(Ref.parse("hf:a/base"), "base", Selection(), key="ann")
    outcome = add(adapter)
    assert list(outcome.pin.references) == ["org-base"]
    adapter.custody.add(Ref.parse("hf:b/base"), "other-base", Selection(), key="ann")
    adapter.source.publish("other/Base", BASE)
    adapter.inspector.reaching["hf:a/base"] = ("other/Base",)
    (again,) = [adapter.custody.add(Ref.parse("hf:a/base"), "third", Selection(), key="ann")]
    assert [item.why for item in again.missing] == [
        "its names are taken by other models; add it under a name of your own choice"
    ]


def test_models_that_need_each_other_are_pinned_once(adapter: World) -> None:
    adapter.inspector.reaching["hf:org/Base"] = (REPOSITORY,)
    outcome = add(adapter)
    assert list(outcome.pin.references) == ["base"]
    (base,) = adapter.workspace.pins("base")
    assert base.references == {"tiny": outcome.pin.digest}
    adapter.approve("ann", "production", "tiny", "base")
    assert codes(adapter) == codes(adapter, "base") == []


def test_a_chain_without_end_is_followed_so_far(world: World) -> None:
    world.inspector.reaching[f"hf:{REPOSITORY}"] = ("chain/m0",)
    for number in range(10):
        world.source.publish(f"chain/m{number}", BASE)
        world.inspector.reaching[f"hf:chain/m{number}"] = (f"chain/m{number + 1}",)
    outcome = add(world)
    assert len(outcome.taken) == 4
    last = outcome.taken[-1]
    assert last.missing == (Missing("chain/m4", "more than 50 of one model, or 4 in a row, are not followed"),)
    assert outcome.inspection is not None
    assert outcome.inspection.verdict == "allow"


def test_without_inspection_the_settings_alone_are_looked_at(adapter: World) -> None:
    adapter.policy = replace(adapter.policy, rules=Rules(inspection=OFF))
    outcome = add(adapter)
    assert list(outcome.pin.references) == ["base"]
    assert outcome.inspection is None
    assert all("model.safetensors" not in files for files in adapter.inspector.seen)


def test_a_model_without_settings_reaches_for_nothing(world: World) -> None:
    world.source.publish(REPOSITORY, {"model.safetensors": b"weights"})
    world.policy = replace(world.policy, rules=Rules(inspection=OFF))
    assert add(world).pin.references == {}
    assert world.inspector.seen == []
