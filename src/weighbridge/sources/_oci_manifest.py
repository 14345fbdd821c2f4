"""Manifests of registries, read as what an unknown wrote.

Source: OCI image specification 1.1, "Image Manifest" and "Image Index"; Docker's schema 2 has the same fields. A
document that could be read as either kind is refused (CVE-2021-41190).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weighbridge.core.digest import is_digest
from weighbridge.core.errors import IntegrityError, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFESTS = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
INDEXES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
ACCEPT = ", ".join(sorted(MANIFESTS | INDEXES))
# What every registry must be able to keep, by the specification; none takes much more.
MAX_BYTES = 4 << 20
_MAX_SIZE = 1 << 44
_PLATFORM = {"os": "linux", "architecture": "amd64"}


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of one blob.

    Args:
        media_type: What it is.
        digest: ``sha256:<64 hex>``.
        size: Bytes.
        annotations: Text by name.
        artifact_type: Of a manifest in an index; empty if not said.
        platform: Of an image in an index; empty if not said.
    """

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""
    platform: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One artifact.

    Args:
        media_type: Which form it has.
        artifact_type: What it says it is; empty if it does not.
        config: The blob that describes it.
        layers: The blobs that it is made of, in order.
        annotations: Text by name.
    """

    media_type: str
    artifact_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str]


def read(data: bytes, content_type: str) -> Manifest | tuple[Descriptor, ...]:
    """A manifest, or the manifests that an index names.

    Raises:
        IntegrityError: It is malformed (code ``bad-manifest``).
        SourceError: It is of another form, or its blobs lie elsewhere (code ``oci-unsupported``).
    """
    value = _document(data)
    said = _text(value.get("mediaType", content_type.partition(";")[0].strip().lower()))
    if value.get("schemaVersion") != 2 or not {"layers", "manifests"} - value.keys():  # noqa: PLR2004  the version
        raise _malformed("it is not of version 2, or a manifest and an index at once")
    if said in INDEXES:
        return tuple(_descriptor(item) for item in _items(value, "manifests"))
    if said not in MANIFESTS:
        raise SourceError(
            f"the registry has a {said!r} there, which is no manifest of an artifact",
            code="oci-unsupported",
            hint="push it again as an OCI image manifest",
        )
    layers = tuple(_descriptor(item) for item in _items(value, "layers"))
    artifact_type = _text(value.get("artifactType", ""))
    return Manifest(said, artifact_type, _descriptor(value.get("config")), layers, _texts(value.get("annotations")))


def chosen(index: tuple[Descriptor, ...], artifact_types: frozenset[str]) -> Descriptor:
    """The one manifest of an index that is meant: the only one, the only model, or the image for Linux on amd64.

    Raises:
        SourceError: There are several (code ``oci-ambiguous``).
    """
    models = [item for item in index if item.artifact_type in artifact_types]
    images = [item for item in index if item.platform.items() >= _PLATFORM.items()]
    for group in (index, models, images):
        if len(group) == 1:
            return group[0]
    shown = [f"{item.digest} {item.artifact_type or _platform_text(item) or item.media_type}" for item in index[:20]]
    raise SourceError(
        f"an index names {len(index)} manifests, and none of them alone is meant: {'; '.join(shown)}",
        code="oci-ambiguous",
        hint="name one by its digest: oci:HOST/REPOSITORY@sha256:DIGEST",
        details={"manifests": shown},
    )


def _platform_text(item: Descriptor) -> str:
    return "/".join(item.platform[key] for key in _PLATFORM if key in item.platform)


def _document(data: bytes) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key stands twice")
        return found

    try:
        value = json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _malformed("it is no JSON object, or a key stands twice")
    return value


def _items(value: dict[str, Any], key: str) -> list[Any]:
    items = value.get(key)
    if not isinstance(items, list):
        raise _malformed(f"{key} is no list")
    return items


def _descriptor(value: object) -> Descriptor:
    if not isinstance(value, dict):
        raise _malformed("a descriptor is no object")
    size, digest = value.get("size"), value.get("digest")
    if type(size) is not int or not 0 <= size <= _MAX_SIZE:
        raise _malformed("a size is no number of bytes")
    if value.get("urls"):
        raise SourceError(
            "a layer lies at another address than the registry",
            code="oci-unsupported",
            hint="push the artifact again with all its layers",
        )
    if not is_digest(digest):
        raise SourceError(
            "a digest is no SHA-256", code="oci-unsupported", hint="push the artifact again with SHA-256 digests"
        )
    return Descriptor(
        _text(value.get("mediaType", "")),
        str(digest),
        size,
        _texts(value.get("annotations")),
        _text(value.get("artifactType", "")),
        _platform(value.get("platform")),
    )


def _platform(value: object) -> dict[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {key: item for key, item in items if isinstance(item, str)}


def _texts(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed("annotations are no object")
    return {_text(key): _text(item) for key, item in value.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _malformed("a text is none")
    return value


def _malformed(why: str) -> IntegrityError:
    return IntegrityError(
        f"the registry's manifest is malformed: {why}",
        code="bad-manifest",
        hint="push the artifact again with a current tool",
    )
