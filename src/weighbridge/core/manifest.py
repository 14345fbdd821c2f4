"""Manifest: the sorted files of a model; its digest identifies the bytes everywhere.

A manifest knows nothing of names, sources or people, and never reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core import digest as digests
from weighbridge.core import paths
from weighbridge.core.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable

TYPE = "weighbridge.manifest/1"


@dataclass(frozen=True, slots=True, order=True)
class FileEntry:
    """One file: its path and the identity of its bytes.

    Args:
        path: Relative POSIX path, see `weighbridge.core.paths`.
        size: Bytes.
        sha256: 64 hexadecimal digits.
        blake3: 64 hexadecimal digits.
    """

    path: str
    size: int
    sha256: str
    blake3: str

    def to_json(self) -> dict[str, object]:
        """The entry as it stands in the manifest's canonical JSON."""
        return {"blake3": self.blake3, "path": self.path, "sha256": self.sha256, "size": self.size}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a model, sorted by the UTF-8 bytes of their paths; make one with `of`."""

    files: tuple[FileEntry, ...]

    @classmethod
    def of(cls, files: Iterable[FileEntry]) -> Manifest:
        """A manifest of these files in any order.

        Raises:
            IntegrityError: No file at all, a path that can't be governed, or a malformed size or hash.
        """
        ordered = tuple(sorted(files, key=lambda entry: entry.path.encode("utf-8", "surrogatepass")))
        if not ordered:
            raise IntegrityError("a manifest needs at least one file", code="empty-manifest", hint="check --include")
        paths.check(entry.path for entry in ordered)
        for entry in ordered:
            good = digests.is_hex64(entry.sha256) and digests.is_hex64(entry.blake3)
            if not good or type(entry.size) is not int or entry.size < 0:
                raise IntegrityError(f"{entry.path!r} has a malformed size or hash", code="bad-entry")
        return cls(ordered)

    @property
    def digest(self) -> str:
        """``sha256:`` and the SHA-256 of the canonical JSON of the files."""
        return digests.of_value({"files": [entry.to_json() for entry in self.files], "type": TYPE})

    @property
    def size(self) -> int:
        """All bytes together."""
        return sum(entry.size for entry in self.files)
