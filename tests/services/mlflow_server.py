"""A real `mlflow server`. It has an environment of its own: the tests use what people use, mlflow-skinny."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.mlflow_hands import MlflowHands
from tests.services.processes import Server, answers, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL_MLFLOW = Path(sys.prefix) / "mlflow-server" / "bin" / "python"
"""Python with the full MLflow."""


@dataclass(frozen=True)
class Tracking:
    """A tracking server with a model registry.

    Args:
        uri: Its address.
        server: Its process.
    """

    uri: str
    server: Server

    @cached_property
    def hands(self) -> MlflowHands:
        """What anybody may do who may write to MLflow."""
        return MlflowHands(self.uri)

    def model(self, name: str) -> Any:
        """A registered model as stock MLflow shows it."""
        return self.hands.client.get_registered_model(name)

    def aliases(self, name: str) -> dict[str, str]:
        """The aliases of a registered model, and the version that each names."""
        return {str(alias): str(version) for alias, version in self.model(name).aliases.items()}

    def empty(self) -> None:
        """Let it run, with nothing registered."""
        self.server.start()
        self.hands.clear()


@contextmanager
def running_mlflow(folder: Path, store: str) -> Iterator[Tracking]:
    """A server on a database.

    Args:
        folder: For artifacts and the log.
        store: SQLAlchemy's URI of the database.
    """
    (port,) = free_ports(1)
    uri = f"http://127.0.0.1:{port}"
    kept = ["--backend-store-uri", store, "--artifacts-destination", str(folder / "artifacts")]
    server = Server(
        [str(FULL_MLFLOW), "-m", "mlflow", "server", *kept, "--host", "127.0.0.1", "-p", str(port), "-w", "1"],
        folder / "server.log",
        lambda: answers(f"{uri}/health"),
        {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
    )
    server.start()
    try:
        yield Tracking(uri, server)
    finally:
        server.kill()
