from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.chain import FILES, REPOSITORY
from tests.fakes.hub import FakeHub
from tests.services.served import Served

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
def empty(tmp_path: Path, hub: FakeHub) -> Served:
    """An empty folder and a user without a key."""
    root, home = tmp_path / "project", tmp_path / "dana"
    root.mkdir()
    home.mkdir()
    return Served(root, home, hub)
