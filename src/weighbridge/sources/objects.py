"""Object stores and machines with SSH: ``s3://BUCKET/PREFIX``, ``gs://…``, ``az://CONTAINER/…``, ``ssh://HOST/PATH``.

A reference is one object, or everything below a prefix; one that ends in a slash is never one object. The revision is
the digest of every object's path, size and version, or else ETag and time: it moves when one of these does. Where
the bucket keeps versions, exactly the version that was looked at is read, though there may be a newer one.

Logins are those of each library's own environment. None of them is read here, and none is written down.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.core import digest
from weighbridge.core.errors import NotFoundError, SourceError
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.origin import matches
from weighbridge.sources._object_faults import faults
from weighbridge.sources._object_place import SSH, Place
from weighbridge.sources._object_systems import Entry, Objects, filesystem, other_size
from weighbridge.sources._plain_http import without_tls
from weighbridge.sources._retry import UNREACHABLE, Patience, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref

MAX_OBJECTS = 10_000
PIECE_BYTES = 4 << 20
PROGRESS_BYTES = 8 << 20
_MAX_SIZE = 1 << 44
_PLAIN = "http:"
_SSH_SECONDS = 30


def connect(place: Place, options: Mapping[str, Any] | None = None) -> Objects:
    """The bucket or machine of a reference, by the library of its scheme.

    Args:
        place: Which.
        options: For fsspec's file system, on top of its environment.

    Raises:
        UsageError: The library is not installed (code ``extra-missing``).
    """
    given = dict(options or {})
    if place.scheme == SSH:
        from weighbridge.sources._objects_ssh import SshObjects  # noqa: PLC0415 - beside its siblings

        # The library checks no host key unless told to: () is asyncssh's word for the user's known_hosts.
        login = {"known_hosts": (), "connect_timeout": _SSH_SECONDS, "keepalive_interval": _SSH_SECONDS}
        named = {"username": place.user} if place.user else {}
        port = {"port": place.port} if place.port else {}
        return SshObjects(filesystem(SSH, {"host": place.host, **login, **named, **port, **given}), place.machine)
    # What was listed once may be another object now.
    given["use_listings_cache"] = False
    if place.scheme == "s3":
        from weighbridge.sources._objects_s3 import S3Objects  # noqa: PLC0415 - beside its siblings

        return S3Objects(filesystem("s3", given), place.host)
    from weighbridge.sources._objects_clouds import AzureObjects, GoogleObjects  # noqa: PLC0415 - beside its siblings

    if place.scheme == "gs":
        return GoogleObjects(filesystem("gs", {"access": "read_only", **given}), place.host)
    return AzureObjects(filesystem("az", {"version_aware": True, **given}), place.host)


class ObjectSource:
    """Objects below a prefix; may be used by several threads at once.

    Args:
        scheme: ``s3``, ``gs``, ``az`` or ``ssh``.
        allowed: Patterns of sources that the policy allows: an endpoint without TLS has to fit one that says ``http:``.
        max_tries: Tries in a row without progress.
        sleep: Waits between tries.
        connect: Opens a bucket or machine.
    """

    def __init__(
        self,
        scheme: str,
        *,
        allowed: Sequence[str] = (),
        max_tries: int = 5,
        sleep: Callable[[float], None] = time.sleep,
        connect: Callable[[Place], Objects] = connect,
    ) -> None:
        self._scheme = scheme
        self._allowed = tuple(pattern for pattern in allowed if pattern.startswith(_PLAIN))
        self._patience = Patience(max_tries, sleep)
        self._connect = connect
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str, int], Objects] = {}

    @property
    def scheme(self) -> str:
        """The scheme of its references."""
        return self._scheme

    def resolve(self, ref: Ref) -> Listing:
        """Every object that the reference names, as it is now.

        Raises:
            UsageError: The reference is malformed (code ``bad-ref``), the endpoint is without TLS (code ``plain-http``)
                or the library is not installed (code ``extra-missing``).
            NotFoundError: There is no such object, and nothing below the prefix (code ``repository-missing``).
            AccessError: No login, or one that may not (code ``private``).
            SourceError: The host failed, or there are too many objects (code ``too-many-files``).
        """
        place = Place.of(ref)
        found = self._patience.keep_trying(lambda: self._listed(place), hopeless=UNREACHABLE)
        rows: list[Json] = [{"path": path, **entry.state} for path, entry in sorted(found.items())]
        files = tuple(
            RemoteFile(path, entry.size, f"sha256:{entry.sha256}" if entry.sha256 else "")
            for path, entry in sorted(found.items())
        )
        objects = self._objects(place)
        metadata: dict[str, Json] = {
            **objects.metadata,
            "versioned": all(entry.version for entry in found.values()),
            "files": {path: entry.metadata for path, entry in found.items()},
        }
        return Listing(ref, digest.of_value(rows), files, objects.identity, metadata)

    def read(self, listing: Listing, file: RemoteFile, offset: int) -> Iterator[bytes]:
        """The bytes of an object from ``offset`` on, of the version that was looked at.

        Raises:
            IntegrityError: It changed, or is of another size (codes ``changed-in-transfer``, ``size-mismatch``).
            NotFoundError: It is no part of the listing (code ``file-missing``), or is gone.
            SourceError: The host failed as often as patience allows.
        """
        place = Place.of(listing.ref)
        entry = _noted(listing, file)
        if entry.size != file.size:
            raise other_size(file.path, file.size)
        position, reached, tries = offset, offset, 0
        done = offset >= file.size
        while not done:
            try:
                for piece in self._pieces(place, entry, position):
                    position += len(piece)
                    yield piece
                done = True
            except TransientError as fault:
                tries = 1 if position >= reached + PROGRESS_BYTES else tries + 1
                reached = position if tries == 1 else reached
                if fault.error.code in UNREACHABLE:
                    raise fault.error from None
                self._patience.wait(tries, fault)

    def _pieces(self, place: Place, entry: Entry, position: int) -> Iterator[bytes]:
        objects = self._objects(place)
        with self._renewing(place), faults(place), objects.opened(entry) as piece_of:
            while position < entry.size:
                end = min(position + PIECE_BYTES, entry.size)
                piece = piece_of(position, end)
                if not 0 < len(piece) <= end - position:
                    raise other_size(entry.key, entry.size)
                position += len(piece)
                yield piece

    def _objects(self, place: Place) -> Objects:
        """The bucket or machine, opened once.

        Raises:
            UsageError: It has no TLS (code ``plain-http``).
        """
        with self._lock, faults(place):
            if _server(place) not in self._known:
                self._known[_server(place)] = self._connect(place)
            objects = self._known[_server(place)]
        where = f"{objects.url}/{place.host}/{place.path}"
        if objects.url.startswith(_PLAIN) and not any(matches(where, pattern) for pattern in self._allowed):
            hint = f"use https:, or let policy.sources name what may come so: {objects.url}/{place.host}/**"
            raise without_tls(objects.url, hint)
        return objects

    @contextmanager
    def _renewing(self, place: Place) -> Iterator[None]:
        """Open it anew after a failure that may pass: its connection may be the one that broke."""
        try:
            yield
        except TransientError:
            with self._lock:
                self._known.pop(_server(place), None)
            raise

    def _listed(self, place: Place) -> dict[str, Entry]:
        """Every object by its path in the model."""
        objects = self._objects(place)
        found: dict[str, Entry] = {}
        total = 0
        with self._renewing(place), faults(place):
            for entry in objects.find(place.path, is_folder=place.is_folder):
                path = _path(place, entry.key)
                total += entry.size
                if path in found or entry.size < 0:
                    raise _nonsense(place, f"{entry.key} twice, or without a size")
                found[path] = entry
                if len(found) > MAX_OBJECTS or total > _MAX_SIZE:
                    raise SourceError(
                        f"there are more than {MAX_OBJECTS} objects or {_MAX_SIZE} bytes below {place}",
                        code="too-many-files",
                        hint="name the model's own prefix",
                    )
        if not found:
            raise NotFoundError(
                f"there is no {place}, and nothing below it",
                code="repository-missing",
                hint="check bucket and prefix; a prefix ends where a folder's name ends",
            )
        return found


def _server(place: Place) -> tuple[str, str, int]:
    return place.user, place.host, place.port


def _path(place: Place, key: str) -> str:
    """What an object is called in the model: the rest of its key, unchanged, or its last part if it is alone."""
    if key == place.path:
        return key.rpartition("/")[2]
    start = f"{place.path}/" if place.path else ""
    if not key.startswith(start):
        raise _nonsense(place, f"{key}, which is not below it")
    return key.removeprefix(start)


def _noted(listing: Listing, file: RemoteFile) -> Entry:
    """An object as its listing knows it.

    Raises:
        NotFoundError: It does not.
    """
    known = next((item for item in listing.files if item.path == file.path), None)
    files = listing.metadata.get("files")
    said = files.get(file.path) if isinstance(files, dict) else None
    if known is None or not isinstance(said, dict):
        raise NotFoundError(f"{file.path!r} is not part of {listing.ref}", code="file-missing")
    text = partial(_text, said)
    return Entry(text("key"), known.size, text("version"), text("etag"), text("last_modified"))


def _text(values: Mapping[str, Json], name: str) -> str:
    return str(values.get(name) or "")


def _nonsense(place: Place, what: str) -> SourceError:
    return SourceError(
        f"the listing of {place} has {what}", code="bad-answer", hint="check the endpoint, and ask the server's owner"
    )
