"""Buckets of S3 and of servers that speak like it, through s3fs.

Listings are asked for page by page, each object is looked at by HeadObject, and read by GetObject with its version id
or else with ``If-Match``: https://docs.aws.amazon.com/AmazonS3/latest/API/. Region, endpoint, profile and keys are
found as boto3 finds them.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from weighbridge.core.errors import SourceError
from weighbridge.sources._object_faults import status_of
from weighbridge.sources._object_systems import LOOKS_AT_ONCE, Entry, changed, moment, other_size
from weighbridge.sources._retry import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.sources._object_systems import Piece

_MAX_PAGES = 1_000
_SHA256_BYTES = 32
_CHECKSUM = "Checksum"
_NO_VERSION = frozenset({"", "null"})
_NOT_IT, _UNSATISFIABLE = 412, 416


class S3Objects:
    """One bucket.

    Args:
        files: An ``S3FileSystem``.
        bucket: Its name.
    """

    def __init__(self, files: Any, bucket: str) -> None:
        self._files = files
        self._bucket = bucket
        said = files.connect().meta
        self._url = str(said.endpoint_url)
        self._region = str(said.region_name or "")

    @property
    def url(self) -> str:
        """The endpoint."""
        return self._url

    @property
    def identity(self) -> Mapping[str, str]:
        """Bucket and endpoint."""
        return {"bucket": self._bucket, "endpoint": urlsplit(self._url).netloc}

    @property
    def metadata(self) -> Mapping[str, Json]:
        """The region that the client signs for."""
        return {"region": self._region}

    def find(self, path: str, *, is_folder: bool) -> Iterator[Entry]:
        """The object of exactly this name alone, unless it must be a folder; else everything below."""
        if not is_folder:
            # Keys come sorted by their bytes: the one that is no longer than the prefix comes first.
            first = self._files.call_s3("list_objects_v2", Bucket=self._bucket, Prefix=path, MaxKeys=1)
            if [item["Key"] for item in first.get("Contents", [])] == [path]:
                yield self.look(path)
                return
        with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
            for keys in self._pages(f"{path}/" if path else ""):
                yield from pool.map(self.look, [key for key in keys if not key.endswith("/")])

    def _pages(self, prefix: str) -> Iterator[list[str]]:
        more: dict[str, str] = {}
        for _ in range(_MAX_PAGES):
            page = self._files.call_s3("list_objects_v2", Bucket=self._bucket, Prefix=prefix, **more)
            keys = [str(item["Key"]) for item in page.get("Contents", [])]
            if any(not key.startswith(prefix) for key in keys):
                raise _nonsense("lists other keys than those below the prefix")
            yield keys
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": str(page["NextContinuationToken"])}
        raise _nonsense("does not come to an end of its listing")

    def look(self, key: str) -> Entry:
        """What an object is now, with whatever checksums the bucket keeps."""
        head = self._files.call_s3("head_object", Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        version = str(head.get("VersionId") or "")
        checksums = {
            name.removeprefix(_CHECKSUM): str(value)
            for name, value in head.items()
            if name.startswith(_CHECKSUM) and value and name != "ChecksumType"
        }
        return Entry(
            key=key,
            size=int(head["ContentLength"]),
            version="" if version in _NO_VERSION else version,
            etag=str(head.get("ETag") or ""),
            modified=moment(head.get("LastModified")),
            checksums=checksums,
            sha256=_whole(checksums.get("SHA256", ""), str(head.get("ChecksumType") or "")),
        )

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[Piece]:
        """Read exactly this version, or this ETag."""
        yield lambda start, end: self._piece(entry, start, end)

    def _piece(self, entry: Entry, start: int, end: int) -> bytes:
        which = {"VersionId": entry.version} if entry.version else {"IfMatch": entry.etag} if entry.etag else {}
        asked = {"Bucket": self._bucket, "Key": entry.key, "Range": f"bytes={start}-{end - 1}", **which}
        try:
            reply = self._files.call_s3("get_object", **asked)
        except OSError as error:
            if status_of(error) == _NOT_IT:
                raise changed(entry.key) from None
            if status_of(error) == _UNSATISFIABLE:
                raise other_size(entry.key, entry.size) from None
            raise
        data = self._body(reply["Body"], end - start)
        if entry.etag and reply.get("ETag", entry.etag) != entry.etag:
            raise changed(entry.key)
        # RFC 9110 §14.4: the length behind the slash is the whole object's.
        if reply.get("ContentRange") != f"bytes {start}-{end - 1}/{entry.size}" or len(data) > end - start:
            raise other_size(entry.key, entry.size)
        if len(data) < end - start:
            raise TransientError(SourceError(f"{entry.key} ended too early", code="connection-lost"))
        return data

    def _body(self, body: Any, size: int) -> bytes:
        """At most one byte more than was asked for, whatever the server sends."""
        import fsspec.asyn  # noqa: PLC0415 - heavy

        library: Any = fsspec.asyn
        return bytes(library.sync(self._files.loop, _received, body, size + 1))


async def _received(body: Any, max_bytes: int) -> bytes:
    found = bytearray()
    try:
        while len(found) < max_bytes and (piece := await body.read(max_bytes - len(found))):
            found += piece
    finally:
        body.close()
    return bytes(found)


def _whole(checksum: str, kind: str) -> str:
    """The SHA-256 of a whole object; a composite one is a hash of hashes of parts, and ends in ``-<parts>``."""
    if kind == "COMPOSITE":
        return ""
    with contextlib.suppress(binascii.Error, ValueError):
        found = base64.b64decode(checksum, validate=True)
        return found.hex() if len(found) == _SHA256_BYTES else ""
    return ""


def _nonsense(what: str) -> SourceError:
    return SourceError(
        f"the object store {what}", code="bad-answer", hint="check AWS_ENDPOINT_URL_S3, and ask the server's owner"
    )
