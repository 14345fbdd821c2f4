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
    from typing import Any, BinaryIO

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
    "load_ipython_extension",
    "open_verified",
    "verified_safetensors",
    "verify",
]


def load(name: str, *, stage: str | None = None, paranoid: bool = False) -> Path:
    """The local folder of an approved model, its bytes verified now.

    The folder is read-only, and no other user of this machine can change what it holds. A process of the same user
    could, between this call and the moment at which a file is opened: `open_verified` leaves no such gap.

    Args:
        name: The governed name.
        stage: The stage; may be left out where the project has only one.
        paranoid: Read every byte, though a file was found right before and has not changed since. The same for all
            loads where WEIGHBRIDGE_PARANOID is set.

    Raises:
        DeniedError: It is not approved; ``reasons`` holds the codes.
        IntegrityError: The bytes are not what was approved; ``details["problems"]`` names file and digests.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set.
    """
    from weighbridge.wiring import loading  # noqa: PLC0415  importing the package stays light

    return loading.load(name, stage=stage, paranoid=paranoid)


def open_verified(name: str, path: str, *, stage: str | None = None, stream: bool = False) -> BinaryIO:
    """One file of an approved model, open for reading; what is read is what was approved, whoever writes to the disk.

    Args:
        name: The governed name.
        path: The file, by its path below the model's folder.
        stage: The stage; may be left out where the project has only one.
        stream: False for a verified copy in memory that can be wound and, on Linux, mapped (``mmap.mmap(file.fileno(),
            0, prot=mmap.PROT_READ)``) and that nobody can change; True to read a file that is larger than that from
            first to last, hashed meanwhile: what was read is good if the end is reached without an error.

    Raises:
        DeniedError: It is not approved; ``reasons`` holds the codes.
        IntegrityError: The bytes are not what was approved; a stream raises it before it gives the last of them.
        UsageError: The model has no such file (code ``no-such-file``).
        StoreError: There is no memory for a copy (code ``no-memory``), or the disk failed.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set.
    """
    from weighbridge.wiring import opening  # noqa: PLC0415  importing the package stays light

    return opening.open_verified(name, path, stage=stage, stream=stream)


def verified_safetensors(
    name: str, path: str | None = None, *, stage: str | None = None, framework: str = "numpy", mapped: bool = False
) -> dict[str, Any]:
    """The tensors of an approved model, made of the very bytes that were hashed: they are read once.

    Args:
        name: The governed name.
        path: One safetensors file, by its path below the model's folder; None for all of them together.
        stage: The stage; may be left out where the project has only one.
        framework: ``numpy`` or ``torch``.
        mapped: True to map the file and hash the mapping, which needs no memory of its own; then a process of the same
            user that writes to the file changes the tensors. False to hash a copy in memory.

    Returns:
        By name, arrays or tensors that share the memory.

    Raises:
        DeniedError: It is not approved; ``reasons`` holds the codes.
        IntegrityError: The bytes are not what was approved, or are no well-formed safetensors file.
        UsageError: There is no such file, framework, or element type in it.
        StoreError: There is no memory for a copy (code ``no-memory``), or the disk failed.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set.
    """
    from weighbridge.wiring import opening  # noqa: PLC0415  importing the package stays light

    return opening.verified_safetensors(name, path, stage=stage, framework=framework, mapped=mapped)


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext weighbridge`` calls: adds the magic ``%weighbridge``, see docs/loading.md."""
    from weighbridge.wiring import notebook  # noqa: PLC0415  importing the package stays light

    notebook.register(shell)


def verify(name: str) -> None:
    """Read every byte of a model's live pins and compare it and the pointers with what was signed.

    Raises:
        IntegrityError: Something differs; ``details["problems"]`` names it.
        UsageError: No such model is governed here.
    """
    from weighbridge.wiring import project  # noqa: PLC0415  importing the package stays light

    project.open_project().custody.verify([name])
