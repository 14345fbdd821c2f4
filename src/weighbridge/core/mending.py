"""What came of mending references: those that were mended, and why the others were not. It changes no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.canonical import Json
    from weighbridge.core.mention import Mention

    Shown = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Wish:
    """A reference that is to be mended.

    Args:
        mention: As it was found.
        name: The governed name of its model.
        revision: The revision that the lock holds; empty if it holds no one.
        by_name: Whether the governed name is to stand there instead, where that is possible.
    """

    mention: Mention
    name: str
    revision: str
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Mended:
    """A reference that was mended.

    Args:
        mention: As it was.
        revision: The revision that is written there now; empty if it goes by its governed name.
        how: What was done, in a few words.
    """

    mention: Mention
    revision: str
    how: str

    def to_json(self, shown: Shown) -> dict[str, Json]:
        """Its published JSON.

        Args:
            shown: Gives a path as it is to be read.
        """
        return {**_where(self.mention, shown), "revision": self.revision or None, "how": self.how}


@dataclass(frozen=True, slots=True)
class NotMended:
    """A reference that was left as it is.

    Args:
        mention: The reference.
        why: Why, in one phrase.
    """

    mention: Mention
    why: str

    def to_json(self, shown: Shown) -> dict[str, Json]:
        """Its published JSON.

        Args:
            shown: Gives a path as it is to be read.
        """
        return {**_where(self.mention, shown), "why": self.why}


def _where(mention: Mention, shown: Shown) -> dict[str, Json]:
    spot = mention.spot
    return {"path": shown(spot.path), "line": spot.line, "cell": spot.cell, "model": mention.ref or None}
