"""Files within a file, as a ConfigMap holds them by name: each is read by the extractor of its language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.references import files

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.mention import Mention
    from weighbridge.references.arguments import Place, Word

MAX_TEXT: Final = 200_000
_WITHIN: Final = "\0embedded/"
"""Begins the paths of embedded files; no file's own path does."""
_LANGUAGES: Final = frozenset({"keyed", "yaml_files", "python", "dockerfile:modelfile"})
"""Extractors for files that are mounted as they are; scripts of the shell are read with what is known around them."""
_KEYS: Final = {"serveConfigV2": "serve.yaml", "valuesContent": "values.yaml", "values": "values.yaml"}
"""Keys whose text is a file without a name: of Ray's applications, and of charts that something else installs."""


def is_file(name: str) -> bool:
    """Whether a key is the name of a file that has an extractor, or is known to hold such a file."""
    return name in _KEYS or ("." in name and files.language(name, b"") in _LANGUAGES)


def extract(name: str, word: Word, place: Place, repository: Callable[[str], bytes | None]) -> list[Mention]:
    """The models that an embedded file names, at their places in the file around it.

    Args:
        name: The embedded file's name.
        word: Its text.
        place: The file around it.
        repository: Gives the bytes of another file, or None.
    """
    text = word.texts[0]
    # Not read again within itself: names could be nested without end.
    if len(text) > MAX_TEXT or place.path.startswith(_WITHIN):
        return []
    found = files.extract(f"{_WITHIN}{_KEYS.get(name, name)}", text.encode("utf-8", "replace"), repository)
    moved = []
    for mention in found.mentions if found is not None else ():
        spot = mention.spot
        column = spot.column + (word.column - 1 if spot.line == 1 else word.indent)
        at = replace(spot, path=place.path, line=word.line + spot.line - 1, column=column, cell=place.cell)
        moved.append(replace(mention, spot=at, insertion=None))
    return moved
