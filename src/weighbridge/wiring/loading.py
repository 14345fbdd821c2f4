"""Loading for programs: a verified folder, or an error with the reason."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from weighbridge.core.errors import ConfigError
from weighbridge.wiring.project import find_root, open_project

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.config import Catalog
    from weighbridge.core.pin import Pin
    from weighbridge.custody.consuming import Consumer
    from weighbridge.wiring.project import Project


def load(name: str, *, stage: str | None = None) -> Path:
    """The local folder of an approved model, every byte verified now.

    Args:
        name: The governed name.
        stage: The stage; may be left out where the project has only one.

    Returns:
        A read-only folder. Nobody else can swap its bytes; another process of the same user could.

    Raises:
        DeniedError: It is not approved; ``reasons`` holds the codes.
        IntegrityError: The bytes are not what was approved.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set.
    """
    if os.environ.get("WEIGHBRIDGE_STORE"):
        from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

        return open_consumer().load(name, stage)[1]
    project = open_project()
    if project.settings.catalog:
        return _catalogue(project, project.settings.catalog).load(name, stage)[1]
    return project.custody.load(name, stage)[1]


def _catalogue(project: Project, catalog: Catalog, registry_uri: str | None = None) -> Consumer:
    """The project whose approvals count here: its own governed models then count for nothing."""
    from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

    return open_consumer(registry_uri=registry_uri, catalog=(project.root, catalog))


def verified_folder(digest: str, *, registry_uri: str | None = None) -> tuple[Pin, Path]:
    """The verified folder of a digest that is approved for at least one stage.

    Args:
        digest: ``sha256:`` and 64 hexadecimal digits.
        registry_uri: The registry that asks; kept for error messages.

    Raises:
        DeniedError: No stage lets it run.
        IntegrityError: The bytes are not what was approved.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set.
    """
    if os.environ.get("WEIGHBRIDGE_STORE"):
        from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

        return open_consumer(registry_uri=registry_uri).load_digest(digest)
    if find_root() is None:
        raise ConfigError(
            "the registry points at a governed model, but there is no project here",
            code="no-project",
            hint="set WEIGHBRIDGE_STORE and WEIGHBRIDGE_TRUST, or work inside the project",
        )
    project = open_project()
    if project.settings.catalog:
        return _catalogue(project, project.settings.catalog, registry_uri).load_digest(digest)
    return project.custody.load_digest(digest)
