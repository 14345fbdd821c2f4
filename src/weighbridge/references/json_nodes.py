"""JSON as a tree with places; comments and trailing commas, as editors' settings have them, are passed over.

A reader of its own, as Python's keeps no places. RFC 8259; nothing is judged strictly here.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import Final

from weighbridge.references.nodes import Node

MAX_DEPTH: Final = 100
MAX_NODES: Final = 200_000
_SPACE: Final = " \t\r\n,"
_ENDS: Final = frozenset(" \t\r\n,]}:/")


class _EndError(Exception):
    """The text is not JSON from here on."""


def parse(text: str, line: int = 1, column: int = 1) -> Node | None:
    """Read a JSON text; None if it is none.

    Args:
        text: The text.
        line: The line of its beginning.
        column: The column of its beginning.
    """
    reader = _Reader(text, line, column)
    try:
        node = reader.value(0)
        reader.skip()
    except _EndError:
        return None
    return node if reader.at >= len(text) else None


class _Reader:
    def __init__(self, text: str, line: int, column: int) -> None:
        self.at = 0
        self._text = text
        self._line, self._column = line, column
        self._nodes = 0
        self._starts = [0]
        found = text.find("\n")
        while found >= 0:
            self._starts.append(found + 1)
            found = text.find("\n", found + 1)

    def _place(self, offset: int) -> tuple[int, int]:
        row = bisect_right(self._starts, offset) - 1
        return self._line + row, offset - self._starts[row] + (self._column if row == 0 else 1)

    def skip(self) -> None:
        """Pass over blanks, commas and comments."""
        text = self._text
        while self.at < len(text):
            if text[self.at] in _SPACE:
                self.at += 1
            elif text.startswith("//", self.at):
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif text.startswith("/*", self.at):
                end = text.find("*/", self.at + 2)
                self.at = len(text) if end < 0 else end + 2
            else:
                return

    def value(self, depth: int) -> Node:
        """The value that begins here."""
        self.skip()
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES or self.at >= len(self._text):
            raise _EndError
        mark = self._text[self.at]
        if mark == '"':
            return self._string()
        line, column = self._place(self.at)
        if mark == "{":
            self.at += 1
            return self._object(Node(line, column, entries=[]), depth)
        if mark == "[":
            self.at += 1
            return self._array(Node(line, column, items=[]), depth)
        return self._plain(line, column)

    def _object(self, node: Node, depth: int) -> Node:
        while not self._closes("}"):
            key = self.value(depth + 1)
            self.skip()
            if key.text is None or not self._text.startswith(":", self.at):
                raise _EndError
            self.at += 1
            node.put(key, self.value(depth + 1))
        return node

    def _array(self, node: Node, depth: int) -> Node:
        items: list[Node] = []
        while not self._closes("]"):
            item = self.value(depth + 1)
            item.between = ", "
            items.append(item)
        node.items = items
        return node

    def _closes(self, mark: str) -> bool:
        self.skip()
        if self._text.startswith(mark, self.at):
            self.at += 1
            return True
        return False

    def _string(self) -> Node:
        text, start = self._text, self.at
        end = text.find('"', start + 1)
        while end >= 0:
            slashes = end - len(text[start + 1 : end].rstrip("\\")) - start - 1
            if slashes % 2 == 0:
                break
            end = text.find('"', end + 1)
        if end < 0:
            raise _EndError
        inner = text[start + 1 : end]
        if "\\" in inner:
            try:
                inner = str(json.loads(text[start : end + 1], strict=False))
            except ValueError:
                raise _EndError from None
        self.at = end + 1
        line, column = self._place(start)
        end_line, end_column = self._place(self.at)
        return Node(line, column + 1, end_line, end_column, text=inner, style='"', quote='"')

    def _plain(self, line: int, column: int) -> Node:
        start = self.at
        while self.at < len(self._text) and self._text[self.at] not in _ENDS:
            self.at += 1
        word = self._text[start : self.at]
        if not (word in {"true", "false", "null", "NaN", "Infinity"} or word[:1] in "-0123456789") or not word:
            raise _EndError
        return Node(line, column, line, column + len(word), text=word, is_text=False)
