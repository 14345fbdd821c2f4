"""A kind of cache: what its names mean. The plain folder is the one whose names mean nothing.

It covers what MLflow downloads or keeps as artifacts, and whatever somebody copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weighbridge.core.cached import Use

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.caches.walk import Tree
    from weighbridge.core.cached import Promise


@dataclass(frozen=True, slots=True)
class Folder:
    """A plain folder; other kinds say what is different there."""

    kind: ClassVar[str] = "folder"
    title: ClassVar[str] = "plain folder"

    def promise(self, name: str) -> Promise | None:
        """What a name says of the bytes."""
        del name
        return None

    def use(self, name: str) -> Use | None:
        """The name as one by which programs open a file; None if no program would."""
        return Use(name)

    def is_unfinished(self, name: str) -> bool:
        """Whether a name is that of a download which is not over."""
        return name.endswith(".incomplete")

    def is_record(self, name: str) -> bool:
        """Whether a name is that of the cache's own bookkeeping."""
        del name
        return False

    def group(self, name: str) -> str:
        """The repository or folder by which people know a file."""
        return name.rpartition("/")[0] or "."

    def leftovers(self, tree: Tree, gone: Collection[str]) -> list[str]:
        """Bookkeeping about what was just removed, which has to go, too.

        Args:
            tree: What was there before.
            gone: Names that were removed.
        """
        del tree, gone
        return []
