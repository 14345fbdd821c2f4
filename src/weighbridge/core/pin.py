"""Pin: one immutable revision of a model and every byte of it.

A pin is what the lock holds and what the first attestation signs. It says nothing about approval,
and it does not check that the bytes are there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from weighbridge.core import shape
from weighbridge.core.digest import is_hex64
from weighbridge.core.errors import IntegrityError
from weighbridge.core.listing import RemoteFile, is_promise
from weighbridge.core.manifest import FileEntry, Manifest
from weighbridge.core.ref import Ref, require_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file of a pin: its identity, where DVC keeps it and what the source had promised.

    Args:
        entry: The identity.
        md5: DVC's address, 32 hexadecimal digits; never trusted.
        promise: The source's promise that the bytes were compared with, see `RemoteFile`.
    """

    entry: FileEntry
    md5: str
    promise: str = ""

    def to_json(self) -> dict[str, Json]:
        """One line of the lock."""
        entry = self.entry
        return {
            "path": entry.path,
            "size": entry.size,
            "sha256": entry.sha256,
            "blake3": entry.blake3,
            "md5": self.md5,
            "promise": self.promise,
        }


@dataclass(frozen=True, slots=True)
class Pin:
    """One immutable revision of a model.

    Args:
        project: The project that governs it.
        name: The governed name.
        source: The reference without revision, such as ``hf:org/name``.
        follow: The revision as asked for, such as ``main``; empty for the source's default.
        revision: What it resolved to.
        files: Every governed file, sorted by the UTF-8 bytes of the path.
        omitted: What the source has at that revision and the pin leaves out.
        identity: Who the repository was.
        metadata: What the source said about the model.
        references: Digests of pins that this one needs, by governed name.
    """

    project: str
    name: str
    source: str
    follow: str
    revision: str
    files: tuple[PinnedFile, ...]
    omitted: tuple[RemoteFile, ...]
    identity: Mapping[str, str]
    metadata: Mapping[str, Json]
    references: Mapping[str, str]
    _digest: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def manifest(self) -> Manifest:
        """The identity of the bytes."""
        return Manifest(tuple(file.entry for file in self.files))

    @property
    def digest(self) -> str:
        """The manifest's digest; computed once, since thousands of files make it dear."""
        if not self._digest:
            self._digest.append(self.manifest.digest)
        return self._digest[0]

    @property
    def size(self) -> int:
        """All governed bytes together."""
        return self.manifest.size

    @property
    def ref(self) -> Ref:
        """The reference that this pin follows."""
        return Ref.parse(self.source).at(self.follow or None)

    def to_json(self) -> dict[str, Json]:
        """The pin as it stands in the lock and in its attestation."""
        return {
            "project": self.project,
            "name": self.name,
            "digest": self.digest,
            "source": self.source,
            "follow": self.follow,
            "revision": self.revision,
            "identity": dict(self.identity),
            "metadata": dict(self.metadata),
            "references": dict(self.references),
            "files": [file.to_json() for file in self.files],
            "omitted": [file.to_json() for file in self.omitted],
        }


_FILE_KEYS = frozenset({"path", "size", "sha256", "blake3", "md5", "promise"})


def _files(value: Json) -> tuple[PinnedFile, ...]:
    found = []
    for item in shape.array(value, "files"):
        row = shape.record(item, "files", _FILE_KEYS)
        sha256 = shape.text(row["sha256"], "files.sha256")
        entry = FileEntry(
            shape.text(row["path"], "files.path"),
            shape.integer(row["size"], "files.size"),
            sha256,
            shape.text(row["blake3"], "files.blake3"),
        )
        md5, promise = shape.text(row["md5"], "files.md5"), shape.text(row["promise"], "files.promise")
        if not is_hex64(md5 + md5) or (promise != f"sha256:{sha256}" and not is_promise(promise)):
            raise IntegrityError(f"{entry.path!r} has a malformed md5 or promise", code="bad-entry")
        found.append(PinnedFile(entry, md5, promise))
    return tuple(found)


def _omitted(value: Json) -> tuple[RemoteFile, ...]:
    found = []
    for item in shape.array(value, "omitted"):
        row = shape.record(item, "omitted", {"path", "size", "promise"})
        promise = shape.text(row["promise"], "omitted.promise")
        if not is_promise(promise):
            raise IntegrityError("an omitted file has a malformed promise", code="bad-entry")
        found.append(RemoteFile(shape.text(row["path"], "omitted.path"), shape.integer(row["size"], "size"), promise))
    return tuple(found)


_KEYS = {
    "project",
    "name",
    "digest",
    "source",
    "follow",
    "revision",
    "identity",
    "metadata",
    "references",
    "files",
    "omitted",
}


def pin_from_json(value: Json) -> Pin:
    """Read a pin and recompute its digest.

    Raises:
        IntegrityError: A key is unknown, missing or of the wrong type, or the digest is not that of the files.
        UsageError: The name can't be governed.
    """
    row = shape.record(value, "pin", _KEYS)
    files = _files(row["files"])
    pin = Pin(
        project=shape.text(row["project"], "project"),
        name=require_name(shape.text(row["name"], "name")),
        source=Ref.parse(shape.text(row["source"], "source")).source,
        follow=shape.text(row["follow"], "follow"),
        revision=shape.text(row["revision"], "revision"),
        files=files,
        omitted=_omitted(row["omitted"]),
        identity=cast("Mapping[str, str]", shape.texts(row["identity"], "identity")),
        metadata=shape.mapping(row["metadata"], "metadata"),
        references=shape.texts(row["references"], "references"),
    )
    manifest = pin.manifest
    if Manifest.of(manifest.files) != manifest:
        raise IntegrityError(f"the files of {pin.name} are not in order", code="bad-order")
    if manifest.digest != row["digest"]:
        raise IntegrityError(
            f"the digest of {pin.name} is not that of its files",
            code="digest-mismatch",
            details={"written": str(row["digest"]), "computed": pin.digest},
        )
    return pin
