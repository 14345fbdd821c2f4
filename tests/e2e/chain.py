"""A project for end-to-end tests: real commands in their own processes against the test Hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.weights import safetensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.hub import FakeHub

BIN = Path(sys.executable).parent
REPOSITORY = "org/tiny"
FILES: dict[str, bytes] = {
    "README.md": b"---\nlicense: mit\n---\n# Tiny\n",
    "config.json": b'{"layers": 6}\n',
    "model.safetensors": safetensors(bytes(range(256)) * 400),
    "tokenizer_config.json": b'{"lower": true}\n',
}


@dataclass(frozen=True)
class Chain:
    """A folder, a user and a Hub.

    Args:
        root: The project's folder.
        home: The user's home.
        hub: The test Hub; None for one that is out of reach.
    """

    root: Path
    home: Path
    hub: FakeHub | None

    @property
    def environment(self) -> dict[str, str]:
        """What the user's shell holds."""
        kept = {key: value for key, value in os.environ.items() if key.startswith(("COVERAGE", "PYTHON", "TMPDIR"))}
        return {
            **kept,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "USER": self.home.name,
            "HF_ENDPOINT": self.hub.url if self.hub else "http://127.0.0.1:9",
            "MLFLOW_TRACKING_URI": f"sqlite:///{self.root}/.weighbridge/mlflow.db",
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(self.home / "dvc"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GIT_AUTHOR_NAME": self.home.name,
            "GIT_AUTHOR_EMAIL": f"{self.home.name}@example.org",
            "GIT_COMMITTER_NAME": self.home.name,
            "GIT_COMMITTER_EMAIL": f"{self.home.name}@example.org",
        }

    def run(self, *command: str, expect: int = 0, extra: Mapping[str, str] | None = None) -> str:
        """Run one command and give its output, both streams; fails on another exit code."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment, **(extra or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        assert done.returncode == expect, f"{command} gave {done.returncode}, not {expect}:\n{done.stdout}"
        return done.stdout

    def let_all_pass(self) -> None:
        """Ask for no inspection."""
        path = self.root / "weighbridge.toml"
        path.write_text(path.read_text(encoding="utf-8") + '\n[policy]\ninspection = "off"\n', encoding="utf-8")

    def weighbridge(self, *arguments: str, expect: int = 0, trust: Path | None = None) -> str:
        """Run a Weighbridge command."""
        extra = {"WEIGHBRIDGE_TRUST": str(trust)} if trust else {}
        return self.run("weighbridge", *arguments, expect=expect, extra=extra)

    def json(self, *arguments: str, expect: int = 0) -> Any:
        """Run a Weighbridge command with --json and give its object."""
        return json.loads(self.weighbridge(*arguments, "--json", expect=expect))

    def python(self, code: str, *, expect: int = 0) -> str:
        """Run a Python program."""
        return self.run(sys.executable, "-c", code, expect=expect)

    def add(self, name: str = "tiny") -> Any:
        """Add the published repository."""
        return self.json("add", f"hf:{REPOSITORY}@main", "--name", name)["model"]

    def folder(self, name: str = "tiny") -> Path:
        """The folder of the only pin of a model."""
        (pointer,) = (self.root / "models" / name).glob("*.dvc")
        return pointer.with_suffix("")

    def clone(self, root: Path, home: Path) -> Chain:
        """A colleague's clone of everything committed so far."""
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "models")
        self.run("git", "clone", "-q", str(self.root), str(root))
        home.mkdir()
        return Chain(root, home, self.hub)


def damage(path: Path) -> None:
    """Flip one byte as a failing disk would: size, mode and times stay."""
    before = path.stat()
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(data)
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
