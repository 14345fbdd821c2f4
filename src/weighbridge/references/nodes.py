"""A configuration file as a tree that knows its places, whatever language it is written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.references.arguments import Word

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Node:
    """One value.

    Args:
        line: Where it begins, counted from 1.
        column: In characters, counted from 1; of a quoted text, behind the quote.
        end_line: Where it ends.
        end_column: The column behind it.
        text: A scalar's text; None for tables and lists.
        is_text: Whether a scalar is one of text, not a number or truth value.
        entries: A table's keys and values, in their order.
        items: A list's values.
        style: How a scalar is written: ``|`` and ``>`` for blocks, quotes, or nothing.
        source: What a block's text is in the file, line by line without its indentation; empty for others.
        indent: How far a block's text is moved to the right.
        between: What is written between two items of the list that it stands in.
        quote: What is written around it.
    """

    line: int
    column: int
    end_line: int = 0
    end_column: int = 0
    text: str | None = None
    is_text: bool = True
    entries: list[tuple[Node, Node]] | None = None
    items: list[Node] | None = None
    style: str = ""
    source: str = ""
    indent: int = 0
    between: str = ""
    quote: str = ""

    def put(self, key: Node, value: Node) -> None:
        """Give a table one more entry."""
        if self.entries is not None:
            self.entries.append((key, value))

    def get(self, key: str) -> Node | None:
        """The value of a key; None if there is none."""
        for name, value in self.entries or ():
            if name.text == key:
                return value
        return None

    def string(self, key: str) -> str:
        """The text of a key; empty if there is none."""
        value = self.get(key)
        return value.text or "" if value is not None else ""

    def pairs(self) -> Iterator[tuple[str, Node]]:
        """A table's keys and values."""
        for name, value in self.entries or ():
            if name.text is not None:
                yield name.text, value

    def word(self, text: str) -> Word:
        """An argument of a list of arguments.

        Args:
            text: What it says, its variables replaced.
        """
        return Word(
            (text,), self.line, self.column, self.end_line, self.end_column, self.between, self.quote, self.indent
        )

    def each(self) -> list[Node]:
        """A list's values; the value itself if it is none."""
        return self.items if self.items is not None else [self]
