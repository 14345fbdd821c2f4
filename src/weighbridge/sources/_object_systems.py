"""What the source of objects asks of a store of objects, and how fsspec's file systems are made for it.

The libraries behind fsspec are imported when the first reference of their scheme is met; each comes with an extra.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from weighbridge.core.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from weighbridge.core.canonical import Json

Piece: TypeAlias = Callable[[int, int], bytes]
"""The bytes from an offset to another one; fewer if there are no more."""
EXTRAS = {"s3": "s3", "gs": "gs", "az": "azure", "ssh": "ssh"}
LOOKS_AT_ONCE = 8
_TALKATIVE = ("gcsfs", "s3fs", "adlfs", "asyncssh", "azure", "google", "aiobotocore", "botocore")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as it was when it was looked at.

    Args:
        key: Its whole name in the bucket, or its path on the machine.
        size: Bytes.
        version: The version's id, or the generation; empty where versions are not kept.
        etag: As the store says it; empty if it says none.
        modified: When it was last changed, ISO 8601; empty if the store does not say.
        checksums: What the store says of the bytes, by the name of the algorithm.
        sha256: 64 hexadecimal digits where the store has the SHA-256 of the whole object.
    """

    key: str
    size: int
    version: str = ""
    etag: str = ""
    modified: str = ""
    checksums: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""

    @property
    def state(self) -> dict[str, Json]:
        """What changes when the object does."""
        if self.version:
            return {"size": self.size, "version": self.version}
        return {"size": self.size, "etag": self.etag, "modified": self.modified}

    @property
    def metadata(self) -> dict[str, Json]:
        """What is written down."""
        checksums: dict[str, Json] = dict(self.checksums)
        return {
            "key": self.key,
            "version": self.version,
            "etag": self.etag,
            "last_modified": self.modified,
            "checksums": checksums,
        }


class Objects(Protocol):
    """A bucket, container or machine; used by several threads. What its library raises leaves as it is."""

    @property
    def url(self) -> str:
        """The address of the server; empty where that is no web server."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What tells this place from another of the same name."""

    @property
    def metadata(self) -> Mapping[str, Json]:
        """What is written down about the place."""

    def find(self, path: str, *, is_folder: bool) -> Iterator[Entry]:
        """The object of exactly this name alone, unless it must be a folder; else everything below; markers too."""

    def look(self, key: str) -> Entry:
        """What an object is now."""

    def opened(self, entry: Entry) -> AbstractContextManager[Piece]:
        """Read exactly this object.

        Raises:
            IntegrityError: It is another one now (code ``changed-in-transfer``).
        """


def filesystem(scheme: str, options: Mapping[str, Any]) -> Any:
    """A file system of fsspec that nobody else uses.

    Raises:
        UsageError: Its library is not installed (code ``extra-missing``).
    """
    import fsspec  # noqa: PLC0415 - heavy

    library: Any = fsspec
    for name in _TALKATIVE:
        # Without a handler, what they warn of would stand among the lines of a command.
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        # gcsfs registers another class, which reads buckets of one zone without their generations.
        made = partial(library.filesystem, scheme) if scheme != "gs" else import_module("gcsfs.core").GCSFileSystem
        return made(skip_instance_cache=True, **options)
    except ImportError as error:
        raise UsageError(
            f"{scheme}: references need a library that is not installed ({error.name or 'see fsspec'})",
            code="extra-missing",
            hint=f'run: pip install "weighbridge[{EXTRAS[scheme]}]"',
        ) from error


def changed(key: str) -> IntegrityError:
    """The error where an object is another one than was looked at."""
    return IntegrityError(
        f"{key} changed at the source while it was being fetched",
        code="changed-in-transfer",
        hint="run the command again; in a bucket that keeps versions, the version that was looked at is read",
        details={"path": key},
    )


def other_size(path: str, promised_bytes: int) -> IntegrityError:
    """The error where an object is of another size than was looked at."""
    return IntegrityError(
        f"{path} is not the promised {promised_bytes} bytes",
        code="size-mismatch",
        hint="run the command again; if it happens again, the source contradicts itself: ask its owner",
        details={"path": path, "promised": promised_bytes},
    )


@contextmanager
def unchanged(objects: Objects, entry: Entry) -> Iterator[None]:
    """Compare an object with what was seen of it, before and after: for stores without versions.

    Raises:
        IntegrityError: It changed.
    """
    if objects.look(entry.key).state != entry.state:
        raise changed(entry.key)
    yield
    if objects.look(entry.key).state != entry.state:
        raise changed(entry.key)


def moment(value: Any) -> str:
    """A time of a library, a `datetime` or a text, as text; empty for none."""
    if value is None:
        return ""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
