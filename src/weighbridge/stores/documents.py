"""Small documents beside the bytes in the remote, under checked keys.

They are signed by whoever wrote them; this module neither reads nor trusts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core import paths
from weighbridge.core.errors import UsageError
from weighbridge.stores.faults import disk, no_remote
from weighbridge.stores.layout import OWN

if TYPE_CHECKING:
    from weighbridge.stores.layout import Layout


def _key(key: str) -> str:
    wrong = paths.fault(key)
    if wrong:
        raise UsageError(f"{key!r} can't name a document: it {wrong}", code="bad-key", hint="use a relative path")
    return f"{OWN}/{key}"


def publish(layout: Layout, remote: str | None, key: str, data: bytes) -> None:
    """Put a document there, replacing what was there.

    Raises:
        UsageError: The key is not a plain relative path (code ``bad-key``).
        StoreError: There is no remote, or it failed.
    """
    path = _key(key)
    settings = layout.settings.remote(remote)
    if settings is None:
        raise no_remote()
    if settings.folder is None:
        from weighbridge.stores.remote import Remote  # noqa: PLC0415 - imports DVC

        with Remote(layout.root, settings.name) as there:
            there.put(path, data)
        return
    with disk("publish to the DVC remote"):
        target, scratch = settings.folder / path, settings.folder / OWN / "incoming"
        durable.make_folder(scratch)
        durable.replace(target, data, scratch=scratch)


def published(layout: Layout, remote: str | None, key: str) -> bytes | None:
    """A document from there; None if there is none.

    Raises:
        UsageError: The key is not a plain relative path (code ``bad-key``).
        StoreError: There is no remote, or it failed.
    """
    path = _key(key)
    settings = layout.settings.remote(remote)
    if settings is None:
        raise no_remote()
    if settings.folder is None:
        from weighbridge.stores.remote import Remote  # noqa: PLC0415 - imports DVC

        with Remote(layout.root, settings.name) as there:
            return there.get(path)
    with disk("read from the DVC remote"):
        try:
            return (settings.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
