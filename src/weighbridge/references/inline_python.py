"""Python within a shell command, such as ``python -c "…"`` or a heredoc for it: handed to the extractor of Python."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.references import python

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.mention import Mention
    from weighbridge.references.arguments import Place, Word

MAX_TEXT: Final = 200_000


def extract(word: Word, place: Place, repository: Callable[[str], bytes | None] | None) -> list[Mention]:
    """The models that a piece of Python names, at their places in the file.

    Args:
        word: The code, quotes taken off.
        place: The file.
        repository: Gives the bytes of another file, or None.
    """
    text = word.texts[0]
    if len(text) > MAX_TEXT:
        return []
    found = python.extract(place.path, text.encode("utf-8", "replace"), repository or _nothing)
    moved = []
    for mention in found.mentions:
        line = word.line + mention.spot.line - 1
        column = mention.spot.column + (word.column - 1 if mention.spot.line == 1 else word.indent)
        spot = replace(mention.spot, line=line, column=column, cell=place.cell)
        moved.append(replace(mention, spot=spot, insertion=None))
    return moved


def _nothing(_: str) -> bytes | None:
    return None
