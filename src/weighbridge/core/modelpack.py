"""ModelPack: a pin as the artifact that registries and container runtimes take.

The format is the CNCF model specification 1 (https://github.com/modelpack/model-spec) in an OCI image manifest 1.1: one
raw layer a file, whose digest is the file's SHA-256. So nothing is packed, and what two models share is one blob.
The same pin always gives the same bytes: no time stands in them. This module reads no file and asks no registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core import canonical, digest

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json
    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.pin import Pin

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
ARTIFACT_TYPE: Final = "application/vnd.cncf.model.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.cncf.model.config.v1+json"
FILEPATH: Final = "org.cncf.model.filepath"
# By it the stock `oras pull` names what it writes.
TITLE: Final = "org.opencontainers.image.title"
LICENCES: Final = "org.opencontainers.image.licenses"
_DOCUMENTS: Final = frozenset({".md", ".pdf", ".rst", ".png", ".jpg", ".svg"})
_DOCUMENT_NAMES: Final = frozenset({"license", "notice", "readme"})
_CODE: Final = frozenset({".py", ".sh", ".ipynb"})
_SETTINGS: Final = frozenset({".json", ".jinja", ".model", ".toml", ".txt", ".yaml", ".yml"})
_FORMATS: Final = {".safetensors": "safetensors", ".gguf": "gguf", ".onnx": "onnx", ".bin": "pytorch", ".pt": "pytorch"}


def config(pin: Pin) -> bytes:
    """The artifact's configuration: what is known of the model, and the hashes of its files."""
    formats = [kind for suffix, kind in _FORMATS.items() if any(file.entry.path.endswith(suffix) for file in pin.files)]
    descriptor: dict[str, Json] = {"name": pin.name, "revision": pin.revision, "version": digest.short(pin.digest)}
    licence = _licence(pin)
    if licence:
        descriptor["licenses"] = [licence]
    return canonical.dumps(
        {
            "descriptor": descriptor,
            "config": {"format": formats[0]} if formats else {},
            "modelfs": {"type": "layers", "diffIds": [_digest(file.entry) for file in pin.files]},
        }
    )


def manifest(pin: Pin, configuration: bytes) -> bytes:
    """The artifact's manifest; its digest names the artifact, and says nothing of approval."""
    licence = _licence(pin)
    return canonical.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "artifactType": ARTIFACT_TYPE,
            "config": {
                "mediaType": CONFIG_TYPE,
                "digest": digest.of_bytes(configuration),
                "size": len(configuration),
            },
            "layers": [_layer(file.entry) for file in pin.files],
            "annotations": {
                **({LICENCES: licence} if licence else {}),
                "weighbridge.digest": pin.digest,
                "weighbridge.name": pin.name,
                "weighbridge.project": pin.project,
                "weighbridge.revision": pin.revision,
                "weighbridge.source": pin.source,
            },
        }
    )


def _licence(pin: Pin) -> str:
    licence = pin.metadata.get("licence")
    return licence if isinstance(licence, str) else ""


def _layer(entry: FileEntry) -> dict[str, Json]:
    return {
        "mediaType": f"application/vnd.cncf.model.{_kind(entry.path)}.v1.raw",
        "digest": _digest(entry),
        "size": entry.size,
        "annotations": {FILEPATH: entry.path, TITLE: entry.path},
    }


def _digest(entry: FileEntry) -> str:
    return f"{digest.PREFIX}{entry.sha256}"


def _kind(path: str) -> str:
    """What a file is, by its name: informs readers, and nothing is decided by it."""
    name = path.lower().rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    if f".{suffix}" in _DOCUMENTS or (stem if dot else name) in _DOCUMENT_NAMES:
        return "doc"
    if f".{suffix}" in _CODE:
        return "code"
    return "weight.config" if f".{suffix}" in _SETTINGS or name.startswith(".") else "weight"
