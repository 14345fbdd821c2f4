"""Recognise which kind of model a zip archive is, by the names of its members.

It trusts nothing: whatever kind comes out, that kind's examiner reads the archive by `zip_directory` again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats import zip_directory
from weighbridge.formats.kinds import Kind

if TYPE_CHECKING:
    from weighbridge.formats.window import Readable

STARTS = (b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\7\x08", b"PK00PK")


def kind_of(file: Readable, size_bytes: int, name: str) -> Kind:
    """What a file that begins like a zip archive is; an empty one is what its name says."""
    report = zip_directory.parse(file, size_bytes)
    if report.encrypted:
        return Kind.ENCRYPTED
    names = {member.name for member in report.members if not member.folder}
    if names:
        return _by_names(names)
    return Kind.NPZ if name.endswith(".npz") else Kind.ZIP


def _by_names(names: set[str]) -> Kind:
    lasts = {name.rpartition("/")[2] for name in names}
    folders = {part for name in names for part in name.split("/")[:-1]}
    script = "constants.pkl" in lasts or "code" in folders
    signs = (
        (Kind.TORCHSCRIPT, script and not lasts.isdisjoint({"data.pkl", "constants.pkl"})),
        (Kind.TORCH_ZIP, "data.pkl" in lasts),
        (Kind.KERAS, names >= {"config.json", "metadata.json"}),
        (Kind.MAR, "MAR-INF/MANIFEST.json" in names),
        (Kind.SKOPS, "schema.json" in names),
        (Kind.COREML, "com.apple.CoreML" in folders),
        (Kind.NEMO, is_nemo(names)),
        (Kind.NPZ, all(name.endswith(".npy") for name in names)),
    )
    return next((kind for kind, holds in signs if holds), Kind.ZIP)


def is_nemo(names: set[str]) -> bool:
    """Whether an archive's members are those of a NeMo model: a configuration beside weights."""
    lasts = {name.removeprefix("./") for name in names}
    return "model_config.yaml" in lasts and any(name.endswith((".ckpt", ".distcp")) for name in lasts)
