from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.world import TEAM, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One person's project."""
    return World(tmp_path)


@pytest.fixture
def team(tmp_path: Path) -> World:
    """A team's project: staging wants one colleague, production two."""
    return World(tmp_path, policy=TEAM)


@pytest.fixture
def clones(world: World, tmp_path: Path) -> tuple[World, World]:
    """Two clones of a project with the models tiny and twin, both approved and published."""
    world.add()
    world.add("twin")
    world.approve("ann", "production", "tiny", "twin")
    return world, world.clone(tmp_path / "other")
