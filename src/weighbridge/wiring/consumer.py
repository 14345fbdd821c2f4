"""A consumer, wired: a store and a trust file, by the environment or by the `[catalog]` of an application's project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from weighbridge.core.errors import ConfigError
from weighbridge.core.progress import Silent
from weighbridge.custody.consuming import Consumer
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import (
    evaluate,
    is_paranoid,
    read_trust_file,
    trust_file,
    user_cache_folder,
    verify_signature,
)

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.config import Catalog
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Progress, Registry
    from weighbridge.stores.published import Remote


def open_consumer(
    *,
    registry_uri: str | None = None,
    progress: Progress | None = None,
    catalog: tuple[Path, Catalog] | None = None,
    paranoid: bool = False,
) -> Consumer:
    """The verbs of a store under this machine's trust.

    Args:
        registry_uri: The registry by way of which digests are asked for; None where there is none.
        progress: Is told how far long work is.
        catalog: A project's folder and the catalogue that it names; None for the store of WEIGHBRIDGE_STORE.
        paranoid: Read every byte at each load; also where WEIGHBRIDGE_PARANOID says so.

    Raises:
        ConfigError: WEIGHBRIDGE_STORE is not set, or there is no trust file that may be used (codes ``no-store``,
            ``no-trust``, ``bad-trust``, ``trust-in-store``).
    """
    from weighbridge.stores.published import Remote, Shelf  # noqa: PLC0415  not needed in a project

    address = catalog[1].store if catalog else os.environ.get("WEIGHBRIDGE_STORE", "")
    if not address:
        raise ConfigError(
            "WEIGHBRIDGE_STORE is not set", code="no-store", hint="set it to the path or URL of the DVC remote"
        )
    remote = Remote(address)
    return Consumer(
        policy=_trusted(remote, catalog),
        published=remote,
        copies=Shelf(user_cache_folder()),
        verify_signature=verify_signature,
        clock=now,
        progress=progress or Silent(),
        registry=lambda: _registry(registry_uri),
        evaluate=evaluate,
        paranoid=paranoid or is_paranoid(),
    )


def _trusted(remote: Remote, catalog: tuple[Path, Catalog] | None) -> Policy:
    """The rules of the trust file, which must not come from those who can write to the store.

    A file that this machine sets comes before one that a project names.
    """
    path = trust_file()
    if path is None and catalog:
        path = catalog[0] / catalog[1].trust
    if path is None:
        raise ConfigError(
            "a store is named, but no trust file says whom to believe",
            code="no-trust",
            hint="set WEIGHBRIDGE_TRUST to a trust file that you got from the project's owners",
        )
    if remote.folder and path.resolve().is_relative_to(remote.folder.resolve()):
        raise ConfigError(
            f"the trust file {path} lies in the store itself",
            code="trust-in-store",
            hint="copy it out of the store, having checked it: who writes to the store must not say whom to trust",
        )
    policy = read_trust_file(path)
    if trust_file() is None and catalog and policy.trust != catalog[1].digest:
        raise ConfigError(
            f"the trust file {path} is {policy.trust}, and catalog.trust_digest is {catalog[1].digest}",
            code="bad-trust",
            hint="if the catalogue's owners changed it, review it and write its digest into weighbridge.toml",
        )
    return policy


def _registry(uri: str | None) -> Registry | None:
    if not uri:
        return None
    from weighbridge.registries.mlflow import MlflowRegistry  # noqa: PLC0415  imports MLflow

    return MlflowRegistry(uri)
