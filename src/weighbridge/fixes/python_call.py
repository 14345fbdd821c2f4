"""Where a Python call's arguments stand in its text, by libcst, which keeps every blank and comment.

Only the top-level statement around a place is read: what is odd elsewhere in the file does not matter.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from weighbridge.fixes.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import libcst
    from libcst.metadata import CodeRange

NONE: Final = "none"
STRING: Final = "string"
NAME: Final = "name"
OTHER: Final = "other"
_MAX_CHAIN: Final = 500
"""Longer chains of ``and`` or ``or``, flat for the compiler, are nested for libcst, whose stack has an end."""


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

    def moved(self, shift: int) -> CallSite:
        """The same call in a text with more before it."""
        arguments = tuple(
            replace(
                each,
                start=each.start + shift,
                end=each.end + shift,
                value_start=each.value_start + shift,
                value_end=each.value_end + shift,
            )
            for each in self.arguments
        )
        return replace(self, start=self.start + shift, end=self.end + shift, arguments=arguments)


def call_at(source: Source, offset: int) -> CallSite | None:
    """The innermost call with an argument whose value begins at a place; None if there is none, or it can't be read.

    Args:
        source: The file.
        offset: The place.
    """
    lines = _statement(source.text, source.line_of(offset))
    start = source.offset(lines[0], 1) if lines is not None else None
    if lines is None or start is None:
        return None
    after = source.offset(lines[1] + 1, 1)
    sites = _sites(source.text[start : len(source.text) if after is None else after])
    found = [site for site in sites if site.arguments[site.index].value_start == offset - start]
    site = min(found, key=lambda each: each.end - each.start, default=None)
    return site.moved(start) if site is not None else None


def _statement(text: str, line: int) -> tuple[int, int] | None:
    """The first and last line of the top-level statements at a line."""
    ranges = _ranges(text)
    first = last = line
    # Statements may share lines: `a(); b(`.
    for begins, ends in (*ranges, *reversed(ranges)):
        if begins <= last and ends >= first:
            first, last = min(first, begins), max(last, ends)
    return (first, last) if ranges else None


@lru_cache(maxsize=2)
def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    """The first and last line of each top-level statement; none if the text can't be read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    if any(isinstance(node, ast.BoolOp) and len(node.values) > _MAX_CHAIN for node in ast.walk(tree)):
        return ()
    return tuple((_begin(node), node.end_lineno or node.lineno) for node in tree.body)


def _begin(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


@lru_cache(maxsize=8)
def _sites(chunk: str) -> tuple[CallSite, ...]:
    """Each argument of each call in whole lines of a file, once per argument."""
    import libcst  # noqa: PLC0415  needed only where something is mended
    from libcst.metadata import MetadataWrapper, PositionProvider  # noqa: PLC0415

    try:
        module = libcst.parse_module(chunk)
        if module.code != chunk:
            return ()
        places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    except (libcst.ParserSyntaxError, RecursionError, ValueError):
        return ()
    reader = _Reader(Source(chunk, is_python=True), module, places)
    return tuple(site for node in places if isinstance(node, libcst.Call) for site in reader.sites(node))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads calls out of a tree.

    Args:
        source: Its text.
        module: The tree.
        places: Where its nodes are.
    """

    source: Source
    module: libcst.Module
    places: Mapping[libcst.CSTNode, CodeRange]

    def sites(self, node: libcst.Call) -> Iterator[CallSite]:
        """A call, once for each of its arguments."""
        equals = [self.module.code_for_node(each.equal) for each in node.args if isinstance(each.equal, _equal())]
        equal = equals[-1] if equals and equals[-1].strip(" ") == "=" else "="
        arguments = tuple(map(self._argument, node.args))
        start, end = self._place(node)
        function = self.module.code_for_node(node.func)
        for index in range(len(arguments)):
            yield CallSite(start, end, function, arguments, index, equal)

    def _argument(self, node: libcst.Arg) -> Argument:
        keyword = node.keyword.value if node.keyword is not None else ""
        return Argument(*self._place(node), *self._place(node.value), keyword, node.star, _kind(node.value))

    def _place(self, node: libcst.CSTNode) -> tuple[int, int]:
        found = self.places[node]
        start = self.source.offset(found.start.line, found.start.column + 1)
        end = self.source.offset(found.end.line, found.end.column + 1)
        return (-1, -1) if start is None or end is None else (start, end)


def _equal() -> type[libcst.AssignEqual]:
    import libcst  # noqa: PLC0415

    return libcst.AssignEqual


def _kind(node: libcst.BaseExpression) -> str:
    import libcst  # noqa: PLC0415

    if isinstance(node, libcst.SimpleString):
        return STRING if node.prefix.lower() in {"", "r", "u"} and "\n" not in node.value else OTHER
    if isinstance(node, libcst.Name):
        return NONE if node.value == "None" else NAME
    return NAME if isinstance(node, libcst.Attribute) else OTHER
