from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.meddling import CASES, NAME, SOURCE, Meddling, Scene, brief
from tests.fakes.registry import MemoryRegistry
from tests.fakes.world import SOLO, World

from weighbridge.core.divergence import Code
from weighbridge.core.errors import RegistryError, UsageError
from weighbridge.core.policy import Stage
from weighbridge.custody.reconciling import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.registered import RegistryView

STAGES = tuple(Stage(name, approvals=1, adder_may_approve=True) for name in ("staging", "production"))
MOVED, FOREIGN = {(Code.ALIAS_MOVED, "1")}, {(Code.VERSION_FOREIGN, "3")}


@pytest.fixture
def staged(tmp_path: Path) -> World:
    """Two approved versions of one model, the second of them the head of production."""
    world = World(tmp_path, policy=replace(SOLO, stages=STAGES))
    tell(world)
    return world


def tell(world: World) -> None:
    world.add()
    world.approve()
    world.publish(config_json=b'{"layers": 7}')
    world.approve(digest=world.add().pin.digest)


def scene(world: World) -> Scene:
    versions = view(world).versions
    return Scene(world.registry, "project", *(str(item.digest)[7:] for item in versions))


def view(world: World, name: str = NAME) -> RegistryView:
    found = world.registry.view(name)
    assert found is not None
    return found


def seen(world: World, name: str = NAME) -> set[tuple[Code, str | None]]:
    return brief(world.custody.divergences([name])[name])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_hands_do_is_seen_and_put_back(staged: World, case: Meddling) -> None:
    assert seen(staged) == set()
    case.do(scene(staged))
    assert seen(staged) == case.said
    done = staged.custody.reconcile([NAME])
    assert brief(done.left) == case.left == seen(staged)
    restorable = {item for item in case.said if item[0].restorable}
    assert brief(done.restored) == restorable
    assert done.to_json()["changed"] is bool(restorable)
    again = staged.custody.reconcile([])
    assert (again.to_json()["changed"], again.left) == (False, done.left)


def test_every_code_is_made_by_some_hand_here() -> None:
    by_cases = {code for case in CASES for code, _ in case.said}
    elsewhere = {
        Code.ALIAS_DENIED,
        Code.STAGE_MISSING,
        Code.MODEL_UNPROVEN,
        Code.MODEL_UNGOVERNED,
        Code.MODEL_ELSEWHERE,
    }
    assert by_cases | elsewhere == set(Code)


def test_what_nobody_approved_need_not_be_registered(staged: World) -> None:
    staged.publish(config_json=b'{"layers": 8}')
    staged.add()
    assert seen(staged) == set()
    assert [item.version for item in staged.custody.reconcile([]).pins] == ["1", "2", None]


def test_a_registry_without_the_model_is_told_once_and_filled(staged: World) -> None:
    staged.registry = MemoryRegistry()
    assert seen(staged) == {(Code.MODEL_MISSING, None)}
    done = staged.custody.reconcile([NAME])
    assert (done.left, view(staged).aliases) == ((), {"production": done.pins[-1].version})


