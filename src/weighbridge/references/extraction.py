"""What an extractor gives for one file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.core.mention import Mention

MAX_BYTES = 4 << 20
"""Larger files are told of, not read: no person writes such a program."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The mentions of one file, in the order of their places.

    Args:
        mentions: Every model that it names.
        unreadable: Why it, or a part of it, could not be read, in a few words; empty if it could.
    """

    mentions: tuple[Mention, ...] = ()
    unreadable: str = ""


def without_insertions(found: Iterable[Mention]) -> tuple[Mention, ...]:
    """Mentions of a text whose characters have no sure places in the file."""
    return tuple(replace(each, insertion=None) for each in found)
