"""Places of the labelled corpus: what is to be found there, and what we find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.unit.references import corpus

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.unit.references.corpus import Place

Line = tuple[str, int]
_PINNED = re.compile(r"@(?:[0-9a-f]{40}|sha256:[0-9a-f]{64})$")


def labelled() -> dict[str, tuple[set[Place], set[Place]]]:
    """By language: the places at which a model is named that is not pinned, and all places at which one is named."""
    found = {}
    for language in corpus.LANGUAGES:
        labels = [each for path in corpus.paths(language) for each in corpus.expected(path)]
        loose = {each.place for each in labels if not _PINNED.search(each.text)}
        found[language] = (loose, {each.place for each in labels})
    return found


def spoken(language: str) -> set[Place]:
    """The places at which our extractors find a model."""
    return {each.place for path in corpus.paths(language) for each in corpus.found(path)}


def on_lines(places: Collection[Place], lines: Collection[tuple[str, int, int]]) -> int:
    """How many of these places another program speaks of, by ranges of lines."""
    return sum(
        any(path == place.path and first <= place.line <= last for path, first, last in lines) for place in places
    )
