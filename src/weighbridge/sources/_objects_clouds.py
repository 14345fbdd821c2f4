"""Buckets of Google Cloud Storage through gcsfs, and containers of Azure Blob Storage through adlfs.

A generation of Google's is a version; Azure has version ids where the account keeps them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from weighbridge.sources._object_systems import LOOKS_AT_ONCE, Entry, changed, moment, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.sources._object_systems import Piece

_FILE = "file"


class GoogleObjects:
    """One bucket of Google Cloud Storage.

    Args:
        files: A ``GCSFileSystem`` that is not version-aware: in its keys, ``#`` means nothing.
        bucket: Its name.
    """

    def __init__(self, files: Any, bucket: str) -> None:
        self._files = files
        self._bucket = bucket
        self._url = str(urlsplit(files.base)._replace(path="").geturl())

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
        """Nothing more."""
        return {}

    def find(self, path: str, *, is_folder: bool) -> Iterator[Entry]:
        """The object of exactly this name alone, unless it must be a folder; else everything below."""
        start = f"{self._bucket}/{path}".rstrip("/")
        found = self._files.find(start, detail=True)
        alone = found.get(start)
        if alone is not None and not is_folder:
            yield self._entry(alone)
            return
        for name, info in found.items():
            if name.startswith(f"{start}/") and not name.endswith("/"):
                yield self._entry(info)

    def look(self, key: str) -> Entry:
        """What an object is now."""
        return self._entry(self._files.info(f"{self._bucket}/{key}"))

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[Piece]:
        """Read exactly this generation."""

        def piece(start: int, end: int) -> bytes:
            try:
                name = f"{self._bucket}/{entry.key}"
                return bytes(self._files.cat_file(name, start=start, end=end, generation=entry.version))
            except FileNotFoundError:
                # Without object versioning a bucket drops a generation as soon as there is another.
                if self.look(entry.key).state != entry.state:
                    raise changed(entry.key) from None
                raise

        yield piece

    def _entry(self, info: Mapping[str, Any]) -> Entry:
        if info.get("type") != _FILE:
            raise FileNotFoundError(info.get("name"))
        checksums = {name: str(info[name]) for name in ("md5Hash", "crc32c") if info.get(name)}
        return Entry(
            key=str(info["name"]).removeprefix(f"{self._bucket}/"),
            size=int(info["size"]),
            version=str(info.get("generation") or ""),
            etag=str(info.get("etag") or ""),
            modified=str(info.get("updated") or ""),
            checksums=checksums,
        )


class AzureObjects:
    """One container of Azure Blob Storage.

    Args:
        files: An ``AzureBlobFileSystem``, version-aware.
        container: Its name.
    """

    def __init__(self, files: Any, container: str) -> None:
        self._files = files
        self._container = container
        self._url = str(files.service_client.url).rstrip("/")

    @property
    def url(self) -> str:
        """The account's endpoint."""
        return self._url

    @property
    def identity(self) -> Mapping[str, str]:
        """Container and endpoint, which names the account."""
        parts = urlsplit(self._url)
        return {"container": self._container, "endpoint": f"{parts.netloc}{parts.path}"}

    @property
    def metadata(self) -> Mapping[str, Json]:
        """Nothing more."""
        return {}

    def find(self, path: str, *, is_folder: bool) -> Iterator[Entry]:
        """The blob of exactly this name alone, unless it must be a folder; else everything below."""
        if not is_folder:
            try:
                yield self.look(path)
            except FileNotFoundError:
                pass
            else:
                return
        start = f"{self._container}/{path}".rstrip("/")
        found = self._files.find(start, detail=True)
        keys = [name.removeprefix(f"{self._container}/") for name in sorted(found) if name.startswith(f"{start}/")]
        with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
            yield from pool.map(self.look, keys)

    def look(self, key: str) -> Entry:
        """What a blob is now."""
        info = self._files.info(f"{self._container}/{key}", refresh=True)
        # To the library, `?versionid=` in a key means another blob.
        if info.get("type") != _FILE or info["name"] != f"{self._container}/{key}":
            raise FileNotFoundError(key)
        settings = info.get("content_settings") or {}
        md5 = settings.get("content_md5")
        return Entry(
            key=key,
            size=int(info["size"]),
            version=str(info.get("version_id") or ""),
            etag=str(info.get("etag") or ""),
            modified=moment(info.get("last_modified")),
            checksums={"content_md5": bytes(md5).hex()} if md5 else {},
        )

    @contextmanager
    def opened(self, entry: Entry) -> Iterator[Piece]:
        """Read exactly this version, or compare before and after."""
        version = f"?versionid={entry.version}" if entry.version else ""
        name = f"{self._container}/{entry.key}{version}"
        with ExitStack() as stack:
            if not entry.version:
                stack.enter_context(unchanged(self, entry))
            yield lambda start, end: bytes(self._files.cat_file(name, start=start, end=end))
