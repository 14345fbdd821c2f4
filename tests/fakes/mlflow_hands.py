"""What people do with MLflow's own client, without Weighbridge; and a quick way to a fresh database."""

from __future__ import annotations

import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.registries.mlflow_connect import connect

if TYPE_CHECKING:
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


class MlflowHands:
    """The hands of `tests.fakes.registry` on MLflow."""

    def __init__(self, uri: str) -> None:
        self.client = stock_client(uri)

    def clear(self) -> None:
        """Nothing is registered any more."""
        while models := self.client.search_registered_models():
            for model in models:
                self.client.delete_registered_model(model.name)

    def create_model(self, name: str, tags: dict[str, str]) -> None:
        self.client.create_registered_model(name, tags=tags)

    def create_version(self, name: str, source: str, tags: dict[str, str]) -> None:
        self.client.create_model_version(name, source, tags=tags, await_creation_for=0)

    def delete_model(self, name: str) -> None:
        self.client.delete_registered_model(name)

    def delete_version(self, name: str, version: str) -> None:
        self.client.delete_model_version(name, version)

    def copy_version(self, name: str, version: str, target: str) -> None:
        self.client.copy_model_version(f"models:/{name}/{version}", target)

    def set_tag(self, name: str, version: str | None, key: str, value: str) -> None:
        if version is None:
            self.client.set_registered_model_tag(name, key, value)
        else:
            self.client.set_model_version_tag(name, version, key, value)

    def delete_tag(self, name: str, version: str | None, key: str) -> None:
        if version is None:
            self.client.delete_registered_model_tag(name, key)
        else:
            self.client.delete_model_version_tag(name, version, key)

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self.client.set_registered_model_alias(name, alias, version)

    def delete_alias(self, name: str, alias: str) -> None:
        self.client.delete_registered_model_alias(name, alias)

    def set_stage(self, name: str, version: str, stage: str) -> None:
        inside = self.client.search_model_versions(f"name='{name}'")
        others = [str(item.version) for item in inside if item.current_stage == stage and str(item.version) != version]
        with warnings.catch_warnings():
            # Deprecated by MLflow, and there all the same for whoever wants to move a version by hand.
            warnings.simplefilter("ignore", FutureWarning)
            for other in others:
                self.client.transition_model_version_stage(name, other, "Archived")
            self.client.transition_model_version_stage(name, version, stage)
