"""What is governed here, as lint asks: chosen as `weighbridge.wiring.loading` does; nothing without a project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from weighbridge.core.linted import Governed
from weighbridge.core.progress import Silent
from weighbridge.custody.standing_pins import known_in_project, known_in_store
from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.linted import Asked


def governed(root: Path | None, asked: Asked) -> tuple[Governed, str]:
    """What is governed, and whose word counts: ``local``, a trust file's digest, or empty without a project.

    Args:
        root: The project's folder; None where there is none.
        asked: Which models are asked about: the evidence of others is not checked.

    Raises:
        ConfigError: weighbridge.toml or the trust file is wrong.
        IntegrityError: Some evidence is broken: then nothing is known for sure.
        DeniedError: The evidence of a store is too old (code ``stale-evidence``).
        StoreError: The store can't be reached.
    """
    project = open_project(root) if root is not None else None
    store = os.environ.get("WEIGHBRIDGE_STORE")
    if store or (project is not None and project.settings.catalog is not None):
        from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

        catalog = None
        if not store and project is not None and project.settings.catalog is not None:
            catalog = (project.root, project.settings.catalog)
        consumer = open_consumer(progress=Silent(), catalog=catalog)
        return Governed(known_in_store(consumer, None)), consumer.policy.trust
    if project is None:
        return Governed(()), ""
    return Governed(known_in_project(project.custody, None, asked)), project.custody.policy.trust
