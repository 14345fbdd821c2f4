"""Literal: the few Python literals that NumPy writes into a header, read without Python's own parser.

Texts, whole numbers, True, False, None, tuples, lists and dicts with text keys: nothing else is one, and nothing is
evaluated. Nesting is bounded, and each byte is read once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 16
_TOKEN = re.compile(r"[ \t\n]*+(?:([()\[\]{},:])|(-?[0-9]{1,19})L?|(True|False|None)\b|('[^'\\\n]*+'|\"[^\"\\\n]*+\"))")
_WORDS = {"True": True, "False": False, "None": None}
_CLOSING = {"(": ")", "[": "]"}

Literal = str | int | None | tuple["Literal", ...] | list["Literal"] | dict[str, "Literal"]


class NotLiteralError(ValueError):
    """The text is no such literal; the argument says what was wrong with it."""


def read_literal(text: str) -> Literal:
    """The one value that the text is.

    Raises:
        NotLiteralError: It is none, it nests too deep, or a key is repeated.
    """
    reader = _Reader(text)
    value = reader.value(next(reader.parts), 0)
    if next(reader.parts, ""):
        raise NotLiteralError("something follows the value")
    return value


class _Reader:
    """Parts: a mark is itself, any other value a tuple of one."""

    def __init__(self, text: str) -> None:
        self.parts = self._parts(text.rstrip(" \t\n"))

    @staticmethod
    def _parts(text: str) -> Iterator[str | tuple[Literal]]:
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise NotLiteralError(f"character {at} begins no literal")
            at = match.end()
            mark, number, word, quoted = match.groups()
            if mark:
                yield mark
            elif number:
                yield (int(number),)
            else:
                yield (_WORDS[word] if word else quoted[1:-1],)
        yield ""

    def value(self, part: str | tuple[Literal], depth: int) -> Literal:
        """The value that begins with a part."""
        if depth > MAX_DEPTH:
            raise NotLiteralError("values nest too deep")
        if isinstance(part, tuple):
            return part[0]
        if part == "{":
            return self._dict(depth)
        if part not in _CLOSING:
            raise NotLiteralError("a value is missing")
        items, commas = self._items(_CLOSING[part], depth)
        if part == "[":
            return items
        return tuple(items) if commas or not items else items[0]

    def _items(self, closing: str, depth: int) -> tuple[list[Literal], int]:
        """Values up to the closing bracket, and how many commas stood behind them."""
        items: list[Literal] = []
        commas = 0
        part = next(self.parts)
        while part != closing:
            items.append(self.value(part, depth + 1))
            part = next(self.parts)
            if part == ",":
                commas += 1
                part = next(self.parts)
            elif part != closing:
                raise NotLiteralError("a comma or bracket is missing")
        return items, commas

    def _dict(self, depth: int) -> dict[str, Literal]:
        found: dict[str, Literal] = {}
        part = next(self.parts)
        while part != "}":
            key = self.value(part, depth + 1)
            if not isinstance(key, str) or next(self.parts) != ":":
                raise NotLiteralError("a dict's entry is no text with a value")
            if key in found:
                raise NotLiteralError("a key is repeated")
            found[key] = self.value(next(self.parts), depth + 1)
            part = next(self.parts)
            if part == ",":
                part = next(self.parts)
            elif part != "}":
                raise NotLiteralError("a comma or bracket is missing")
        return found
