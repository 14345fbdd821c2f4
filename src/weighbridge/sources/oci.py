"""Artifacts in OCI registries: ``oci:HOST/REPOSITORY[:TAG|@sha256:DIGEST]``.

Models are pushed in several conventions, see `weighbridge.sources._oci_layout`; each is turned into plain files. The
revision is the digest of the manifest, which every byte is compared with in the end. A raw layer is a file whose size
and SHA-256 the manifest promises: no byte of it moves before `read`. A packed one is fetched by `resolve`, and unpacked
into a private file without a name.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from weighbridge.core import digest as digests
from weighbridge.core.errors import IntegrityError, NotFoundError, SourceError
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.sources import _oci_layers, _oci_manifest
from weighbridge.sources._http import Web
from weighbridge.sources._oci_layout import ARTIFACT_TYPES, MODELCAR, RAW, Layout, layout_of
from weighbridge.sources._oci_manifest import Descriptor, Manifest
from weighbridge.sources._oci_place import Place, place_of
from weighbridge.sources._plain_json import bounded, text
from weighbridge.sources._retry import Patience
from weighbridge.sources.oci_registry import Found, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref

MAX_FILES = 100_000
_KEPT_REVISIONS = 4
_LICENCES = "org.opencontainers.image.licenses"


@dataclass(frozen=True, slots=True)
class _Contents:
    """The files of one manifest, by path: a blob, or a member of an unpacked layer."""

    found: Found
    index: Found | None
    manifest: Manifest
    layout: Layout
    files: dict[str, Descriptor | _oci_layers.Member]


class OciSource:
    """Artifacts in OCI registries; may be used by several threads at once.

    Args:
        allowed: Patterns of sources that the policy allows: a registry without TLS has to fit one that says ``http:``,
            unless it is on this machine.
        spool: Where packed layers are unpacked, in files that have no name.
        max_unpacked_bytes: The most that one packed layer may unpack to.
        max_tries: Tries in a row without progress.
        timeout_seconds: For connecting, and between two pieces of an answer.
        sleep: Waits between tries.
    """

    scheme: ClassVar[str] = "oci"

    def __init__(
        self,
        *,
        spool: Path,
        allowed: Sequence[str] = (),
        max_unpacked_bytes: int = _oci_layers.MAX_UNPACKED_BYTES,
        max_tries: int = 5,
        timeout_seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._spool = spool
        self._allowed = tuple(allowed)
        self._max_bytes = max_unpacked_bytes
        self._patience = Patience(max_tries, sleep)
        self._web = Web(timeout_seconds)
        self._lock = threading.Lock()
        self._unpacking = threading.Lock()
        self._repositories: dict[str, Repository] = {}
        self._known: dict[tuple[str, str], _Contents] = {}

    def resolve(self, ref: Ref) -> Listing:
        """What a tag or digest names now; packed layers are fetched and unpacked, others promised.

        Raises:
            UsageError: The reference is malformed (code ``bad-ref``).
            NotFoundError: There is none (codes ``repository-missing``, ``revision-missing``), or it has no file (code
                ``empty``).
            AccessError: It is not for this user (code ``private``).
            IntegrityError: The registry contradicts itself, or a layer can't be unpacked safely (codes
                ``promise-mismatch``, ``bad-manifest``, ``oci-layer``).
            SourceError: The registry failed, or the artifact is no model that can be told (codes ``oci-ambiguous``,
                ``oci-unsupported``, ``oci-oversized``).
            StoreError: There is no space to unpack (code ``disk``).
        """
        place = place_of(ref)
        contents = self._contents(place, place.reference)
        files = tuple(_remote(path, item) for path, item in sorted(contents.files.items()))
        if not files:
            raise NotFoundError(f"{ref} holds no file", code="empty", hint="name an artifact with a model in it")
        identity = {"registry": place.host, "repository": place.repository}
        return Listing(ref, contents.found.digest, files, identity, _metadata(place, contents))

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of a file from ``offset`` on.

        Raises:
            IntegrityError: Another size or range.
            NotFoundError: It is no part of the listing, or is gone (code ``file-missing``).
            SourceError: As for `resolve`.
        """
        place = place_of(listing.ref)
        item = self._contents(place, listing.revision).files.get(file.path)
        if item is None:
            raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")
        if file.size != item.size:
            raise IntegrityError(
                f"{file.path} is not the promised {file.size} bytes: the manifest says {item.size}",
                code="size-mismatch",
                hint="add the model again",
                details={"path": file.path, "promised": file.size},
            )
        if isinstance(item, Descriptor):
            yield from self._repository(place).blob(item.digest, item.size, file.path, offset)
        else:
            yield from item.spool.pieces(item.at + offset, item.at + item.size)

    def _repository(self, place: Place) -> Repository:
        with self._lock:
            if place.name not in self._repositories:
                made = Repository(self._web, place, self._allowed, "pull", self._patience)
                self._repositories[place.name] = made
            return self._repositories[place.name]

    def _contents(self, place: Place, reference: str) -> _Contents:
        """The files of a manifest; a tag is always asked for, what a digest names is remembered for a while."""
        with self._unpacking:
            known = self._known.get((place.name, reference))
            return self._asked(place, reference) if known is None else known

    def _asked(self, place: Place, reference: str) -> _Contents:
        repository = self._repository(place)
        found, index = repository.manifest(reference), None
        read = _oci_manifest.read(found.data, found.content_type)
        if not isinstance(read, Manifest):
            index, meant = found, _oci_manifest.chosen(read, ARTIFACT_TYPES)
            found = repository.manifest(meant.digest)
            read = _oci_manifest.read(found.data, found.content_type)
        if not isinstance(read, Manifest):
            raise SourceError(
                "an index names another index",
                code="oci-ambiguous",
                hint="name one manifest by its digest: oci:HOST/REPOSITORY@sha256:DIGEST",
            )
        known = self._known.get((place.name, found.digest))
        if known is not None:
            return replace(known, index=index)
        layout = layout_of(read)
        contents = _Contents(found, index, read, layout, self._files(repository, layout))
        self._known[place.name, found.digest] = contents
        while len(self._known) > _KEPT_REVISIONS:
            del self._known[next(iter(self._known))]
        return contents

    def _files(self, repository: Repository, layout: Layout) -> dict[str, Descriptor | _oci_layers.Member]:
        files: dict[str, Descriptor | _oci_layers.Member] = {}
        image = _oci_layers.Image()
        for layer in layout.layers:
            named: Iterator[tuple[str, Descriptor | _oci_layers.Member]]
            if layer.packing == RAW:
                named = iter([(layer.path, layer.blob)])
            else:
                with closing(repository.blob(layer.blob.digest, layer.blob.size, layer.blob.digest)) as blob:
                    spool = _oci_layers.unpacked(layer, blob, self._spool, self._max_bytes)
                if layout.name == MODELCAR:
                    image.add(layer, spool)
                    continue
                named = ((item.path, item) for item in _oci_layers.members(layer, spool))
            for path, item in named:
                if path in files or len(files) >= MAX_FILES:
                    raise _crowded(path)
                files[path] = item
        return files | {item.path: item for item in image.members}


