"""A private index from what sources promise to where DVC keeps the bytes.

It only saves transfers: whatever it names is hashed again before use, so that a wrong entry costs time, nothing else.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from weighbridge.stores.hashing import Hashes
    from weighbridge.stores.layout import Layout

_MD5 = re.compile(r"[0-9a-f]{32}")


def _name(promise: str) -> str:
    return promise.replace(":", "-")


def lookup(layout: Layout, promise: str) -> str | None:
    """The MD5 of bytes that keep a promise, if they were ever kept here."""
    if not promise:
        return None
    try:
        text = (layout.own("index") / _name(promise)).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _MD5.fullmatch(text) else None


def remember(layout: Layout, hashes: Hashes) -> None:
    """Note where bytes are kept, under every name that a source may give them.

    Raises:
        StoreError: The disk failed.
    """
    with disk("write the index of received files"):
        folder, scratch = layout.own("index"), layout.own("scratch")
        for promise in (f"sha256:{hashes.sha256}", f"git:{hashes.git}" if hashes.git else ""):
            if promise and lookup(layout, promise) != hashes.md5:
                # Not flushed: a crash may leave an empty entry, which counts as none.
                temporary = scratch / f"index-{secrets.token_hex(8)}"
                temporary.write_text(hashes.md5, encoding="ascii")
                temporary.replace(folder / _name(promise))