def test_before_anything_is_approved_an_empty_registry_is_right(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add()
    assert seen(world) == set()
    assert world.custody.reconcile([]).to_json()["changed"] is False
    assert world.registry.names() == {}


def test_an_alias_that_outlived_its_approval_says_why(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add()
    world.custody.approve([NAME], "production", until=world.now + timedelta(days=1))
    assert seen(world) == set()
    world.pass_time(days=2)
    (found,) = world.custody.divergences([])[NAME]
    assert (found.code, found.version, found.stage) == (Code.ALIAS_DENIED, "1", "production")
    assert "expired" in found.message
    assert world.custody.reconcile([NAME]).left == ()
    assert view(world).aliases == {}


def test_with_legacy_stages_heads_stand_in_them(tmp_path: Path) -> None:
    world = World(tmp_path, policy=replace(SOLO, stages=STAGES), registry=MemoryRegistry(legacy_stages=True))
    tell(world)
    assert [item.stage for item in view(world).versions] == ["Archived", "Production"]
    assert seen(world) == set()
    world.registry.set_stage(NAME, "1", "Production")
    assert seen(world) == {(Code.STAGE_MOVED, "1"), (Code.STAGE_MISSING, "2")}
    world.registry.set_stage(NAME, "2", "Staging")
    assert (Code.STAGE_MOVED, "2") in seen(world)
    assert world.custody.reconcile([NAME]).left == ()
    assert [item.stage for item in view(world).versions] == ["", "Production"]
    world.registry.delete_version(NAME, "2")
    assert seen(world) == {(Code.VERSION_MISSING, None), (Code.ALIAS_MISSING, None)}
    assert world.custody.reconcile([NAME]).left == ()
    assert view(world).versions[-1].stage == "Production"


def test_a_version_that_is_pinned_under_another_name(staged: World) -> None:
    staged.publish(config_json=b'{"layers": 9}')
    other = staged.add("other").pin
    staged.registry.create_version(NAME, SOURCE + other.digest[7:], {})
    (found,) = staged.custody.divergences([NAME])[NAME]
    assert (found.code, found.version) == (Code.VERSION_MISPLACED, "3")
    assert "pinned as other" in found.message


def test_a_removed_model_stays_a_view_of_what_was_signed(staged: World) -> None:
    staged.custody.remove(NAME, reason="leaked")
    assert seen(staged) == set()
    staged.registry.set_alias(NAME, "production", "2")
    staged.registry.delete_tag(NAME, "1", "weighbridge.removed")
    staged.registry.set_tag(NAME, None, "weighbridge.ref", "hf:evil/tiny")
    wrong = {(Code.ALIAS_INVENTED, "2"), (Code.TAG_MISSING, "1"), (Code.TAG_DIFFERS, None)}
    assert seen(staged) == wrong
    assert brief(staged.custody.ungoverned()) == wrong
    done = staged.custody.reconcile([NAME])
    assert (brief(done.restored), done.left, done.pins) == (wrong, (), ())
    assert view(staged).aliases == {}
    assert [item.tags["weighbridge.removed"] for item in view(staged).versions] == ["true", "true"]


def test_one_pin_removed_of_two(staged: World) -> None:
    staged.custody.remove(NAME, digest="sha256:" + scene(staged).first, reason="old")
    assert seen(staged) == set()
    staged.registry.delete_tag(NAME, "1", "weighbridge.removed")
    assert seen(staged) == {(Code.TAG_MISSING, "1")}
    assert staged.custody.reconcile([]).left == ()
    staged.custody.register([])
    assert seen(staged) == set()


def test_registered_models_without_evidence(staged: World) -> None:
    hands = staged.registry
    for name, tags in (
        ("private", {}),
        ("ghost", {"weighbridge.project": "project"}),
        ("theirs", {"weighbridge.project": "theirs-000000"}),
        ("../../Odd Name", {}),
    ):
        hands.create_model(name, tags)
    hands.copy_version(NAME, "2", "stolen")
    assert [(item.name, item.code) for item in staged.custody.ungoverned()] == [
        ("../../Odd Name", Code.MODEL_UNGOVERNED),
        ("ghost", Code.MODEL_UNPROVEN),
        ("private", Code.MODEL_UNGOVERNED),
        ("stolen", Code.MODEL_UNGOVERNED),
        ("theirs", Code.MODEL_ELSEWHERE),
    ]
    assert all(item.hint and item.message for item in staged.custody.ungoverned())
    before = {name: hands.view(name) for name in ("private", "ghost", "theirs", "stolen")}
    assert staged.custody.reconcile([]).to_json()["changed"] is False
    assert {name: hands.view(name) for name in before} == before


def test_only_what_is_listed_is_asked_for(staged: World) -> None:
    staged.publish(config_json=b'{"layers": 8}')
    for name in ("one", "two", "three"):
        staged.add(name)
    before = staged.registry.asked
    assert set(staged.custody.divergences([])) == {NAME, "one", "two", "three"}
    assert staged.registry.asked == before + 2


def test_a_name_without_evidence_is_a_usage_error(staged: World) -> None:
    for verb in (staged.custody.divergences, staged.custody.reconcile):
        for name in ("none", "../tiny"):
            with pytest.raises(UsageError) as caught:
                verb([name])
            assert caught.value.code == "unknown-model"


def test_an_overview_shows_all_of_it(staged: World) -> None:
    staged.registry.set_alias(NAME, "production", "1")
    staged.registry.create_model("private", {})
    found = staged.custody.overview([])
    assert (found.registry, found.trouble) == ("compared", None)
    assert brief(found.models[0].divergences or ()) == MOVED
    assert [item.name for item in found.ungoverned or ()] == ["private"]
    assert found.models[0].heads == staged.custody.status([])[0].heads
    one = staged.custody.overview([NAME])
    assert (one.ungoverned, brief(one.models[0].divergences or ())) == (None, MOVED)


def test_an_overview_without_the_registry_asks_nobody(staged: World) -> None:
    before = staged.registry.asked
    found = staged.custody.overview([], registry=False)
    assert (found.registry, found.models[0].divergences, found.ungoverned) == ("skipped", None, None)
    assert staged.registry.asked == before
    assert found.to_json()["registry"] == {"state": "skipped", "problem": None}


def test_a_registry_that_fails_leaves_the_rest_of_an_overview(staged: World) -> None:
    staged.registry.failure = RegistryError("gone", code="registry-unreachable", hint="wait")
    found = staged.custody.overview([])
    assert (found.registry, found.trouble) == ("failed", ("registry-unreachable", "gone", "wait"))
    assert (found.models[0].divergences, found.ungoverned) == (None, None)
    assert found.models[0].verdicts[1].allow
    problem = {"code": "registry-unreachable", "message": "gone", "hint": "wait"}
    assert found.to_json()["registry"] == {"state": "failed", "problem": problem}
    for verb in (lambda: staged.custody.divergences([]), staged.custody.ungoverned):
        with pytest.raises(RegistryError):
            verb()


class _Slow(MemoryRegistry):
    """A registry that takes its time for each model."""

    world: World

    def view(self, name: str) -> RegistryView | None:
        self.world.now += timedelta(seconds=PATIENCE.total_seconds() + 1)
        return super().view(name)


def test_a_slow_registry_is_not_waited_for(tmp_path: Path) -> None:
    slow = _Slow()
    slow.world = world = World(tmp_path, registry=slow)
    for name in ("one", "two"):
        world.add(name)
        world.custody.register([name])
    found = world.custody.overview([])
    assert found.trouble is not None
    assert found.trouble[0] == "registry-slow"
    assert [item.divergences for item in found.models] == [(), None]
    assert found.ungoverned is None
