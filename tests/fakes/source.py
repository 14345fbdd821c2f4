"""A source in memory: what is published under a name can be resolved and read, also by the commits it had before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.core import digest
from weighbridge.core.errors import IntegrityError, NotFoundError
from weighbridge.core.listing import Listing, RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref

CHUNK_BYTES = 1 << 20


@dataclass
class FakeSource:
    """A kind of place models come from, without the place.

    Args:
        scheme: of the references it serves.
        metadata: what it says of every model.
        corrupt: path to bytes that are sent in place of the published ones.
    """

    scheme: str = "hf"
    metadata: dict[str, Json] = field(default_factory=lambda: dict[str, "Json"](licence="mit"))
    corrupt: dict[str, bytes] = field(default_factory=dict)
    _commits: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    _branches: dict[tuple[str, str], str] = field(default_factory=dict)

    def publish(self, name: str, files: Mapping[str, bytes], branch: str = "main") -> str:
        """Let a branch of a model, the default one if not said otherwise, have exactly these files.

        Returns:
            The revision, 40 hexadecimal digits.
        """
        revision = digest.of_value({path: digest.of_bytes(data) for path, data in files.items()})[7:47]
        self._commits[name, revision] = dict(files)
        self._branches[name, branch] = revision
        return revision

    def resolve(self, ref: Ref) -> Listing:
        if not any(name == ref.name for name, _ in self._branches):
            raise NotFoundError(f"no repository {ref.name}", code="repository-missing")
        asked = ref.revision or "main"
        revision = self._branches.get((ref.name, asked), asked)
        if (ref.name, revision) not in self._commits:
            raise NotFoundError(f"no revision {asked}", code="revision-missing")
        files = self._commits[ref.name, revision]
        listed = tuple(RemoteFile(path, len(files[path]), digest.of_bytes(files[path])) for path in sorted(files))
        identity = {"repo_id": ref.name, "author": ref.name.partition("/")[0], "id": f"id-of-{ref.name}"}
        return Listing(ref, revision, listed, identity, dict(self.metadata))

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        published = self._commits[listing.ref.name, listing.revision][file.path]
        data = self.corrupt.get(file.path, published)
        if len(data) != file.size:
            raise IntegrityError(f"{file.path} is not {file.size} bytes", code="size-mismatch")
        for start in range(offset, len(data), CHUNK_BYTES):
            yield data[start : start + CHUNK_BYTES]
