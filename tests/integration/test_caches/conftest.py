"""A Hub, and the real client pointed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from huggingface_hub import HfApi, close_session, constants
from tests.fakes.hub import FakeHub
from tests.integration.test_caches.looking import Hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    with FakeHub() as running:
        yield Hub(HfApi(endpoint=running.url, token=False), running, tmp_path / "hub")
        close_session()
