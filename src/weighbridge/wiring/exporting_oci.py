"""Approved models, pushed to a registry of containers as ModelPack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core import digest as digests
from weighbridge.core import modelpack
from weighbridge.core.errors import IntegrityError, NotFoundError, StoreError, UsageError
from weighbridge.core.outcome import pin_summary
from weighbridge.core.ref import Ref
from weighbridge.custody.ground import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.pin import Pin
    from weighbridge.custody.verbs import Custody
    from weighbridge.sources.oci_registry import Repository

_CHUNK_BYTES = 1 << 20
# A registry may hash all of a large blob before it answers.
_PUSH_SECONDS = 300.0
# What every registry must be able to keep, by the specification.
_MAX_MANIFEST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class OciExport:
    """A model in a registry.

    Args:
        pin: The bytes.
        stage: The stage that allows them.
        target: Registry, repository and tag.
        digest: Of the artifact's manifest.
        pushed: The files that were not there yet.
        changed: False if the tag named the same artifact, and all of it was there.
    """

    pin: Pin
    stage: str
    target: Ref
    digest: str
    pushed: tuple[FileEntry, ...]
    changed: bool

    @property
    def pinned(self) -> str:
        """The reference that never moves."""
        return str(self.target.at(self.digest))

    def to_json(self) -> dict[str, Json]:
        """The published JSON."""
        return {
            "changed": self.changed,
            "model": pin_summary(self.pin),
            "stage": self.stage,
            "target": str(self.target),
            "reference": self.pinned,
            "digest": self.digest,
            "pushed": [file.path for file in self.pushed],
        }


def target_of(text: str) -> Ref:
    """Where to push.

    Raises:
        UsageError: It is not ``oci:HOST/REPOSITORY:TAG`` (code ``bad-ref``).
    """
    ref = Ref.parse(text)
    if ref.scheme != "oci" or ref.revision is None or digests.is_digest(ref.revision):
        raise UsageError(f"{text!r} is no tag of a registry", code="bad-ref", hint="write --to oci:HOST/REPOSITORY:TAG")
    return ref


def export_oci(custody: Custody, name: str, target: Ref, *, stage: str | None, digest: str | None) -> OciExport:
    """Verify what a stage allows, and push it; what the registry has already is not sent again.

    Args:
        custody: The project's verbs.
        name: The governed name.
        target: Registry, repository and tag; see `target_of`.
        stage: The stage that must allow it; None where the project has only one.
        digest: All or the beginning of a digest; None for the head of the stage.

    Raises:
        DeniedError: The stage does not allow it.
        IntegrityError: The bytes are not what was pinned, or the registry keeps something else (code
            ``push-mismatch``).
        UsageError: No such model, pin or stage, the target names no place in a registry, or there are too many files
            for one artifact (code ``oci-oversized``).
        SourceError: The registry failed, or does not take it.
    """
    from weighbridge.sources.oci_registry import open_repository  # noqa: PLC0415  imports urllib3

    allowed = custody.policy.rules.sources
    repository = open_repository(target, allowed, actions="pull,push", timeout_seconds=_PUSH_SECONDS)
    custody.names([name])
    exact = None if digest is None else fitting(custody.record(name).pins, digest, name)
    verdict, pin = custody.admit(name, stage, exact)
    configuration = modelpack.config(pin)
    manifest = modelpack.manifest(pin, configuration)
    if len(manifest) > _MAX_MANIFEST_BYTES:
        raise UsageError(
            f"{len(pin.files)} files are too many for one artifact of a registry",
            code="oci-oversized",
            hint="add the model with --include or --exclude, and export that",
        )
    custody.store.verify(pin, custody.progress, algorithm="sha256")
    pushed = tuple(_pushed(custody, repository, pin))
    config_digest = digests.of_bytes(configuration)
    if not repository.has_blob(config_digest):
        repository.put_blob(config_digest, len(configuration), lambda: [configuration])
    artifact, tag = digests.of_bytes(manifest), str(target.revision)
    changed = bool(pushed) or _named(repository, tag) != artifact
    if changed:
        repository.put_manifest(tag, manifest, modelpack.MANIFEST_TYPE)
    return OciExport(pin, verdict.stage, target, artifact, pushed, changed)


def _named(repository: Repository, tag: str) -> str:
    """What the tag names now; empty for nothing."""
    try:
        return repository.manifest(tag).digest
    except NotFoundError:
        return ""


def _pushed(custody: Custody, repository: Repository, pin: Pin) -> Iterator[FileEntry]:
    """Send what is not there; gives what was sent."""
    folder, progress = custody.store.path(pin), custody.progress
    # Files of the same bytes are one blob.
    blobs = {file.entry.sha256: file.entry for file in pin.files}
    progress.begin("push", sum(entry.size for entry in blobs.values()))
    try:
        for entry in blobs.values():
            name = f"{digests.PREFIX}{entry.sha256}"
            if not repository.has_blob(name):
                repository.put_blob(name, entry.size, lambda entry=entry: _bytes(folder / entry.path, entry))  # type: ignore[misc]
                yield entry
            progress.advance(entry.size)
    finally:
        progress.end()


def _bytes(path: Path, entry: FileEntry) -> Iterator[bytes]:
    """Exactly the promised number of bytes: the registry compares the hash."""
    left = entry.size
    try:
        with path.open("rb") as file:
            while left and (piece := file.read(min(_CHUNK_BYTES, left))):
                left -= len(piece)
                yield piece
            more = bool(left or file.read(1))
    except OSError as error:
        raise StoreError(f"{entry.path} can't be read: {error.strerror}", code="unreadable") from error
    if more:
        raise IntegrityError(
            f"{entry.path} changed while it was pushed", code="changed-in-transfer", hint="run the command again"
        )
