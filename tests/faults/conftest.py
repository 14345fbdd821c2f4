from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.stage import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.stage import Stage


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every", type=int, default=1, help="inject every n-th of the faults alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Faults follow each other by kind, so that every n-th meets each scene and each call sooner or later."""
    step: int = config.getoption("--every")
    points = [item for item in items if hasattr(item, "callspec")]
    left_out = [item for number, item in enumerate(points) if number % step]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with opened(tmp_path_factory.mktemp("faults")) as ready:
        yield ready
