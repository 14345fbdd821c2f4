"""The place where a comparison happens: a model on the test Hub, and folders that are projects."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.hub import FakeHub

from benchmarks.process import flush, run
from benchmarks.weights import small_files, weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.fakes.hub.blobs import DiskFile

    from benchmarks.process import Cost
    from benchmarks.result import Bench

REPO = "acme/generated"
NAME = "generated"
_KEPT = ("LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Place:
    """A published model and an environment that no setting of this user reaches.

    Args:
        bench: How to measure.
        folder: Emptied at the end.
        url: Of the Hub.
        commit: Of the model.
        files: Its large files.
    """

    bench: Bench
    folder: Path
    url: str
    commit: str
    files: Mapping[str, DiskFile]

    @property
    def size_bytes(self) -> int:
        """Of the large files."""
        return sum(file.size for file in self.files.values())

    @property
    def ref(self) -> str:
        """The model as Weighbridge names it."""
        return f"hf:{REPO}@{self.commit}"

    def environment(self, **more: str) -> dict[str, str]:
        """Variables for a command: the Hub, fresh configuration folders, no telemetry, no proxy."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        person = {
            f"GIT_{who}_{what}": "bench@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **person,
            "PATH": f"{self.bench.programs}{os.pathsep}{os.environ.get('PATH', '')}",
            "HOME": str(home),
            "HF_ENDPOINT": self.url,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(home / "dvc"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "CI": "true",
            **more,
        }

    def run(self, name: str, *arguments: str, cwd: Path, **more: str) -> Cost:
        """Run an installed command."""
        return run([self.bench.program(name), *arguments], cwd=cwd, env=self.environment(**more))

    def fresh(self, name: str) -> Path:
        """An empty folder; the disk is idle and the Hub's files are in memory."""
        folder = self.folder / name
        self.discard(folder)
        folder.mkdir(parents=True)
        flush()
        for file in self.files.values():
            with file.path.open("rb", buffering=0) as data:
                while data.read(_BLOCK_BYTES):
                    pass
        return folder

    def discard(self, folder: Path) -> None:
        """Take a folder away, and what DVC remembered of it."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(self.folder / "home" / "dvc", ignore_errors=True)

    def _repository(self, name: str) -> Path:
        folder = self.fresh(name)
        run([shutil.which("git") or "git", "init", "--quiet"], cwd=folder, env=self.environment())
        return folder

    def project(self, name: str) -> Path:
        """A fresh Weighbridge project."""
        folder = self._repository(name)
        self.run("weighbridge", "init", cwd=folder)
        return folder

    def dvc_project(self, name: str) -> Path:
        """A fresh DVC project with a default remote in a folder."""
        folder = self._repository(name)
        self.run("dvc", "init", "--quiet", cwd=folder)
        self.run("dvc", "remote", "add", "--default", "storage", str(folder / "remote"), cwd=folder)
        return folder


@contextmanager
def place(bench: Bench, name: str, *, size_bytes: int = 0, shards: int = 2) -> Iterator[Place]:
    """A published model of the bench's size, or of another, for as long as the context is open."""
    folder = bench.folder / "work" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = weights(bench.folder, size_bytes or bench.size_bytes, shards)
    try:
        with FakeHub() as hub:
            commit = hub.create_repo(REPO).commit({**files, **small_files()})
            yield Place(bench, folder, hub.url, commit, files)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
