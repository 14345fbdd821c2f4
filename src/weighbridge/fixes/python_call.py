"""Where a Python call's arguments stand in its text, by libcst, which keeps every blank and comment.

Only the top-level statement around a place is read: what is odd elsewhere in the file does not matter.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import libcst
    from libcst.metadata import CodeRange

    from weighbridge.fixes.source import Source

NONE: Final = "none"
STRING: Final = "string"
NAME: Final = "name"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, by its offsets in the text.

    Args:
        start: Where it begins, its keyword or stars included.
        end: Where it ends, without a comma.
        value_start: Where its value begins, without parentheses around it.
        value_end: Where its value ends.
        keyword: Its keyword; empty if it has none.
        star: ``*`` or ``**`` for several arguments in one.
        kind: Whether its value is one plain string, ``None``, a name or something else.
    """

    start: int
    end: int
    value_start: int
    value_end: int
    keyword: str
    star: str
    kind: str


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call.

    Args:
        start: Where it begins, without parentheses around it.
        end: Where it ends.
        function: What is called, as it is written.
        arguments: Its arguments, in their order.
        index: Which of them was asked for.
        equal: What is written between a keyword and its value.
    """

    start: int
    end: int
    function: str
    arguments: tuple[Argument, ...]
    index: int
    equal: str


def call_at(source: Source, offset: int) -> CallSite | None:
    """The innermost call with an argument whose value begins at a place; None if there is none, or it can't be read.

    Args:
        source: The file.
        offset: The place.
    """
    line = source.line_of(offset)
    lines = _statement(source.text, line)
    if lines is None:
        return None
    first, last = lines
    start, after = source.offset(first, 1), source.offset(last + 1, 1)
    if start is None:
        return None
    chunk = source.text[start : len(source.text) if after is None else after]
    found = [site for site in _calls(source, chunk, first) if site.arguments[site.index].value_start == offset]
    return min(found, key=lambda site: site.end - site.start, default=None)


def _statement(text: str, line: int) -> tuple[int, int] | None:
    """The first and last line of the top-level statements at a line."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    first = last = line
    # Statements may share lines: `a(); b(`.
    for node in [*body, *reversed(body)]:
        begins, ends = _begin(node), node.end_lineno or node.lineno
        if begins <= last and ends >= first:
            first, last = min(first, begins), max(last, ends)
    return first, last


def _begin(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _calls(source: Source, chunk: str, first: int) -> Iterator[CallSite]:
    """Each argument of each call in some lines of a file, once per argument."""
    import libcst  # noqa: PLC0415  needed only where something is mended
    from libcst.metadata import MetadataWrapper, PositionProvider  # noqa: PLC0415

    try:
        module = libcst.parse_module(chunk)
        if module.code != chunk:
            return
        places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    except (libcst.ParserSyntaxError, RecursionError, ValueError):
        return
    for node in places:
        if isinstance(node, libcst.Call):
            yield from _sites(_Places(source, places, first), node, module)


@dataclass(frozen=True, slots=True)
class _Places:
    """Offsets of nodes."""

    source: Source
    ranges: Mapping[libcst.CSTNode, CodeRange]
    first: int

    def of(self, node: libcst.CSTNode) -> tuple[int, int]:
        found = self.ranges[node]
        start = self.source.offset(found.start.line + self.first - 1, found.start.column + 1)
        end = self.source.offset(found.end.line + self.first - 1, found.end.column + 1)
        return (-1, -1) if start is None or end is None else (start, end)


def _sites(places: _Places, node: libcst.Call, module: libcst.Module) -> Iterator[CallSite]:
    import libcst  # noqa: PLC0415

    arguments = tuple(_argument(places, each) for each in node.args)
    equals = [each.equal for each in node.args if isinstance(each.equal, libcst.AssignEqual)]
    equal = module.code_for_node(equals[-1]) if equals else "="
    start, end = places.of(node)
    function = module.code_for_node(node.func)
    for index in range(len(arguments)):
        yield CallSite(start, end, function, arguments, index, equal if equal.strip(" ") == "=" else "=")


def _argument(places: _Places, node: libcst.Arg) -> Argument:
    start, end = places.of(node)
    value_start, value_end = places.of(node.value)
    keyword = node.keyword.value if node.keyword is not None else ""
    return Argument(start, end, value_start, value_end, keyword, node.star, _kind(node.value))


def _kind(node: libcst.BaseExpression) -> str:
    import libcst  # noqa: PLC0415

    if isinstance(node, libcst.SimpleString):
        return STRING if node.prefix.lower() in {"", "r", "u"} and "\n" not in node.value else OTHER
    if isinstance(node, libcst.Name):
        return NONE if node.value == "None" else NAME
    return NAME if isinstance(node, libcst.Attribute) else OTHER
