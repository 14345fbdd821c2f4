"""TORCH_HOME: weights in ``hub/checkpoints``, and repositories of code beside them.

``name-<digits>.pth`` promises a SHA-256 that begins so; torch compares it once, when it downloads, if the program asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from weighbridge.caches.kind import Folder
from weighbridge.core.cached import Promise
from weighbridge.core.hash_prefix import promised_prefix

# In torch.hub's own folder alone.
_CHECKPOINT = re.compile(r"(?:hub/)?checkpoints/([^/]*)")


@dataclass(frozen=True, slots=True)
class TorchHome(Folder):
    """A TORCH_HOME, or its ``hub``."""

    kind: ClassVar[str] = "torch"
    title: ClassVar[str] = "torch cache"

    def promise(self, name: str) -> Promise | None:
        """The beginning of a hash at the end of a checkpoint's name."""
        found = _CHECKPOINT.fullmatch(name)
        prefix = promised_prefix(found[1]) if found else ""
        return Promise("sha256", prefix) if prefix else None

    def is_unfinished(self, name: str) -> bool:
        """Downloads go to ``<name>.<random>.partial``."""
        return name.endswith((".incomplete", ".partial"))

    def is_record(self, name: str) -> bool:
        """The list of repositories that somebody trusts."""
        return name in {"hub/trusted_list", "trusted_list"}
