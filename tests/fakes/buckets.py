"""A bucket in memory with the faces of the libraries that the source of objects talks to.

It keeps every version of an object. Each face answers in the shapes of its library: s3fs, gcsfs, adlfs and sshfs.
"""

from __future__ import annotations

import base64
import hashlib
import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import fsspec.asyn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BUCKET = "models"
EPOCH = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ENDPOINT = "https://objects.example.org"
PAGE = 3


@dataclass(frozen=True)
class Version:
    """One version of an object."""

    key: str
    data: bytes
    number: int

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest()}"'

    @property
    def modified(self) -> datetime:
        return EPOCH + timedelta(seconds=self.number)


@dataclass
class Bucket:
    """Objects with all their versions.

    Args:
        versioned: Whether it says what its versions are called and gives old ones.
        before: Called with every request's name before it is answered: may raise, or change the bucket.
        drop: How many bytes of the next answers with bytes are lost; negative for too many.
    """

    versioned: bool = False
    before: Callable[[str], None] = lambda _: None
    drop: list[int] = field(default_factory=list)
    _versions: dict[str, list[Version]] = field(default_factory=dict)
    _count: int = 0

    def put(self, key: str, data: bytes) -> None:
        """A new version of an object, if its bytes are new."""
        known = self._versions.setdefault(key, [])
        if not known or known[-1].data != data:
            self._count += 1
            known.append(Version(key, data, self._count))

    def remove(self, key: str) -> None:
        """Take an object away with all its versions."""
        del self._versions[key]

    def publish(self, files: Mapping[str, bytes], prefix: str = "team/model/") -> None:
        """Put files below a prefix."""
        for path, data in files.items():
            self.put(f"{prefix}{path}", data)

    def get(self, key: str, version: str = "") -> Version:
        """The newest version, or the one asked for."""
        found = [item for item in self._versions.get(key, []) if not version or str(item.number) == version]
        if not found or (version and not self.versioned and found[-1] != self._versions[key][-1]):
            raise FileNotFoundError(key)
        return found[-1]

    def names(self, prefix: str = "") -> list[str]:
        """All keys below a prefix, in the order of their bytes."""
        return sorted((key for key in self._versions if key.startswith(prefix)), key=lambda key: key.encode())

    def cut(self, data: bytes) -> bytes:
        """An answer's bytes as the network leaves them."""
        lost = self.drop.pop(0) if self.drop else 0
        return data[: len(data) - lost] if lost >= 0 else data + bytes(-lost)


