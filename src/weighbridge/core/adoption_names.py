"""The name that a model is proposed to be governed under: its own last part, made distinct."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING, Final

from weighbridge.core.ref import is_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weighbridge.core.ref import Ref

_ODD: Final = re.compile(r"[^a-z0-9._-]+")
_HEX: Final = re.compile(r"[0-9a-f]{40,64}")
_ENDS: Final = "._-"
_LONGEST: Final = 63
_ROOM: Final = 6
"""Letters that a number may take."""
_SHOWN: Final = 7
"""Letters of a revision that a name holds."""


def proposed(ref: Ref, taken: Collection[str]) -> str:
    """A name that a reference can be governed under: its last part, then with the part before it, then with a number.

    Args:
        ref: What is to be governed.
        taken: Names that are others' already.

    Returns:
        A name that `weighbridge.core.ref.require_name` lets pass and that is not taken.
    """
    parts = [part for part in re.split(r"[?#]", ref.name)[0].lower().split("/") if part.strip(_ENDS)]
    last, before = "".join(parts[-1:]), "".join(parts[-2:-1])
    return _first([_slug(text) for text in (last, f"{before}-{last}")], ref.scheme, taken)


def another(base: str, revision: str, taken: Collection[str]) -> str:
    """A name for another revision of a model: with the revision's first letters, then with a number.

    Args:
        base: The model's name.
        revision: As it is followed; empty for the source's default.
        taken: Names that are others' already.

    Returns:
        As for `proposed`.
    """
    mark = _slug(revision.removeprefix("sha256:").lower())
    mark = mark[:_SHOWN].strip(_ENDS) if _HEX.fullmatch(mark) else mark[: _LONGEST // 3].strip(_ENDS)
    shorter = base[: _LONGEST - len(mark) - 1].strip(_ENDS)
    return _first([f"{shorter}-{mark}"], base, taken)


def escaped(text: str) -> str:
    """A pattern that only this text fits."""
    return re.sub(r"([*?[])", r"[\1]", text)


def _first(stems: Sequence[str], other: str, taken: Collection[str]) -> str:
    """The first stem that is a name and free; else one with a number."""
    good = [stem for stem in stems if is_name(stem)] or [other]
    shorter = good[-1][: _LONGEST - _ROOM].strip(_ENDS)
    numbered = (f"{shorter}-{number}" for number in count(2))
    return next(name for name in chain(good, numbered) if name not in taken)


def _slug(text: str) -> str:
    return re.sub(r"\.{2,}", ".", _ODD.sub("-", text))[:_LONGEST].strip(_ENDS)
