"""Tiny real models, and projects that govern them; everything is made once for the whole tier."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.chain import Chain
from tests.fakes.hub import FakeHub
from tests.fronts.program import HERE, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What the publisher says of the models that lie on the Hub.
PUBLISHED = {
    "llama": ("transformers", "text-generation"),
    "classifier": ("transformers", "text-classification"),
    "sentences": ("sentence-transformers", "sentence-similarity"),
}
FOLDERS = ("onnx", "torchhub")
WAIVED = ("--waive", "python-code:hubconf.py", "--reason", "read by hand", "--until", "2099-01-01")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every model's original folder, by name."""
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, HERE / "making.py", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def hub(made: Path) -> Iterator[FakeHub]:
    """The test Hub with the models of `PUBLISHED`."""
    with FakeHub() as hub:
        for name, (library, task) in PUBLISHED.items():
            folder = made / name
            files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
            card = {"license": "mit", "pipeline_tag": task, "library_name": library}
            hub.create_repo(f"org/{name}", card=card, library=library, pipeline_tag=task).commit(files)
        yield hub


def governed(folder: Path, hub: FakeHub, made: Path) -> Chain:
    """A project with every model, registered and not yet approved."""
    root, home = folder / "project", folder / "dana"
    root.mkdir()
    home.mkdir()
    chain = Chain(root, home, hub)
    chain.weighbridge("init")
    for name in PUBLISHED:
        chain.weighbridge("add", f"hf:org/{name}@main", "--name", name)
    for name in FOLDERS:
        chain.weighbridge("add", f"file:{made / name}", "--name", name, "--all")
    return chain


def approve(chain: Chain) -> None:
    """Let everything run in production: the code of the repository for torch.hub by a waiver."""
    chain.weighbridge("approve", *PUBLISHED, "onnx", "--stage", "production")
    chain.weighbridge("approve", "torchhub", "--stage", "production", *WAIVED)


@pytest.fixture(scope="session")
def pending(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub, made: Path) -> Chain:
    """A project in which nothing is approved; others are copies of it."""
    return governed(tmp_path_factory.mktemp("pending"), hub, made)


def copied(chain: Chain, folder: Path) -> Chain:
    """The same project with the same user, elsewhere."""
    shutil.copytree(chain.root.parent, folder, symlinks=True, dirs_exist_ok=True)
    return Chain(folder / "project", folder / "dana", chain.hub)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, pending: Chain) -> Chain:
    """A project in which everything is approved."""
    chain = copied(pending, tmp_path_factory.mktemp("approved"))
    approve(chain)
    return chain


@pytest.fixture(scope="session")
def program(project: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A user's program in that project."""
    with Program(project, tmp_path_factory.mktemp("program") / "log") as program:
        yield program


@pytest.fixture(scope="session")
def undecided(tmp_path_factory: pytest.TempPathFactory, pending: Chain) -> Chain:
    """A project in which everything is registered and nothing approved; tests take it on from there."""
    chain = copied(pending, tmp_path_factory.mktemp("undecided"))
    chain.weighbridge("register")
    return chain
