from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.hub_pins import Shelf
from tests.integration.test_loopback.talk import GATE, PATIENT, PIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.running.loopback import Loopback


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.put(PIN)
    return shelf


@pytest.fixture
def served(shelf: Shelf) -> Iterator[Loopback]:
    with shelf.loopback(GATE, limits=PATIENT) as loopback:
        yield loopback
    assert shelf.crashes == []
