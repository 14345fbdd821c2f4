"""What MLflow shows, read page by page and never changed: models, versions, aliases and tags as plain values.

Every function takes a connected client and lets MLflow's errors through: its callers translate them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.registered import RegisteredVersion, RegistryView
from weighbridge.registries import mlflow_tags as shown
from weighbridge.registries.mlflow_errors import failure

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

_PAGE = 200
NO_STAGE = "None"
"""MLflow's word for no stage."""


def find_model(client: MlflowClient, name: str) -> RegisteredModel | None:
    """The registered model of exactly that name; None if there is none.

    Raises:
        RegistryError: The server told of another model (code ``registry-not-mlflow``).
    """
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - heavy, and loaded by now

    try:
        found = client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    if found.name != name:
        raise failure("registry-not-mlflow", f"asked for the model {name!r}, was told of {found.name!r}")
    return found


def view_of(client: MlflowClient, model: RegisteredModel) -> RegistryView:
    """A registered model with all its versions, oldest first."""
    seen = {int(item.version): _version(item) for item in _versions(client, model.name)}
    return RegistryView(
        name=model.name,
        versions=tuple(seen[number] for number in sorted(seen)),
        aliases={str(alias): str(version) for alias, version in model.aliases.items()},
        owner=model.tags.get(shown.PROJECT) or "",
        tags=dict(model.tags),
    )


def owners(client: MlflowClient) -> dict[str, str]:
    """Every registered model with the project that it is tagged with; MLflow leaves prompts out by itself."""
    found: dict[str, str] = {}
    token: str | None = None
    while True:
        page = client.search_registered_models(max_results=_PAGE, page_token=token)
        found |= {str(model.name): model.tags.get(shown.PROJECT) or "" for model in page}
        token = page.token
        if not token:
            return found


def _versions(client: MlflowClient, name: str) -> list[ModelVersion]:
    found: list[ModelVersion] = []
    token: str | None = None
    while True:
        page = client.search_model_versions(f"name='{name}'", max_results=_PAGE, page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return found


def _version(item: ModelVersion) -> RegisteredVersion:
    return RegisteredVersion(
        version=str(item.version),
        digest=shown.digest_of(item.source),
        tags=dict(item.tags),
        stage="" if item.current_stage in {None, NO_STAGE} else str(item.current_stage),
    )
