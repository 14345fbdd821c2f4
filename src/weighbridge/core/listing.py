"""What a source says before any byte moves: the revision and a promise for every file.

A promise is compared with the bytes that arrive; it is never an identity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.ref import Ref

_PROMISE = re.compile(r"sha256:[0-9a-f]{64}|git:[0-9a-f]{40}")


def is_promise(text: str) -> bool:
    """Whether a text is a promise: ``sha256:<64 hex>``, ``git:<40 hex>`` or empty for none."""
    return not text or _PROMISE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at the source.

    Args:
        path: As the source spells it; not yet checked.
        size: Bytes, as promised; the most that will ever be read.
        promise: ``sha256:<64 hex>``, ``git:<40 hex>`` (Git blob id, SHA-1 over header and bytes), or empty when
            the source promises nothing but the size.
    """

    path: str
    size: int
    promise: str = ""

    def to_json(self) -> dict[str, Json]:
        """As it stands in a pin's list of what was left out."""
        return {"path": self.path, "promise": self.promise, "size": self.size}


@dataclass(frozen=True, slots=True)
class Listing:
    """One immutable revision of a model at its source.

    Args:
        ref: What was asked for.
        revision: What it resolved to: never moves (for the Hub, a 40-hex commit).
        files: Every file of that revision.
        identity: Who the repository is, so that a re-created one is noticed: text values.
        metadata: What the source says about the model: licence, gating, library, raw answer's digest…
    """

    ref: Ref
    revision: str
    files: tuple[RemoteFile, ...]
    identity: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)


def retirement(metadata: Mapping[str, Json]) -> date | None:
    """The day from which a model is not served, as its source says under ``retires``; None if it says none."""
    said = metadata.get("retires")
    try:
        return date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