def _crowded(path: str) -> IntegrityError:
    return IntegrityError(
        f"two layers hold {path!r}, or there are more than {MAX_FILES} files",
        code="oci-layer",
        hint="do not use this artifact before its owner explains",
    )


def _remote(path: str, item: Descriptor | _oci_layers.Member) -> RemoteFile:
    promise = item.digest if isinstance(item, Descriptor) else f"{digests.PREFIX}{item.sha256}"
    return RemoteFile(path, item.size, promise)


def _metadata(place: Place, contents: _Contents) -> dict[str, Json]:
    manifest = contents.manifest
    annotations, omitted = bounded(manifest.annotations)
    layers: list[Json] = [*sorted({blob.media_type for blob in manifest.layers})[:100]]
    stated = manifest.annotations.get(_LICENCES)
    licence: dict[str, Json] = {"licence": text(stated)} if stated else {}
    return {
        **licence,
        "layout": contents.layout.name,
        "asked": place.reference,
        "media_type": manifest.media_type,
        "artifact_type": manifest.artifact_type,
        "config": {"media_type": manifest.config.media_type, "digest": manifest.config.digest},
        "layer_media_types": layers,
        "annotations": annotations,
        "annotations_omitted": [*omitted],
        "index": None if contents.index is None else contents.index.digest,
    }
