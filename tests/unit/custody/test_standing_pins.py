"""Every signed pin beside what stages say: of a project and of a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.desk import ONE, TWO, Desk
from tests.fakes.world import TEAM, World

from weighbridge.core.approval import Revocation
from weighbridge.core.errors import DeniedError, IntegrityError, StoreError, UsageError
from weighbridge.custody.standing_pins import known_in_project, known_in_store

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from weighbridge.core.cached import KnownPin

HEADS = {"minilm": {"production": ONE.digest}}


def said(pins: tuple[KnownPin, ...]) -> list[tuple[dict[str, str], bool]]:
    return [(dict(item.stages), item.revoked) for item in pins]


def test_a_project_s_pins_with_what_each_stage_says(tmp_path: Path) -> None:
    world = World(tmp_path, TEAM)
    world.add()
    world.approve("bob", "staging")
    custody = world.custody
    assert said(known_in_project(custody, None)) == [({"staging": "", "production": "no-approval"}, False)]
    assert said(known_in_project(custody, "production")) == [({"production": "no-approval"}, False)]
    with pytest.raises(UsageError) as caught:
        known_in_project(custody, "nowhere")
    assert caught.value.code == "unknown-stage"


def test_a_revocation_counts_where_it_was_meant(tmp_path: Path) -> None:
    world = World(tmp_path, TEAM)
    world.add()
    world.approve("bob", "staging")
    world.pass_time(seconds=1)
    world.custody.revoke(["tiny"], stage="production", reason="x", key="bob")
    assert said(known_in_project(world.custody, None)) == [({"staging": "", "production": "revoked"}, False)]
    assert said(known_in_project(world.custody, "production")) == [({"production": "revoked"}, True)]
    world.pass_time(seconds=1)
    world.custody.revoke(["tiny"], reason="x", key="bob")
    assert said(known_in_project(world.custody, None)) == [({"staging": "revoked", "production": "revoked"}, True)]


def test_a_removed_model_is_known_still(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add()
    world.approve()
    world.pass_time(seconds=1)
    world.custody.remove("tiny")
    assert world.workspace.names() == ()
    assert said(known_in_project(world.custody, None)) == [({"production": "revoked"}, True)]


def published() -> Desk:
    desk = Desk()
    desk.shop.approve(ONE, "production")
    desk.shop.publish(HEADS, ONE)
    return desk


def test_what_was_published_is_judged_under_the_trust_file() -> None:
    desk = published()
    assert said(known_in_store(desk.consumer, None)) == [({"production": "", "staging": "no-approval"}, False)]
    desk.shop.sign("revocation", ONE, Revocation(None, "x").to_body())
    desk.shop.approve(TWO, "production")
    desk.shop.publish({"minilm": {"production": TWO.digest}}, ONE, TWO)
    found = {item.pin.digest: item for item in known_in_store(desk.consumer, "production")}
    assert (found[ONE.digest].revoked, found[TWO.digest].allowed) == (True, True)
    with pytest.raises(UsageError):
        known_in_store(desk.consumer, "nowhere")


def test_evidence_that_is_too_old_says_nothing() -> None:
    desk = published()
    old = tuple(replace(stage, max_evidence_age=timedelta(hours=1)) for stage in desk.policy.stages[:1])
    desk.policy = replace(desk.policy, stages=(*old, *desk.policy.stages[1:]))
    assert said(known_in_store(desk.consumer, "production")) == [({"production": ""}, False)]
    desk.now += timedelta(hours=2)
    for stage in (None, "production"):
        with pytest.raises(DeniedError) as caught:
            known_in_store(desk.consumer, stage)
        assert caught.value.code == "stale-evidence"
    assert said(known_in_store(desk.consumer, "staging")) == [({"staging": "no-approval"}, False)]


def test_a_store_that_is_down_or_was_set_back_says_nothing_new() -> None:
    desk = published()
    desk.shop.down = {"*"}
    with pytest.raises(StoreError):
        known_in_store(desk.consumer, None)
    desk.shop.down = set()
    before = dict(desk.shop.documents)
    desk.shop.sign("revocation", ONE, Revocation(None, "x").to_body())
    desk.shop.publish({"minilm": {}}, ONE)
    assert said(known_in_store(desk.consumer, "production")) == [({"production": "revoked"}, True)]
    desk.shop.down = {"*"}
    assert said(known_in_store(desk.consumer, "production")) == [({"production": "revoked"}, True)], "as it was kept"
    desk.shop.down = set()
    desk.shop.documents = before
    with pytest.raises(IntegrityError) as caught:
        known_in_store(desk.consumer, None)
    assert caught.value.code == "rolled-back"


def test_only_models_that_are_asked_about_are_judged(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add()
    world.approve()
    asked: list[tuple[str, set[str]]] = []

    def wanted(name: str, sources: Collection[str]) -> bool:
        asked.append((name, set(sources)))
        return False

    assert known_in_project(world.custody, None, wanted) == ()
    assert len(known_in_project(world.custody, None, lambda name, _: name == asked[0][0])) == 1
    assert asked == [("tiny", {known_in_project(world.custody, None)[0].pin.source})]
