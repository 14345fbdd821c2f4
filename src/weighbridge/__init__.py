"""Governance for third-party models: pinned, hashed, inspected, approved, verified at every load.

>>> import weighbridge
>>> path = weighbridge.load("minilm", stage="production")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.errors import (
    AccessError,
    ConfigError,
    DeniedError,
    IntegrityError,
    NotFoundError,
    RegistryError,
    SigningError,
    SourceError,
    StoreError,
    UsageError,
    WeighbridgeError,
)

if TYPE_CHECKING:
    from pathlib import Path

__version__ = "0.1.0"

__all__ = [
    "AccessError",
    "ConfigError",
    "DeniedError",
    "IntegrityError",
    "NotFoundError",
    "RegistryError",
    "SigningError",
    "SourceError",
    "StoreError",
    "UsageError",
    "WeighbridgeError",
    "__version__",
    "load",
    "verify",
]


def load(name: str, *, stage: str | None = None) -> Path:
    """The local folder of an approved model, every byte verified now.

    Args:
        name: The governed name.
        stage: The stage; may be left out where the project has only one.

    Raises:
        DeniedError: It is not approved; ``reasons`` holds the codes.
        IntegrityError: The bytes are not what was approved.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set.
    """
    from weighbridge.wiring import loading  # noqa: PLC0415  importing the package stays light

    return loading.load(name, stage=stage)


def verify(name: str) -> None:
    """Read every byte of a model's live pins and compare it and the pointers with what was signed.

    Raises:
        IntegrityError: Something differs; ``details["problems"]`` names it.
        UsageError: No such model is governed here.
    """
    from weighbridge.wiring import project  # noqa: PLC0415  importing the package stays light

    project.open_project().custody.verify([name])
