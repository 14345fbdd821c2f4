"""How a Python module calls ``weighbridge.load``: by the import that it has, or by one more at the right place."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Final

from weighbridge.fixes.source import Edit, Why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.fixes.source import Edits, Source

_PACKAGE: Final = "weighbridge"
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
_NAMED: Final = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar),
)
"""Statements and patterns that bind a name of their own."""


def loader(source: Source) -> tuple[str, Edits] | Why:
    """How ``load`` is called in a module, and the import that this needs.

    Args:
        source: The module.
    """
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Why("it does not parse")
    for node in tree.body:
        if known := _known(node):
            return known, ()
    if any(name == _PACKAGE for name in _bound(tree)):
        return Why(f"the name {_PACKAGE} stands for something else there")
    return f"{_PACKAGE}.load", (_import(source, tree.body),)


def _known(node: ast.stmt) -> str:
    """How a statement lets ``load`` be called; empty if it does not."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name == _PACKAGE or (alias.name.startswith(f"{_PACKAGE}.") and not alias.asname):
                return f"{alias.asname or _PACKAGE}.load"
    if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE and not node.level:
        return next((alias.asname or alias.name for alias in node.names if alias.name == "load"), "")
    return ""


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that a module gives something to, imports of the package itself left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, _NAMED) and node.name:
            yield node.name
        elif isinstance(node, _IMPORTS):
            yield from (alias.asname or alias.name for alias in node.names if alias.asname or alias.name != _PACKAGE)


def _import(source: Source, body: Sequence[ast.stmt]) -> Edit:
    """The import, where a sorted list of imports would have it."""
    listed = list(_listed(body))
    if not listed:
        return _first(source, body)
    groups = _groups(listed)
    group = next((each for each in groups if any(map(_is_foreign, each))), None)
    if group is None:
        return _line_after(source, listed[-1])
    plain = [node for node in group if isinstance(node, ast.Import) and _is_foreign(node)]
    before = [node for node in plain if node.names[0].name < _PACKAGE]
    if before:
        return _line_after(source, before[-1])
    first = next(node for node in group if _is_foreign(node))
    at = source.offset(first.lineno, 1) or 0
    return Edit(at, at, f"import {_PACKAGE}{source.newline(at)}")


def _listed(body: Sequence[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that a module begins with, those from ``__future__`` left out."""
    for index, node in enumerate(body):
        if isinstance(node, _IMPORTS):
            if not _is_future(node):
                yield node
        elif index or not _is_docstring(node):
            return


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_foreign(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import is of a library."""
    if isinstance(node, ast.ImportFrom) and (node.level or not node.module):
        return False
    name = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    return name.partition(".")[0] not in sys.stdlib_module_names


def _groups(listed: Sequence[ast.Import | ast.ImportFrom]) -> list[list[ast.Import | ast.ImportFrom]]:
    """Imports that stand line below line."""
    groups: list[list[ast.Import | ast.ImportFrom]] = []
    for node in listed:
        if groups and node.lineno <= (groups[-1][-1].end_lineno or 0) + 1:
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _line_after(source: Source, node: ast.stmt) -> Edit:
    at = source.line_end(source.offset(node.end_lineno or node.lineno, 1) or 0)
    return Edit(at, at, f"{source.newline(at)}import {_PACKAGE}")


def _first(source: Source, body: Sequence[ast.stmt]) -> Edit:
    """The first import of a module: behind its docstring and what it imports from ``__future__``."""
    kept = [node for index, node in enumerate(body) if _is_future(node) or (not index and _is_docstring(node))]
    if kept:
        at = source.line_end(source.offset(kept[-1].end_lineno or kept[-1].lineno, 1) or 0)
        newline = source.newline(at)
        return Edit(at, at, f"{newline}{newline}import {_PACKAGE}")
    decorators = getattr(body[0], "decorator_list", [])
    at = source.offset(min(node.lineno for node in (body[0], *decorators)), 1) or 0
    newline = source.newline(at)
    return Edit(at, at, f"import {_PACKAGE}{newline}{newline}")
