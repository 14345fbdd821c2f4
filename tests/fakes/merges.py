"""Two sides of a merge, written down as files; and the evidence of stories as files."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING

from weighbridge.core.attestation import envelope_id, short_type
from weighbridge.core.errors import StoreError
from weighbridge.core.lock import lock_text
from weighbridge.core.merge import Entry, Kind, Sides, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.core.merge import MergeFinding
    from weighbridge.core.pin import Pin

BAD = b"\0unreadable"
"""The content of a file that can't be read."""


def tree(files: Mapping[str, bytes], kinds: Mapping[str, Kind] | None = None) -> Tree:
    """One side."""

    def content(path: str) -> bytes:
        if files[path] == BAD:
            raise StoreError(f"{path} can't be read", code="unreadable")
        return files[path]

    entries = {
        path: Entry((kinds or {}).get(path, Kind.FILE), sha1(data, usedforsecurity=False).hexdigest(), len(data))
        for path, data in files.items()
    }
    return Tree(entries, content)


def sides(base: Mapping[str, bytes], merge: Mapping[str, bytes], kinds: Mapping[str, Kind] | None = None) -> Sides:
    """Both sides of a project at the top of its repository; kinds are the merge's."""
    return Sides(tree(base), tree(merge, kinds), "", "models/")


def evidence_files(envelopes: Iterable[bytes], name: str = "minilm") -> dict[str, bytes]:
    """Evidence as it lies in Git."""
    folder = f"models/{name}/evidence"
    return {f"{folder}/{short_type(item)}-{envelope_id(item)[:16]}.json": item for item in envelopes}


def lock_file(*pins: Pin, name: str = "minilm") -> dict[str, bytes]:
    """A lock as it lies in Git."""
    return {f"models/{name}/lock.json": lock_text(pins).encode()}


def codes(findings: Iterable[MergeFinding]) -> list[str]:
    """Codes of findings, and what they weigh where that is not `refused`."""
    marks = {"note": "?", "refused": "", "broken": "!"}
    return sorted(f"{item.code}{marks[item.weight]}" for item in findings)
