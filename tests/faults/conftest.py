from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.stage import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.stage import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with opened(tmp_path_factory.mktemp("faults")) as ready:
        yield ready
