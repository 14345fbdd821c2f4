"""What an expression of Python can be, as constants, and the texts that several of them make together."""

from __future__ import annotations

from enum import Enum
from itertools import product
from typing import Final, TypeAlias

from weighbridge.references.named import HOLE

MAX_TOLD: Final = 64
"""How many answers there can be for one expression."""
MAX_TEXT: Final = 4_000


class Thing(Enum):
    """What is no text."""

    OBJECT = "object"


Constant: TypeAlias = str | int | float | bool | Thing | None
Told: TypeAlias = tuple[Constant, ...]


def is_text(told: Constant) -> bool:
    """Whether something is a text of which at least a part is known.

    Args:
        told: What it is.
    """
    return isinstance(told, str) and bool(told) and told != HOLE


def preferred(told: list[Constant]) -> Told:
    """What is known of several, one of which is the default of the others.

    Args:
        told: All of them.
    """
    known = [
        each for each in told if each and each is not Thing.OBJECT and not (isinstance(each, str) and HOLE in each)
    ]
    return tuple(known or [each for each in told if each is not None] or told)


def joined(parts: list[Told]) -> Told:
    """The texts that parts make together; what can't be told if they are too many or too long.

    Args:
        parts: What each part can be.
    """
    made = [""]
    for part in parts:
        if len(made) * len(part) > MAX_TOLD:
            return (HOLE,)
        made = [f"{begin}{HOLE if end is Thing.OBJECT else end}" for begin, end in product(made, part)]
        if any(len(text) > MAX_TEXT for text in made):
            return (HOLE,)
    return tuple(made)
