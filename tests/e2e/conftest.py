from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import FILES, REPOSITORY, Chain
from tests.fakes.hub import FakeHub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CARD = {"license": "mit"}


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """The test Hub with one small repository."""
    with FakeHub() as hub:
        hub.create_repo(REPOSITORY, card=CARD).commit(FILES)
        yield hub


@pytest.fixture
def empty(tmp_path: Path, hub: FakeHub) -> Chain:
    """An empty folder and a user without a key."""
    root, home = tmp_path / "project", tmp_path / "dana"
    root.mkdir()
    home.mkdir()
    return Chain(root, home, hub)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with a project and a home each, by the state of the project; made once for a process."""
    found = {state: tmp_path_factory.mktemp(state) for state in ("chain", "approved")}
    with FakeHub() as hub:
        hub.create_repo(REPOSITORY, card=CARD).commit(FILES)
        first = Chain(found["chain"] / "project", found["chain"] / "dana", hub)
        first.root.mkdir()
        first.home.mkdir()
        first.weighbridge("init")
        second = copied(found["chain"], found["approved"], hub)
        second.add()
        second.weighbridge("approve", "tiny", "--stage", "production")
    return found


def copied(source: Path, target: Path, hub: FakeHub) -> Chain:
    """The same project, hard links and times too, for a user of its own."""
    subprocess.run(["cp", "-a", str(source / "project"), str(source / "dana"), str(target)], check=True)
    return Chain(target / "project", target / "dana", hub)


@pytest.fixture
def chain(made: dict[str, Path], tmp_path: Path, hub: FakeHub) -> Chain:
    """A project with nothing in it."""
    return copied(made["chain"], tmp_path, hub)


@pytest.fixture
def approved(made: dict[str, Path], tmp_path: Path, hub: FakeHub) -> Chain:
    """A project with one approved model."""
    return copied(made["approved"], tmp_path, hub)
