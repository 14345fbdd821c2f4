"""Which files an artifact of a registry is made of, by the conventions of those who push models.

- ModelPack: the CNCF model specification 1, https://github.com/modelpack/model-spec
- KitOps: ModelKits, https://kitops.org/docs/modelkit/spec/
- modelcar: an image with the model below ``/models``, as KServe runs it
- ORAS: plain files by ``org.opencontainers.image.title``

Nothing is asked and nothing unpacked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError, SourceError
from weighbridge.formats.member_name import unsafe

if TYPE_CHECKING:
    from weighbridge.sources._oci_manifest import Descriptor, Manifest

MODELPACK_TYPE = "application/vnd.cncf.model.manifest.v1+json"
MODELPACK_CONFIG = "application/vnd.cncf.model.config.v1+json"
FILEPATH = "org.cncf.model.filepath"
TITLE = "org.opencontainers.image.title"
KITOPS_CONFIG = "application/vnd.kitops.modelkit.config.v1+json"
ARTIFACT_TYPES = frozenset({MODELPACK_TYPE, "application/vnd.kitops.modelkit.manifest.v1+json", KITOPS_CONFIG})
MODELPACK, KITOPS, MODELCAR, ORAS = "modelpack", "kitops", "modelcar", "oras"
RAW, TAR, GZIP = "raw", "tar", "tar+gzip"
_UNPACK = "io.deis.oras.content.unpack"
_FOLDER_OF_PYTHON = "application/vnd.oci.image.layer.v1.tar+gzip"
_ARCHIVES = (".gz", ".tgz")
_IMAGE_CONFIGS = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
_MODELPACK_LAYER = re.compile(
    r"application/vnd\.cncf\.model\.(?:weight|weight\.config|doc|code|dataset)\.v1\.(raw|tar(?:\+[a-z]+)?)"
)
_KITOPS_LAYER = re.compile(r"application/vnd\.kitops\.modelkit\.[a-z]+\.v1\.(tar(?:\+[a-z]+)?)")
_IMAGE_LAYER = re.compile(r"application/vnd\.oci\.image\.layer\.v1\.(tar(?:\+[a-z]+)?)")
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, and how its bytes are files.

    Args:
        blob: What the manifest says of it.
        packing: ``raw``, ``tar`` or ``tar+gzip``.
        path: What the file is called, of a raw layer; else the folder that all members must lie in, if not empty.
    """

    blob: Descriptor
    packing: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What an artifact is made of.

    Args:
        name: ``modelpack``, ``kitops``, ``modelcar`` or ``oras``.
        layers: In order.
    """

    name: str
    layers: tuple[Layer, ...]


def layout_of(manifest: Manifest) -> Layout:
    """Which convention a manifest follows, and its layers by that.

    Raises:
        SourceError: None that is known, or a compression that is not (code ``oci-unsupported``).
        IntegrityError: A file's name leaves its folder (code ``oci-layer``).
    """
    if manifest.artifact_type == MODELPACK_TYPE or manifest.config.media_type == MODELPACK_CONFIG:
        return Layout(MODELPACK, tuple(_modelpack(blob) for blob in manifest.layers))
    if manifest.config.media_type == KITOPS_CONFIG:
        return Layout(KITOPS, tuple(_packed(blob, _KITOPS_LAYER) for blob in manifest.layers))
    if manifest.layers and all(TITLE in blob.annotations for blob in manifest.layers):
        return Layout(ORAS, tuple(_oras(blob) for blob in manifest.layers))
    if manifest.layers and manifest.config.media_type in _IMAGE_CONFIGS:
        return Layout(MODELCAR, tuple(_image(blob) for blob in manifest.layers))
    raise _unknown(manifest.artifact_type or manifest.config.media_type, [blob.media_type for blob in manifest.layers])


def _modelpack(blob: Descriptor) -> Layer:
    found = _MODELPACK_LAYER.fullmatch(blob.media_type)
    if found is None:
        raise _unknown(MODELPACK_TYPE, [blob.media_type])
    if found[1] != RAW:
        return Layer(blob, _packing(blob, found[1]))
    return Layer(blob, RAW, _path(blob.annotations.get(FILEPATH) or blob.annotations.get(TITLE, "")))


def _packed(blob: Descriptor, pattern: re.Pattern[str]) -> Layer:
    found = pattern.fullmatch(blob.media_type)
    if found is None:
        raise _unknown("the artifact", [blob.media_type])
    return Layer(blob, _packing(blob, found[1]))


def _image(blob: Descriptor) -> Layer:
    return Layer(blob, GZIP) if blob.media_type == _DOCKER_LAYER else _packed(blob, _IMAGE_LAYER)


def _oras(blob: Descriptor) -> Layer:
    path = _path(blob.annotations[TITLE])
    # The Go client marks folders; the Python client gives them the media type of images, which files never have there.
    folder = blob.annotations.get(_UNPACK) == "true" or (
        blob.media_type == _FOLDER_OF_PYTHON and not path.endswith(_ARCHIVES)
    )
    return Layer(blob, GZIP if folder else RAW, path)


def _packing(blob: Descriptor, word: str) -> str:
    if word in {TAR, GZIP}:
        return word
    raise SourceError(
        f"a layer is packed as {word}, for which this program has no library",
        code="oci-unsupported",
        hint="push the artifact again with raw, tar or tar+gzip layers",
        details={"media_type": blob.media_type},
    )


def _path(name: str) -> str:
    why = unsafe(name)
    if why or name.endswith("/"):
        raise IntegrityError(
            f"a layer's name {name[:100]!r} {why or 'is that of a folder'}",
            code="oci-layer",
            hint="do not use this artifact before its owner explains",
        )
    return name.removeprefix("./")


def _unknown(what: str, media_types: list[str]) -> SourceError:
    shown = sorted(set(media_types))[:20]
    return SourceError(
        f"{what} with layers of {', '.join(shown) or 'no kind'} is no model that this program can unpack",
        code="oci-unsupported",
        hint="push it as ModelPack, with KitOps or oras, or as an image with the model below /models",
        details={"media_types": shown},
    )
