"""A store as the real verbs wrote it, step by step, and another machine that has nothing but a copy of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.weights import safetensors

from weighbridge.core.digest import PREFIX
from weighbridge.wiring.clock import now
from weighbridge.wiring.consumer import open_consumer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.custody.verbs import Custody

WEIGHTS = safetensors(bytes(range(256)) * 12_000)
FILES = {"config.json": b'{"hidden_size": 8}', "model.safetensors": WEIGHTS, "sub/vocab.txt": b"a\nb\n"}
FILE_MODE = 0o444


def trust_text(policy: Policy, *, project: str = "", stage: str = "", keys: str | None = None) -> str:
    """A trust file as a project's owner would write it."""
    rows = [
        f'schema = "weighbridge.trust/1"\nproject = "{project or policy.project}"\n',
        f"[stages.production]\napprovals = 1\nadder_may_approve = true\n{stage}\n",
    ]
    for person in policy.people:
        key = person.keys[0]
        known = f'[{{ id = "{key.id}", public = "{key.public}" }}]' if keys is None else keys
        rows.append(f'[people.{person.id}]\nroles = ["adder", "approver"]\nkeys = {known}\n')
    return "\n".join(rows)


@dataclass(frozen=True)
class World:
    """A store and a registry as they stood after each step, and what a consumer needs to know of them.

    Args:
        steps: A copy of the remote (``store``) and of MLflow's database (``mlflow.db``) after each step.
        pins: The pin of each step.
        policy: The project's own.
    """

    steps: dict[str, Path]
    pins: dict[str, Pin]
    policy: Policy


def object_of(store: Path, pin: Pin, path: str) -> Path:
    md5 = next(file.md5 for file in pin.files if file.entry.path == path)
    return store / "files" / "md5" / md5[:2] / md5[2:]


def checkpoint_of(store: Path) -> Path:
    return next(store.rglob("checkpoint.json"))


def bundle_of(store: Path, pin: Pin) -> Path:
    return next(store.rglob(f"{pin.digest.removeprefix(PREFIX)}.json"))


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def at(custody: Custody, moment: timedelta) -> Custody:
    """The same project at another time, whose checkpoints last a day."""
    return replace(custody, clock=lambda: now() + moment, checkpoint_lasts=timedelta(days=1))


@dataclass(frozen=True)
class Machine:
    """Another machine: an empty folder, a store, a trust file and a cache.

    Args:
        home: Everything that it has.
        world: Where its store comes from.
    """

    home: Path
    world: World

    @property
    def store(self) -> Path:
        return self.home / "store"

    @property
    def cache(self) -> Path:
        return self.home / "cache" / "weighbridge"

    @property
    def database(self) -> Path:
        """MLflow's: the registry is shared with this machine, the project is not."""
        return self.home / "mlflow.db"

    @property
    def trust(self) -> Path:
        return self.home / "trust.toml"

    def show(self, step: str) -> None:
        """Let store and registry be as they stood after a step."""
        shutil.rmtree(self.store, ignore_errors=True)
        shutil.copytree(self.world.steps[step] / "store", self.store)
        shutil.copy(self.world.steps[step] / "mlflow.db", self.database)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "WEIGHBRIDGE_STORE": str(self.store),
            "WEIGHBRIDGE_TRUST": str(self.trust),
            **{key: value for key, value in os.environ.items() if key.startswith("COVERAGE")},
            **more,
        }

    def python(self, code: str, **more: str) -> subprocess.Popen[str]:
        """A program in an empty folder of that machine."""
        (self.home / "empty").mkdir(exist_ok=True)
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code],
            cwd=self.home / "empty",
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def models(self) -> list[str]:
        return sorted(path.name for path in (self.cache / "models").glob("*"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def code_of(call: Callable[[], object], kind: type[WeighbridgeError]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.hint
    return caught.value.code


def load() -> Path:
    pin, folder = open_consumer().load("minilm", "production")
    assert folder.name == pin.digest.removeprefix(PREFIX)
    return folder
