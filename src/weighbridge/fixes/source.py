"""A file as text that can be changed at places and keeps the rest byte for byte."""

from __future__ import annotations

import codecs
import tokenize
from bisect import bisect_right
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEEP_BOM: Final = frozenset({"shell", "dockerfile"})
"""Languages whose extractors count a byte order mark as the first character."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters that others take the place of.

    Args:
        start: Where they begin, counted from 0.
        end: Where they end; the start, if text is only put in.
        text: What stands there then.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is left as it is.

    Args:
        text: One phrase.
    """

    text: str


Edits = tuple[Edit, ...]


class Source:
    """The text of a file.

    Args:
        text: The text; line ends as they are.
        is_python: Whether lone carriage returns end lines too.
    """

    def __init__(self, text: str, *, is_python: bool = False) -> None:
        self.text = text
        self._starts = [0]
        at = 0
        while (found := _line_end(text, at, is_python=is_python)) < len(text):
            at = found + (2 if text.startswith("\r\n", found) else 1)
            self._starts.append(at)

    def offset(self, line: int, column: int) -> int | None:
        """Where a place is in the text, counted from 0; None if there is no such place.

        Args:
            line: Counted from 1.
            column: Counted from 1, in characters.
        """
        if not 0 < line <= len(self._starts) or column < 1:
            return None
        at = self._starts[line - 1] + column - 1
        end = self._starts[line] if line < len(self._starts) else len(self.text) + 1
        return at if at < end else None

    def line_of(self, offset: int) -> int:
        """The line of a place, counted from 1."""
        return bisect_right(self._starts, offset)

    def line_start(self, offset: int) -> int:
        """Where the line of a place begins."""
        return self._starts[self.line_of(offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the line of a place ends, its line end not counted."""
        return offset + len(self.rest(offset))

    def head(self, offset: int) -> str:
        """What stands before a place on its line."""
        return self.text[self.line_start(offset) : offset]

    def rest(self, offset: int) -> str:
        """What stands from a place on, on its line, without the line's end."""
        line = self.line_of(offset)
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return self.text[offset:end].rstrip("\r\n")

    def newline(self, offset: int) -> str:
        """How the lines at a place end."""
        end = self.line_end(offset)
        for mark in ("\r\n", "\n", "\r"):
            if self.text.startswith(mark, end):
                return mark
        return "\r\n" if "\r\n" in self.text else "\n"


def _line_end(text: str, at: int, *, is_python: bool) -> int:
    """Where a line ends: before its line feed, in Python before a lone carriage return too; at last with the text."""
    ends = text.find("\n", at)
    ends = len(text) if ends < 0 else ends
    if is_python and (lone := text.find("\r", at, ends)) >= 0:
        return lone
    return ends - 1 if ends < len(text) and ends > at and text[ends - 1] == "\r" else ends


def changed(text: str, edits: Iterable[Edit]) -> str | None:
    """A text with its edits; None if two of them meet.

    Args:
        text: The text.
        edits: The edits, in any order; those at one place take effect in the order given.
    """
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda each: each.start):
        if edit.start < at or edit.end < edit.start or edit.end > len(text):
            return None
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, and how it is written as bytes.

    Args:
        text: The text.
        encoding: The name of its encoding.
        mark: A byte order mark that is no part of the text.
    """

    text: str
    encoding: str
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """A changed text as the file's bytes.

        Raises:
            ValueError: The encoding has no such character.
        """
        return self.mark + text.encode(self.encoding)


def decode(language: str, data: bytes) -> Decoded | None:
    """The text of a file; None if it can't be written back as it was.

    Args:
        language: Its extractor.
        data: Its bytes.
    """
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) and language not in _KEEP_BOM else b""
    encoding = "utf-8"
    if language == "python":
        try:
            encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        except SyntaxError:
            return None
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    try:
        decoded = Decoded(data[len(mark) :].decode(encoding), encoding, mark)
        return decoded if decoded.encode(decoded.text) == data else None
    except ValueError:
        return None
