"""What people do with MLflow's own client, without Weighbridge; and a quick way to a fresh database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.registries.mlflow_connect import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient


def uri_of(database: Path) -> str:
    """The URI of a SQLite database."""
    return f"sqlite:///{database}"


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "mlflow.db"
        connect(uri_of(database))
        return database.read_bytes()


def database_uri(folder: Path) -> str:
    """The URI of a database of one's own, copied from one that Weighbridge made."""
    database = folder / ".weighbridge" / "mlflow.db"
    database.parent.mkdir()
    database.write_bytes(_template())
    return uri_of(database)


def stock_client(uri: str) -> MlflowClient:
    """MLflow's own client."""
    with warnings.catch_warnings():
        # MLflow and SQLAlchemy warn each other at import.
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient  # noqa: PLC0415 - heavy; only where a test needs it

        return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """A real `mlflow server` on SQLite; needs the full `mlflow`, not mlflow-skinny."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    uri = f"http://127.0.0.1:{port}"
    store = ["--backend-store-uri", uri_of(folder / "server.db"), "--artifacts-destination", str(folder / "artifacts")]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *store, "--host", "127.0.0.1", "-p", str(port), "-w", "1"],
            cwd=folder,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _await_health(process, uri, folder / "server.log")
            yield uri
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _await_health(process: subprocess.Popen[bytes], uri: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


class MlflowHands:
    """The hands of `tests.fakes.registry` on MLflow."""

    def __init__(self, uri: str) -> None:
        self.client = stock_client(uri)

    def clear(self) -> None:
        """Nothing is registered any more."""
        for model in self.client.search_registered_models():
            self.client.delete_registered_model(model.name)

    def create_model(self, name: str, tags: dict[str, str]) -> None:
        self.client.create_registered_model(name, tags=tags)

    def create_version(self, name: str, source: str, tags: dict[str, str]) -> None:
        self.client.create_model_version(name, source, tags=tags, await_creation_for=0)

    def set_tag(self, name: str, version: str, key: str, value: str) -> None:
        self.client.set_model_version_tag(name, version, key, value)

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self.client.set_registered_model_alias(name, alias, version)
