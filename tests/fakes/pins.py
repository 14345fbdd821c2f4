"""Pins for tests that need one but do not care which."""

from __future__ import annotations

from hashlib import md5, sha256
from typing import TYPE_CHECKING

from blake3 import blake3

from weighbridge.core.listing import RemoteFile
from weighbridge.core.manifest import FileEntry
from weighbridge.core.pin import Pin, PinnedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json

COMMIT = "1" * 40
FILES: Mapping[str, bytes] = {"config.json": b"{}", "model.safetensors": b"weights"}


def entry(path: str = "config.json", data: bytes = b"{}") -> FileEntry:
    """The identity of some bytes."""
    return FileEntry(path, len(data), sha256(data).hexdigest(), blake3(data).hexdigest())


def pinned(path: str, data: bytes) -> PinnedFile:
    """A file of a pin."""
    found = entry(path, data)
    return PinnedFile(found, md5(data, usedforsecurity=False).hexdigest(), f"sha256:{found.sha256}")


def make_pin(  # noqa: PLR0913 - each of a pin's fields may matter to some test
    name: str = "minilm",
    *,
    project: str = "project",
    files: Mapping[str, bytes] = FILES,
    source: str = "hf:org/minilm",
    follow: str = "main",
    revision: str = COMMIT,
    metadata: Mapping[str, Json] | None = None,
    references: Mapping[str, str] | None = None,
) -> Pin:
    """A pin of small files."""
    return Pin(
        project=project,
        name=name,
        source=source,
        follow=follow,
        revision=revision,
        files=tuple(pinned(path, files[path]) for path in sorted(files, key=str.encode)),
        omitted=(RemoteFile("pytorch_model.bin", 7, "git:" + "2" * 40),),
        identity={"id": "abc", "owner": "org"},
        metadata={"gated": False, "licence": "apache-2.0", "tags": ["a", "b"]} if metadata is None else metadata,
        references=references or {},
    )
