"""Files as the Hub identifies them: a Git blob id for small ones, an LFS pointer and a SHA-256 for large ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tests.fakes.hub.content import Content, Disk, Memory

if TYPE_CHECKING:
    from collections.abc import Callable

LFS_ABOVE_BYTES = 10 << 20
LFS_SUFFIXES = frozenset({".safetensors", ".bin", ".pt", ".pth", ".onnx", ".h5", ".gguf", ".msgpack", ".ot"})


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A large file on disk whose hash is known already, so that committing it reads nothing.

    Args:
        path: where it lies.
        size: in bytes.
        sha256: 64 hexadecimal digits.
    """

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Blob:
    """One version of one file.

    Args:
        content: the bytes.
        oid: Git blob id, 40 hexadecimal digits; of the pointer text when the file is in LFS.
        sha256: 64 hexadecimal digits when the file is in LFS, else None.
    """

    content: Content
    oid: str
    sha256: str | None

    @property
    def size(self) -> int:
        """Size of the file itself, in bytes."""
        return self.content.size

    @property
    def etag(self) -> str:
        """What the Hub puts into ETag, without the quotes."""
        return self.sha256 or self.oid

    @property
    def pointer(self) -> bytes:
        """The text that Git holds in place of an LFS file."""
        if self.sha256 is None:
            raise ValueError("a plain file has no pointer")
        return pointer_text(self.sha256, self.size)


def pointer_text(sha256: str, size: int) -> bytes:
    """The LFS pointer, per git-lfs docs/spec.md."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def goes_to_lfs(path: str, size: int) -> bool:
    """The rule of the Hub's default .gitattributes, as far as tests need it."""
    return size > LFS_ABOVE_BYTES or PurePosixPath(path).suffix in LFS_SUFFIXES


def blob_of(path: str, value: bytes | Path | DiskFile, lfs: Callable[[str, int], bool] = goes_to_lfs) -> Blob:
    """Identify one committed file, reading it once at most and never whole.

    Args:
        path: path in the repository.
        value: the bytes, or where they are.
        lfs: says from path and size whether the file goes to LFS.
    """
    content = _content(value)
    if not lfs(path, content.size):
        return Blob(content, _digest(hashlib.sha1(_blob_header(content.size), usedforsecurity=False), content), None)
    sha256 = value.sha256 if isinstance(value, DiskFile) else _digest(hashlib.sha256(), content)
    pointer = pointer_text(sha256, content.size)
    oid = hashlib.sha1(_blob_header(len(pointer)) + pointer, usedforsecurity=False).hexdigest()
    return Blob(content, oid, sha256)


def _content(value: bytes | Path | DiskFile) -> Content:
    if isinstance(value, DiskFile):
        return Disk(value.path, value.size)
    if isinstance(value, Path):
        return Disk(value, value.stat().st_size)
    return Memory(bytes(value))


def _blob_header(size: int) -> bytes:
    return b"blob %d\0" % size


def _digest(hasher: hashlib._Hash, content: Content) -> str:
    for piece in content.pieces(0, content.size):
        hasher.update(piece)
    return hasher.hexdigest()