class RefusedError(OSError):
    """What s3fs makes of an HTTP status: an OSError, the client's error behind it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.response = {"ResponseMetadata": {"HTTPStatusCode": status}}


class _Body:
    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    async def read(self, size: int) -> bytes:
        return self._stream.read(min(size, 1 << 16))

    def close(self) -> None:
        self._stream.close()


class S3Files:
    """As s3fs's ``S3FileSystem``."""

    def __init__(self, bucket: Bucket, endpoint: str = ENDPOINT, *, checksums: bool = False) -> None:
        library: Any = fsspec.asyn
        self.loop = library.get_loop()
        self.more: dict[str, object] = {}
        self._bucket = bucket
        self._endpoint = endpoint
        self._checksums = checksums

    def connect(self) -> Any:
        return SimpleNamespace(meta=SimpleNamespace(endpoint_url=self._endpoint, region_name="us-east-1"))

    def call_s3(self, method: str, **asked: Any) -> dict[str, Any]:
        self._bucket.before(method)
        if asked["Bucket"] != BUCKET:
            raise FileNotFoundError(asked["Bucket"])
        answer: dict[str, Any] = getattr(self, f"_{method}")(asked)
        return answer | self.more

    def _list_objects_v2(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        start = asked.get("ContinuationToken", "")
        keys = [key for key in self._bucket.names(asked["Prefix"]) if key > start]
        page = keys[: asked.get("MaxKeys", PAGE)]
        answer = {"Contents": [{"Key": key} for key in page], "IsTruncated": len(page) < len(keys)}
        return answer | ({"NextContinuationToken": page[-1]} if len(page) < len(keys) else {})

    def _head_object(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = self._bucket.get(asked["Key"])
        answer = {
            "ContentLength": len(found.data),
            "ETag": found.etag,
            "LastModified": found.modified,
            "VersionId": str(found.number) if self._bucket.versioned else "null",
        }
        if self._checksums and asked["ChecksumMode"] == "ENABLED":
            answer["ChecksumSHA256"] = base64.b64encode(hashlib.sha256(found.data).digest()).decode()
            answer["ChecksumType"] = "FULL_OBJECT"
        return answer

    def _get_object(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        found = self._bucket.get(asked["Key"], asked.get("VersionId", ""))
        if asked.get("IfMatch", found.etag) != found.etag:
            raise RefusedError(412)
        first, last = (int(text) for text in asked["Range"].removeprefix("bytes=").split("-"))
        if first >= len(found.data):
            raise RefusedError(416)
        data = found.data[first : last + 1]
        said = f"bytes {first}-{first + len(data) - 1}/{len(found.data)}"
        return {"Body": _Body(self._bucket.cut(data)), "ETag": found.etag, "ContentRange": said}


class _Files:
    """What gcsfs and adlfs have in common."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def find(self, path: str, *, detail: bool) -> dict[str, dict[str, Any]]:
        assert detail
        self.bucket.before("find")
        name, _, prefix = path.partition("/")
        keys = [key for key in self.bucket.names(prefix) if not prefix or key == prefix or key[len(prefix)] == "/"]
        return {f"{name}/{key}": self.about(self.bucket.get(key)) for key in keys} if name == BUCKET else {}

    def info(self, path: str, **_: object) -> dict[str, Any]:
        self.bucket.before("info")
        key = path.partition("/")[2]
        if any(other.startswith(f"{key}/") for other in self.bucket.names()) and key not in self.bucket.names():
            return {"name": path, "type": "directory", "size": 0}
        return self.about(self.bucket.get(key))

    def about(self, found: Version) -> dict[str, Any]:
        return {"name": f"{BUCKET}/{found.key}", "type": "file", "size": len(found.data), "etag": found.etag}

    def part(self, found: Version, start: int, end: int) -> bytes:
        return self.bucket.cut(found.data[start:end])


class GoogleFiles(_Files):
    """As gcsfs's ``GCSFileSystem``: every object has a generation, but an unversioned bucket keeps no old one."""

    base = f"{ENDPOINT}/storage/v1/"

    def about(self, found: Version) -> dict[str, Any]:
        more = {"generation": str(found.number), "updated": found.modified.isoformat(), "md5Hash": "unread"}
        return {**super().about(found), **more}

    def cat_file(self, path: str, *, start: int, end: int, generation: str) -> bytes:
        self.bucket.before("cat_file")
        return self.part(self.bucket.get(path.partition("/")[2], generation), start, end)


class AzureFiles(_Files):
    """As adlfs's ``AzureBlobFileSystem``."""

    service_client = SimpleNamespace(url=f"{ENDPOINT}/")

    def info(self, path: str, **more: object) -> dict[str, Any]:
        return super().info(path.partition("?versionid=")[0], **more)

    def about(self, found: Version) -> dict[str, Any]:
        md5 = bytearray(hashlib.md5(found.data, usedforsecurity=False).digest())
        more = {"last_modified": found.modified, "content_settings": {"content_md5": md5}}
        version = {"version_id": str(found.number)} if self.bucket.versioned else {}
        return {**super().about(found), **more, **version}

    def cat_file(self, path: str, *, start: int, end: int) -> bytes:
        self.bucket.before("cat_file")
        key, _, version = path.partition("/")[2].partition("?versionid=")
        return self.part(self.bucket.get(key, version), start, end)


class SshFiles:
    """As sshfs's ``SSHFileSystem``."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.more: list[dict[str, Any]] = []

    def info(self, path: str) -> dict[str, Any]:
        self._bucket.before("info")
        key = path.removeprefix("/")
        if any(other.startswith(f"{key}/") for other in self._bucket.names()):
            return {"name": f"{path}/", "type": "directory", "size": 4096}
        return self._about(self._bucket.get(key))

    def ls(self, path: str, *, detail: bool) -> list[dict[str, Any]]:
        assert detail
        self._bucket.before("ls")
        start = f"{path.removeprefix('/')}/"
        below = [key.removeprefix(start) for key in self._bucket.names(start)]
        folders = {name.partition("/")[0] for name in below if "/" in name}
        files = [self._about(self._bucket.get(f"{start}{name}")) for name in below if "/" not in name]
        return (
            [{"name": f"{path}/{name}", "type": "directory", "size": 0} for name in sorted(folders)] + files + self.more
        )

    def _about(self, found: Version) -> dict[str, Any]:
        return {"name": f"/{found.key}", "type": "file", "size": len(found.data), "mtime": found.modified}

    @contextmanager
    def open(self, path: str, mode: str) -> Iterator[io.BytesIO]:
        assert mode == "rb"
        self._bucket.before("open")
        yield io.BytesIO(self._bucket.cut(self._bucket.get(path.removeprefix("/")).data))
