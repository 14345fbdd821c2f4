"""A store, written once for all tests of a process, and a fresh machine for each."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.integration.test_consumer.world import FILES, Machine, World, at, trust_text, write

from weighbridge.core.ref import Ref
from weighbridge.core.selection import Selection
from weighbridge.wiring.founding import found
from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.custody.verbs import Custody


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One project whose store is copied after each step."""
    base = tmp_path_factory.mktemp("world")
    root, model, steps, pins = base / "project", base / "model", {}, {}
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(base / "config"))
        patch.setenv("HOME", str(base))
        patch.delenv("WEIGHBRIDGE_TRUST", raising=False)
        patch.delenv("WEIGHBRIDGE_STORE", raising=False)
        found(root, "solo")
        custody = open_project(root).custody

        def photograph(name: str) -> None:
            steps[name] = base / name
            shutil.copytree(root / ".weighbridge" / "remote", steps[name] / "store")
            shutil.copy(root / ".weighbridge" / "mlflow.db", steps[name] / "mlflow.db")

        def step(name: str, custody: Custody, **files: bytes) -> None:
            write(model, FILES | {path.replace("_", "."): data for path, data in files.items()})
            pins[name] = custody.add(Ref.parse(f"file:{model}"), "minilm", Selection()).pin
            custody.approve(["minilm"], "production")
            photograph(name)

        step("past", at(custody, timedelta(days=-3)))
        step("first", custody)
        step("second", custody, config_json=b'{"hidden_size": 9}')
        write(model, {"config.json": b'{"hidden_size": 10}'})
        pins["unapproved"] = custody.add(Ref.parse(f"file:{model}"), "minilm", Selection()).pin
        photograph("unapproved")
        custody.remove("minilm", digest=pins["second"].digest)
        photograph("revoked")
    return World(steps, pins, custody.policy)


@pytest.fixture
def machine(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path, world)
    made.trust.write_text(trust_text(world.policy))
    made.show("second")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for key, value in made.environment().items():
        monkeypatch.setenv(key, value)
    return made
