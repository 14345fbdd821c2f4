"""Notebooks: a revision in the call of a code cell; the rest of the JSON stays byte for byte.

https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.fixes import python
from weighbridge.fixes.source import Edit, Source, Why
from weighbridge.references import json_nodes

if TYPE_CHECKING:
    from weighbridge.core.mending import Wish
    from weighbridge.fixes.source import Edits
    from weighbridge.references.nodes import Node

_NO_CELL: Final = Why("its cell can't be told")
_UNICODE_LENGTH: Final = 6
_HIGH: Final = ("d8", "d9", "da", "db")
"""How the first half of a character beyond the first 65,536 begins (RFC 8259, section 7)."""


def edits(source: Source, wish: Wish) -> Edits | Why:
    """The edits that write a revision into a call of a cell.

    Args:
        source: The notebook.
        wish: What is to be mended.
    """
    if wish.by_name:
        return Why("a notebook's cells need an import of their own for the governed name")
    cell = _cell(source, wish.mention.spot.cell or 0)
    if cell is None:
        return _NO_CELL
    found = python.pin(Source(_without_magics(cell.text), is_python=True), wish)
    if isinstance(found, Why):
        return found
    moved = [cell.moved(each) for each in found]
    return _NO_CELL if None in moved else tuple(each for each in moved if each is not None)


def _without_magics(text: str) -> str:
    """A cell whose lines for IPython and the shell are numbers, of the same length."""
    lines = []
    goes_on, indent = False, ""
    for line in text.split("\n"):
        bare = line.lstrip()
        is_magic = goes_on or bare.startswith(("!", "%"))
        indent = indent if goes_on else line[: len(line) - len(bare)]
        goes_on = is_magic and line.rstrip().endswith("\\")
        lines.append(f"{indent}0".ljust(len(line)) if is_magic and len(line) > len(indent) else line)
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Cell:
    """The source of a cell.

    Args:
        source: The notebook.
        parts: Its strings, in their order.
        is_list: Whether they stand in a list, a line each.
    """

    source: Source
    parts: tuple[Node, ...]
    is_list: bool

    @property
    def text(self) -> str:
        """What the cell says."""
        return "".join(part.text or "" for part in self.parts)

    def moved(self, edit: Edit) -> Edit | None:
        """An edit of the cell as one of the notebook; None if it goes over several strings."""
        begun = 0
        for part in self.parts:
            length = len(part.text or "")
            if edit.start <= begun + length and edit.end <= begun + length:
                start, end = self._raw(part, edit.start - begun), self._raw(part, edit.end - begun)
                return Edit(start, end, self._written(edit.text)) if 0 <= start <= end else None
            if edit.start < begun + length:
                return None
            begun += length
        return None

    def _raw(self, part: Node, count: int) -> int:
        """Where a character of a string is in the notebook's text."""
        at, text = self.source.offset(part.line, part.column), self.source.text
        if at is None:
            return -1
        for _ in range(count):
            if text[at] != "\\":
                at += 1
            elif text[at + 1] != "u":
                at += 2
            else:
                is_pair = text[at + 2 : at + 4].lower() in _HIGH and text.startswith("\\u", at + _UNICODE_LENGTH)
                at += 2 * _UNICODE_LENGTH if is_pair else _UNICODE_LENGTH
        return at

    def _written(self, text: str) -> str:
        """A text as it stands in a string of JSON; each of its lines in one of its own, where the others are."""
        raw = json.dumps(text)[1:-1]
        return raw.replace("\\n", f'\\n",{self._space()}"') if self.is_list else raw

    def _space(self) -> str:
        """What stands between two strings of the list, without the comma."""
        places = [self.source.offset(part.line, part.column) or 0 for part in self.parts]
        if len(places) > 1:
            end = self._raw(self.parts[0], len(self.parts[0].text or "")) + 1
            return self.source.text[end : places[1] - 1].replace(",", "")
        head = self.source.head(places[0] - 1)
        return " " if head.strip() else f"{self.source.newline(places[0])}{head}"


def _cell(source: Source, number: int) -> _Cell | None:
    root = json_nodes.parse(source.text)
    cells = root.get("cells") if root is not None else None
    if cells is None or not 0 < number <= len(cells.items or ()):
        return None
    node = (cells.items or [])[number - 1].get("source")
    if node is None or any(each.style != '"' for each in node.each()):
        return None
    return _Cell(source, tuple(node.each()), node.items is not None)
