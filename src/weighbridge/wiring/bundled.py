"""Verifying a bundle that came as one file: no project, no store, only a trust file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.core.bundle import Bundle, bundle_from, checkpoint_key
from weighbridge.core.errors import ConfigError, IntegrityError, StoreError
from weighbridge.core.progress import Silent
from weighbridge.core.times import time_text
from weighbridge.custody.consuming import Consumer
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import (
    evaluate,
    read_trust_file,
    trust_file,
    user_cache_folder,
    verify_signature,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.checkpoint import Checkpoint
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress

MAX_BUNDLE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _File:
    """A bundle as a store that holds nothing else."""

    bundle: Bundle

    def document(self, key: str) -> bytes | None:
        """The bundle's checkpoint, or the bundle itself for whatever digest."""
        if key == checkpoint_key(self.bundle.project):
            return self.bundle.checkpoint
        return replace(self.bundle, checkpoint=None).to_bytes()

    def read(self, md5: str) -> Iterator[bytes]:
        """No bytes of models are in a bundle."""
        raise StoreError(
            f"a bundle does not hold the object {md5}", code="remote-missing", hint="set WEIGHBRIDGE_STORE"
        )


@dataclass(frozen=True, slots=True)
class BundleVerdict:
    """What a bundle says under this machine's trust file.

    Args:
        bundle: The bundle.
        said: Its checkpoint.
        verdicts: What each stage that was asked about says.
        pin: The pin whose bytes a folder was compared with; None if no folder was given.
    """

    bundle: Bundle
    said: Checkpoint
    verdicts: tuple[Verdict, ...]
    pin: Pin | None

    @property
    def allows(self) -> bool:
        """Whether some stage lets the model run."""
        return any(verdict.allow for verdict in self.verdicts)

    def to_json(self) -> dict[str, Json]:
        """The published JSON."""
        return {
            "project": self.bundle.project,
            "name": self.bundle.name,
            "number": self.said.number,
            "issued_at": time_text(self.said.issued_at),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "folder": None if self.pin is None else self.pin.digest,
        }


def verify_bundle(
    path: Path, stage: str | None, folder: Path | None, progress: Progress | None = None
) -> BundleVerdict:
    """Check all evidence in a bundle, what stages say of it, and the bytes of a folder if one is given.

    Args:
        path: The file.
        stage: Only this stage; None for all of the trust file.
        folder: A copy of the model.
        progress: Is told how far long work is.

    Raises:
        ConfigError: There is no trust file (code ``no-trust``), or the file is no bundle that this program reads.
        DeniedError: Its checkpoint has expired, or the model is not in it.
        IntegrityError: Evidence or bytes are not what was signed, or the bundle is older than one seen here before.
    """
    from weighbridge.stores.published import Shelf, require_copy  # noqa: PLC0415  not needed in a project

    trusted = trust_file()
    if trusted is None:
        raise ConfigError(
            "no trust file says whom to believe",
            code="no-trust",
            hint="set WEIGHBRIDGE_TRUST to a trust file that you got from the project's owners",
        )
    bundle = _read(path)
    policy = read_trust_file(trusted)
    if policy.project != bundle.project or bundle.checkpoint is None:
        raise IntegrityError(
            f"{path} is a bundle of {bundle.project}/{bundle.name}, not one of {policy.project} that can travel alone",
            code="foreign-evidence",
            hint="weighbridge export bundle writes one; WEIGHBRIDGE_TRUST must be that project's trust file",
        )
    consumer = Consumer(
        policy=policy,
        published=_File(bundle),
        copies=Shelf(user_cache_folder()),
        verify_signature=verify_signature,
        clock=now,
        progress=progress or Silent(),
        registry=lambda: None,
        evaluate=evaluate,
    )
    said, record, verdicts = consumer.verdicts(bundle.name, stage)
    pin = None
    if folder is not None:
        allowed = [verdict.digest for verdict in verdicts if verdict.allow and verdict.digest]
        pins = [record.pins[digest].pin for digest in dict.fromkeys(allowed)] or [
            item.pin for item in record.pins.values()
        ]
        pin = require_copy(folder, bundle.name, pins, progress or Silent())
    return BundleVerdict(bundle, said, verdicts, pin)


def _read(path: Path) -> Bundle:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror}", code="unreadable", hint="check its path") from error
    if len(data) > MAX_BUNDLE_BYTES:
        raise IntegrityError(f"{path} is over {MAX_BUNDLE_BYTES} bytes", code="too-large")
    return bundle_from(data)
