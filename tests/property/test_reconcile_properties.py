"""Whatever hands do to a registry, the view comes back, once, and what people made stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.meddling import NAME, SOURCE, STRANGER
from tests.fakes.registry import MemoryRegistry
from tests.fakes.world import SOLO, World

from weighbridge.core.policy import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    Act = Callable[[MemoryRegistry], None]

STAGES = tuple(Stage(name, approvals=1, adder_may_approve=True) for name in ("staging", "production"))
ALIASES = st.sampled_from(["production", "staging", "Production", "champion"])
KEYS = st.sampled_from(["content_hash", "source", "weighbridge.name", "weighbridge.removed", "weighbridge.x", "team"])
VERSIONS = st.integers(0, 9)


def _existing(registry: MemoryRegistry, number: int) -> str | None:
    view = registry.view(NAME)
    return view.versions[number % len(view.versions)].version if view and view.versions else None


def _on_version(number: int, act: Callable[[MemoryRegistry, str], None]) -> Act:
    def do(registry: MemoryRegistry) -> None:
        version = _existing(registry, number)
        if version is not None:
            act(registry, version)

    return do


def _create(source: str, tags: dict[str, str]) -> Act:
    return lambda registry: registry.create_version(NAME, source, tags) if registry.view(NAME) else None


ACTS = st.one_of(
    st.builds(lambda n, a: _on_version(n, lambda r, v: r.set_alias(NAME, a, v)), VERSIONS, ALIASES),
    st.builds(lambda n, k: _on_version(n, lambda r, v: r.set_tag(NAME, v, k, "by hand")), VERSIONS, KEYS),
    st.builds(lambda n: _on_version(n, lambda r, v: r.set_stage(NAME, v, "Production")), VERSIONS),
    st.builds(lambda n: _on_version(n, lambda r, v: r.delete_version(NAME, v)), VERSIONS),
    st.builds(lambda n: _on_version(n, lambda r, v: r.copy_version(NAME, v, NAME)), VERSIONS),
    st.builds(_create, st.sampled_from(["s3://a", SOURCE + STRANGER]), st.dictionaries(KEYS, st.just("x"))),
    st.just(_on_version(0, lambda r, _: r.set_tag(NAME, None, "weighbridge.ref", "hf:evil/tiny"))),
    st.just(_on_version(0, lambda r, _: r.delete_model(NAME))),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("reconcile"), policy=replace(SOLO, stages=STAGES))
    made.add()
    made.approve()
    made.publish(config_json=b'{"layers": 7}')
    made.approve(digest=made.add().pin.digest)
    return made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=8), legacy_stages=st.booleans())
def test_the_view_comes_back_once_and_what_people_made_stays(
    world: World, acts: list[Act], *, legacy_stages: bool
) -> None:
    world.registry = registry = MemoryRegistry(legacy_stages=legacy_stages)
    world.custody.reconcile([])
    for act in acts:
        act(registry)
    before = registry.view(NAME)
    done = world.custody.reconcile([])
    assert not any(item.code.restorable for item in done.left)
    assert world.custody.divergences([]) == {NAME: done.left}
    after = registry.view(NAME)
    assert after is not None
    (head,) = world.custody.status([])[0].heads.values()
    assert after.aliases["production"] == after.version_of(head)
    assert not {"staging", "Production"} & after.aliases.keys()
    made = {item.version: item.tags.get("team") for item in (before.versions if before else ())}
    kept = {item.version: item.tags.get("team") for item in after.versions}
    assert made.items() <= kept.items()
    again = world.custody.reconcile([])
    assert (again.to_json()["changed"], again.left, registry.view(NAME)) == (False, done.left, after)
