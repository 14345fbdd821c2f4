"""The projects that commands are disturbed in: each is made once, kept, and put back before every command."""

from __future__ import annotations

import random
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.hub import FakeHub
from tests.fakes.weights import safetensors
from tests.faults.commands import Commands
from tests.faults.sight import look_at
from weighbridge.config import CONFIG_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.faults.commands import Ran
    from tests.faults.sight import Sight

NAME = "tiny"
REPOSITORY = "org/tiny"
STAGE = ("--stage", "production")
WEIGHTS = "model.safetensors"


def _bytes(seed: int, size: int) -> bytes:
    return safetensors(random.Random(seed).randbytes(size))  # noqa: S311  any bytes would do


# Weights of more than two blocks, so that they are written in more than two calls.
FIRST = {"config.json": b"{}", "sub/vocab.txt": b"a\n", "tokens.json": b"[]", WEIGHTS: _bytes(1, 2_200_000)}
SECOND = {**FIRST, "tokens.json": b"[1]", WEIGHTS: _bytes(2, 2_200_000)}


@dataclass(frozen=True, slots=True)
class Scene:
    """A command in a project.

    Args:
        name: Of this scene.
        before: The commands that bring the project there, each after the name of a hand or ``weighbridge``.
        command: What is disturbed.
        loads: What `load` may give afterwards; no bytes stand for a denial.
    """

    name: str
    before: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    loads: tuple[Mapping[str, bytes] | None, ...]


_ADD = ("weighbridge", "add", f"hf:{REPOSITORY}@main", "--name", NAME)
_ADD_FOLDER = ("weighbridge", "add", "file:../upstream", "--name", NAME)
_APPROVE = ("weighbridge", "approve", NAME, *STAGE)
_APPROVED = (("upstream", "first"), _ADD_FOLDER, _APPROVE)
# An inspection starts three processes: only the scene that is about it has one.
_NO_INSPECTIONS = '\n[policy]\ninspection = "off"\n'
SCENES = {
    scene.name: scene
    for scene in (
        Scene("add", (), _ADD, (None,)),
        Scene("inspect", (_ADD, ("inspections",)), ("weighbridge", "inspect", NAME), (None,)),
        Scene("add-second", (*_APPROVED, ("upstream", "second")), _ADD_FOLDER, (FIRST,)),
        Scene("approve", (_ADD, ("weighbridge", "register", NAME)), _APPROVE, (None, FIRST)),
        Scene("approve-second", (*_APPROVED, ("upstream", "second"), _ADD_FOLDER), _APPROVE, (FIRST, SECOND)),
        Scene("pull", (_ADD, _APPROVE, ("drop",)), ("weighbridge", "pull", NAME), (None, FIRST)),
        Scene("repair", (_ADD, _APPROVE, ("damage",)), ("weighbridge", "pull", NAME), (None, FIRST)),
    )
}


class Stage:
    """One project at one place, whatever the scene.

    Args:
        root: An empty folder.
        commands: Runs programs.
    """

    def __init__(self, root: Path, commands: Commands) -> None:
        self.commands = commands
        self.project = root / "tree" / "project"
        self._root = root
        self._seen: dict[str, tuple[Sight, Sight]] = {}

    def run(self, *arguments: str) -> Ran:
        """Run a program, undisturbed."""
        return self.commands.run(*arguments, folder=self.project)

    def well(self, *arguments: str) -> Ran:
        """Run a program that must succeed.

        Raises:
            RuntimeError: It did not.
        """
        ran = self.run(*arguments)
        if ran.code:
            raise RuntimeError(f"{arguments} ended with {ran.code}: {ran.errors}")
        return ran

    def prepare(self, scene: Scene) -> tuple[Sight, Sight]:
        """Make a scene's project if need be; gives how it looks before and after the command."""
        if scene.name not in self._seen:
            self._swap(self._root / "empty", self.project.parent)
            for step in scene.before:
                self._do(*step)
            self._swap(self.project.parent, self._root / scene.name)
            before = look_at(self.project)
            self.well(*scene.command)
            self._seen[scene.name] = before, look_at(self.project)
        return self._seen[scene.name]

    def reset(self, scene: Scene) -> None:
        """Put the project back to before the command."""
        self._swap(self._root / scene.name, self.project.parent)

    def found(self) -> None:
        """Make the empty project that all scenes begin from."""
        for folder in (self.project, self.project.parent / "config", self.project.parent / "site"):
            folder.mkdir(parents=True)
        self.well("weighbridge", "init")
        rules = self.project / CONFIG_FILE
        rules.write_text(rules.read_text(encoding="utf-8") + _NO_INSPECTIONS, encoding="utf-8")
        self._swap(self.project.parent, self._root / "empty")

    @staticmethod
    def _swap(old: Path, new: Path) -> None:
        """Make one folder a copy of another, hard links and all."""
        shutil.rmtree(new, ignore_errors=True)
        subprocess.run(["cp", "-a", str(old), str(new)], check=True)

    def _do(self, program: str, *arguments: str) -> None:
        if program == "upstream":
            upstream = self.project.parent / "upstream"
            shutil.rmtree(upstream, ignore_errors=True)
            for path, data in {"first": FIRST, "second": SECOND}[arguments[0]].items():
                (upstream / path).parent.mkdir(parents=True, exist_ok=True)
                (upstream / path).write_bytes(data)
        elif program == "inspections":
            rules = self.project / CONFIG_FILE
            rules.write_text(rules.read_text(encoding="utf-8").replace(_NO_INSPECTIONS, ""), encoding="utf-8")
        elif program == "drop":
            shutil.rmtree(self.project / ".dvc" / "cache")
            shutil.rmtree(self._model())
        elif program == "damage":
            for damaged in (self._model() / WEIGHTS, self._model() / "config.json"):
                damaged.chmod(0o644)
                damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
            (self._model() / "extra.py").write_text("1", encoding="utf-8")
            (self._model() / "tokens.json").unlink()
        else:
            self.well(program, *arguments)

    def _model(self) -> Path:
        (pointer,) = (self.project / "models" / NAME).glob("*.dvc")
        return pointer.with_suffix("")


@contextmanager
def opened(root: Path) -> Iterator[Stage]:
    """A stage with its Hub and its runner.

    Args:
        root: An empty folder.
    """
    tree = root / "tree"
    with FakeHub() as hub:
        hub.create_repo(REPOSITORY).commit(FIRST)
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tree / "hub"),
            "HOME": str(tree),
            "XDG_CONFIG_HOME": str(tree / "config"),
            "XDG_CONFIG_DIRS": str(tree / "config"),
            "DVC_SITE_CACHE_DIR": str(tree / "site"),
            "DVC_SYSTEM_CONFIG_DIR": str(tree / "config"),
        }
        with Commands(root, environment) as commands:
            stage = Stage(root, commands)
            stage.found()
            yield stage
