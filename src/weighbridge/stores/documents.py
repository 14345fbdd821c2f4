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
    from weighbridge.stores.remotes import Remotes
    from weighbridge.stores.settings import RemoteSettings


def _key(key: str) -> str:
    wrong = paths.fault(key)
    if wrong:
        raise UsageError(f"{key!r} can't name a document: it {wrong}", code="bad-key", hint="use a relative path")
    return f"{OWN}/{key}"


def publish(layout: Layout, remotes: Remotes, key: str, data: bytes) -> None:
    """Put a document into every remote that holds models, replacing what was there.

    Each of them is then a store from which others can load what it holds.

    Raises:
        UsageError: The key is not a plain relative path (code ``bad-key``).
        ConfigError: DVC does not know a remote that is named (code ``unknown-remote``).
        StoreError: There is no remote, or one failed.
    """
    path = _key(key)
    known = remotes.all_settings(layout.settings)
    if not known:
        raise no_remote()
    for settings in known:
        _put(layout, settings, path, data)


def _put(layout: Layout, settings: RemoteSettings, path: str, data: bytes) -> None:
    if settings.folder is None:
        from weighbridge.stores.remote import Remote  # noqa: PLC0415 - imports DVC

        with Remote(layout.root, settings.name) as there:
            there.put(path, data)
        return
    with disk("publish to the DVC remote"):
        target, scratch = settings.folder / path, settings.folder / OWN / "incoming"
        durable.make_folder(scratch)
        durable.replace(target, data, scratch=scratch)


def published(layout: Layout, remotes: Remotes, key: str) -> bytes | None:
    """A document from the default remote, or else from the first that is named: all hold the same.

    Raises:
        UsageError: The key is not a plain relative path (code ``bad-key``).
        ConfigError: DVC does not know a remote that is named (code ``unknown-remote``).
        StoreError: There is no remote, or it failed.
    """
    path = _key(key)
    known = remotes.all_settings(layout.settings)
    if not known:
        raise no_remote()
    settings = known[0]
    if settings.folder is None:
        from weighbridge.stores.remote import Remote  # noqa: PLC0415 - imports DVC

        with Remote(layout.root, settings.name) as there:
            return there.get(path)
    with disk("read from the DVC remote"):
        try:
            return (settings.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
