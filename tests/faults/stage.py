"""The projects that commands are disturbed in: each is made once, kept, and put back before every command."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.fakes.hub import FakeHub
from tests.faults.commands import Commands
from tests.faults.scenes import FIRST, KEY, NAME, REPOSITORY, SECOND, WEIGHTS
from tests.faults.sight import look_at
from weighbridge.config import CONFIG_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.commands import Ran
    from tests.faults.scenes import Scene
    from tests.faults.sight import Sight

# An inspection starts three processes: only the scene that is about it has one.
_NO_INSPECTIONS = '\n[policy]\ninspection = "off"\n'


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
        self._seen: dict[str, tuple[Sight, Sight, tuple[Sight, ...]]] = {}
        self._key = ""

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

    def prepare(self, scene: Scene) -> tuple[Sight, Sight, tuple[Sight, ...]]:
        """Make a scene's project if need be; gives how it looks before and after the command, and halfway."""
        if scene.name not in self._seen:
            self._swap(self._root / "empty", self.project.parent)
            for step in scene.before:
                self._do(*step)
            self._swap(self.project.parent, self._root / scene.name)
            before = look_at(self.project)
            self.well(*self.command(scene))
            after, between = look_at(self.project), []
            for step in scene.halfway:
                self.reset(scene)
                self._do(*step)
                between.append(look_at(self.project))
            self._seen[scene.name] = before, after, tuple(between)
        return self._seen[scene.name]

    def command(self, scene: Scene) -> tuple[str, ...]:
        """A scene's command, with the first key's id in its place."""
        return tuple(self._key if item == KEY else item for item in scene.command)

    def reset(self, scene: Scene) -> None:
        """Put the project back to before the command."""
        self._swap(self._root / scene.name, self.project.parent)

    def found(self) -> None:
        """Make the empty project that all scenes begin from."""
        for folder in (self.project, self.project.parent / "config", self.project.parent / "site"):
            folder.mkdir(parents=True)
        self.well("weighbridge", "init")
        (key,) = json.loads(self.well("weighbridge", "keys", "list", "--json").output)["keys"]
        self._key = key["id"]
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
        elif program == "key":
            made = json.loads(self.well("weighbridge", "keys", "new", "--label", *arguments, "--json").output)["keys"]
            (person,) = tomllib.loads((self.project / CONFIG_FILE).read_text(encoding="utf-8"))["people"]
            self.well("weighbridge", "keys", "trust", person, "--public", made[0]["public"])
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
