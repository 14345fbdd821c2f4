"""Loading for programs: a verified folder, or an error with the reason."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import ConfigError
from weighbridge.wiring.project import mlflow_uri, open_loading
from weighbridge.wiring.root import find_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Protocol

    from weighbridge.core.pin import Pin
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Progress
    from weighbridge.custody.offer import Offer

    class Giver(Protocol):
        """Whoever lets models run: a project's custody, or a consumer of its store."""

        @property
        def policy(self) -> Policy:
            """Project, rules, people and keys."""

        def names(self, asked: Sequence[str]) -> tuple[str, ...]:
            """The names that are meant: those asked for, or all."""

        def offer(self, name: str, stage: str | None) -> Offer:
            """What may run, verified now, and on what grounds."""

        def load(self, name: str, stage: str | None) -> tuple[Pin, Path]:
            """Its pin and folder."""

        def load_digest(self, digest: str) -> tuple[Pin, Path]:
            """The same by digest."""


@dataclass(frozen=True, slots=True)
class Governed:
    """By whose approvals models are loaded here.

    Args:
        giver: Whoever lets them run.
        root: The project's folder; None where there is only a store.
        registry_uri: The registry in which that project shows its versions; empty if it is not known here.
    """

    giver: Giver
    root: Path | None
    registry_uri: str


def governed(*, registry_uri: str | None = None, progress: Progress | None = None, paranoid: bool = False) -> Governed:
    """The store of WEIGHBRIDGE_STORE, the catalogue of the project around the working folder, or that project.

    Args:
        registry_uri: The registry by way of which a digest is asked for; None where there is none.
        progress: Is told how far long work is.
        paranoid: Read every byte at each load; also where WEIGHBRIDGE_PARANOID says so.

    Raises:
        ConfigError: There is none of the three, or its trust file can't be used.
    """
    if os.environ.get("WEIGHBRIDGE_STORE"):
        from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

        return Governed(open_consumer(registry_uri=registry_uri, progress=progress, paranoid=paranoid), None, "")
    root, settings, giver = open_loading(progress=progress, paranoid=paranoid)
    if settings.catalog:
        from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

        # The project's own governed models count for nothing then.
        catalog = (root, settings.catalog)
        consumer = open_consumer(registry_uri=registry_uri, progress=progress, catalog=catalog, paranoid=paranoid)
        return Governed(consumer, root, settings.mlflow_uri)
    return Governed(giver, root, mlflow_uri(root, settings))


def load(name: str, *, stage: str | None = None, paranoid: bool = False) -> Path:
    """See `weighbridge.load`."""
    return governed(paranoid=paranoid).giver.load(name, stage)[1]


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
    if not os.environ.get("WEIGHBRIDGE_STORE") and find_root() is None:
        raise ConfigError(
            "the registry points at a governed model, but there is no project here",
            code="no-project",
            hint="set WEIGHBRIDGE_STORE and WEIGHBRIDGE_TRUST, or work inside the project",
        )
    return governed(registry_uri=registry_uri).giver.load_digest(digest)
