from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import FILES, REPOSITORY, Chain
from tests.fakes.hub import FakeHub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """The test Hub with one small repository."""
    with FakeHub() as hub:
        hub.create_repo(REPOSITORY, card={"license": "mit"}).commit(FILES)
        yield hub


@pytest.fixture
def empty(tmp_path: Path, hub: FakeHub) -> Chain:
    """An empty folder and a user without a key."""
    root, home = tmp_path / "project", tmp_path / "dana"
    root.mkdir()
    home.mkdir()
    return Chain(root, home, hub)


@pytest.fixture
def chain(empty: Chain) -> Chain:
    """A project with nothing in it."""
    empty.weighbridge("init")
    return empty


@pytest.fixture
def approved(chain: Chain) -> Chain:
    """A project with one approved model."""
    chain.add()
    chain.weighbridge("approve", "tiny", "--stage", "production")
    return chain
