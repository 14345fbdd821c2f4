"""TORCH_HOME: weights in ``hub/checkpoints``, and repositories of code beside them.

``name-<digits>.pth`` promises a SHA-256 that begins so; torch compares it once, when it downloads, if the program asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from weighbridge.caches.kind import Folder
from weighbridge.core.cached import Promise

# torch.hub's own pattern, in its own folder alone; a date or a short number of epochs is no hash.
_CHECKPOINT = re.compile(r"(?:hub/)?checkpoints/[^/]*-([0-9a-f]{8,64})\.[^/-]+")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]")


@dataclass(frozen=True, slots=True)
class TorchHome(Folder):
    """A TORCH_HOME, or its ``hub``."""

    kind: ClassVar[str] = "torch"
    title: ClassVar[str] = "torch cache"

    def promise(self, name: str) -> Promise | None:
        """The beginning of a hash at the end of a checkpoint's name."""
        found = _CHECKPOINT.fullmatch(name)
        return Promise("sha256", found[1]) if found and not _DATE.fullmatch(found[1]) else None

    def is_unfinished(self, name: str) -> bool:
        """Downloads go to ``<name>.<random>.partial``."""
        return name.endswith((".incomplete", ".partial"))

    def is_record(self, name: str) -> bool:
        """The list of repositories that somebody trusts."""
        return name in {"hub/trusted_list", "trusted_list"}
