"""Fixtures: every server is started once for a process, when a test first needs it, and ended with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.mlflow_hands import uri_of
from tests.services.mlflow_server import Tracking, running_mlflow
from tests.services.postgresql import running_postgresql
from tests.services.seaweed import Bucket, running_seaweed

if TYPE_CHECKING:
    from collections.abc import Iterator

BACKENDS = ("mlflow_on_sqlite", "mlflow_on_postgresql")


@pytest.fixture(scope="session")
def mlflow_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracking]:
    folder = tmp_path_factory.mktemp("mlflow-on-sqlite")
    with running_mlflow(folder, uri_of(folder / "server.db")) as tracking:
        yield tracking


@pytest.fixture(scope="session")
def mlflow_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracking]:
    with (
        running_postgresql() as store,
        running_mlflow(tmp_path_factory.mktemp("mlflow-on-postgresql"), store) as tracking,
    ):
        yield tracking


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with running_seaweed(tmp_path_factory.mktemp("seaweed")) as bucket:
        yield bucket
