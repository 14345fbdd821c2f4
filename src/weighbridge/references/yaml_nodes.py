"""YAML as trees with places, built from the parser's events: no tag is obeyed, no alias is written out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

import yaml

from weighbridge.references.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 100
MAX_NODES: Final = 100_000
_READER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _StopError(Exception):
    """A document is nested too deep, or too long."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a YAML stream.

    Args:
        roots: The roots of those that could be read.
        problem: Why others could not; empty if all could.
    """

    roots: tuple[Node, ...]
    problem: str = ""


def parse(text: str) -> Documents:
    """Read a YAML stream; where one document is broken, the others are read all the same.

    Args:
        text: The file, templates masked.
    """
    lines = text.split("\n")
    roots, problem, is_over = _documents(text, lines, 0)
    if not problem or is_over:
        return Documents(tuple(roots), problem)
    found: list[Node] = []
    for start, end in _chunks(lines):
        found += _documents("\n".join(lines[start:end]), lines, start)[0]
    return Documents(tuple(found if len(found) >= len(roots) else roots), problem)


def _chunks(lines: list[str]) -> Iterator[tuple[int, int]]:
    marks = [index for index, line in enumerate(lines) if line.startswith("---")][:1000]
    edges = sorted({0, *marks, len(lines)})
    yield from pairwise(edges)


def _documents(text: str, lines: list[str], shift: int) -> tuple[list[Node], str, bool]:
    """The documents of a text that begins at a line, why there are no more, and whether that is their size."""
    builder = _Builder(lines, shift)
    try:
        for event in yaml.parse(text, Loader=_READER):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1 + shift}" if mark else ""
        return builder.roots, f"it is not YAML{where}", False
    except _StopError:
        return builder.roots, "it is nested too deep, or too long", True
    except (ValueError, RecursionError):
        return builder.roots, "it is not YAML", False
    return builder.roots, "", False


@dataclass(slots=True)
class _Open:
    """A table or list while it is read.

    Args:
        node: What it holds so far.
        key: The key that waits for its value.
        between: What is written between its items.
    """

    node: Node
    key: Node | None = None
    between: str = ""


@dataclass(slots=True)
class _Builder:
    lines: list[str]
    shift: int
    roots: list[Node] = field(default_factory=list)
    _stack: list[_Open] = field(default_factory=list)
    _anchors: dict[str, Node] = field(default_factory=dict)
    _nodes: int = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        self._nodes += 1
        if self._nodes > MAX_NODES or len(self._stack) > MAX_DEPTH:
            raise _StopError
        if isinstance(event, yaml.ScalarEvent):
            self._give(self._scalar(event), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            known = self._anchors.get(event.anchor or "")
            self._give(known if known is not None else Node(*self._place(event.start_mark), text=""), None)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        line, column = self._place(event.start_mark)
        node = Node(line, column)
        between = ", " if event.flow_style else f"\n{' ' * (column - 1)}- "
        if isinstance(event, yaml.MappingStartEvent):
            node.entries = []
        else:
            node.items = []
        self._give(node, event.anchor)
        self._stack.append(_Open(node, None, between))

    def _give(self, node: Node, anchor: str | None) -> None:
        """Put a value where it belongs."""
        if anchor:
            self._anchors[anchor] = node
        if not self._stack:
            self.roots.append(node)
            return
        top = self._stack[-1]
        if top.node.items is not None:
            node.between = top.between
            top.node.items.append(node)
        elif top.key is None:
            top.key = node
        else:
            top.node.put(top.key, node)
            top.key = None

    def _place(self, mark: object) -> tuple[int, int]:
        """Line and column of either parser's mark."""
        return getattr(mark, "line", 0) + 1 + self.shift, getattr(mark, "column", 0) + 1

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        (line, column), (end_line, end_column) = self._place(event.start_mark), self._place(event.end_mark)
        style = event.style or ""
        quoted = style in {'"', "'"}
        is_text = bool(style) or not _is_number(event.value)
        node = Node(line, column + quoted, end_line, end_column, event.value, is_text)
        node.style, node.quote = style, '"'
        if style in {"|", ">"}:
            self._block(node, line, end_line - 1)
        elif end_line > line:
            self._flow(node, quoted=quoted)
        return node

    def _flow(self, node: Node, *, quoted: bool) -> None:
        """The lines of a text that goes on without being a block, each going on in the next."""
        lines = self.lines[node.line - 1 : node.end_line]
        if not lines or len(lines) != node.end_line - node.line + 1:
            return
        lines[-1] = lines[-1][: node.end_column - 1 - quoted]
        lines[0] = lines[0][node.column - 1 :]
        node.source = "\n".join(_folded(line.rstrip(), following) for line, following in pairwise([*lines, ""]))

    def _block(self, node: Node, first: int, last: int) -> None:
        """The lines of a block; folded ones stay lines, each going on in the next, so that their places hold."""
        lines = self.lines[first : last + 1]
        bare = next((line for line in lines if line.strip()), "")
        indent = len(bare) - len(bare.lstrip(" "))
        # The parser's mark of the end stands on the next token's line, or on the last line of the file.
        ours = takewhile(lambda line: not line.strip() or (indent and line.startswith(" " * indent)), lines)
        cut = [line[indent:].rstrip("\r") for line in ours]
        while cut and not cut[-1].strip():
            cut.pop()
        if node.style == ">":
            cut = [
                line if line.startswith(" ") or following.startswith(" ") else _folded(line, following)
                for line, following in pairwise([*cut, ""])
            ]
        node.line, node.column, node.indent = first + 1, indent + 1, indent
        node.end_line = node.end_column = 0
        node.source = "\n".join(cut)


def _folded(line: str, following: str) -> str:
    return f"{line} \\" if line.strip() and following.strip() else line


def _is_number(text: str) -> bool:
    return text in {"", "~", "null", "true", "false"} or text.replace(".", "", 1).removeprefix("-").isdigit()
