"""The calls in a Python file that can name a model, each with its scope; only statements with a needle are visited.

A name that the file gives to such a callable, as ``load = AutoModel.from_pretrained``, becomes a needle too.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from weighbridge.references.python_bound import children, last_of, path_of
from weighbridge.references.python_names import Frame
from weighbridge.references.python_needles import STAR_WORDS, Lines, touched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.references.python_resolve import Resolver

_ROUNDS: Final = 3
_STARRED: Final = frozenset(word for words in STAR_WORDS.values() for word in words)
_SCOPES: Final = frozenset(
    {
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
        *(ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp),
    }
)
_RUNNERS: Final = frozenset(
    {"to_thread", "submit", "run_in_executor", "run_sync", "apply", "apply_async", "run_in_threadpool", "call_soon"}
)
"""Functions that call what they are handed, with the arguments after it."""
_FAMILIES: Final = frozenset({"applications", "models"})


def candidates(
    tree: ast.Module, frame: Frame, text: str, needles: set[str], resolver: Resolver
) -> Iterator[tuple[ast.Call, Frame]]:
    """Every call that may be one of the table, in no order.

    Args:
        tree: The file's tree.
        frame: The module's scope.
        text: The file's text, its lines ended by line feeds.
        needles: Last names of the calls that it can hold.
        resolver: Keeps scopes.
    """
    lines = Lines(text)
    families = _FAMILIES if needles & _STARRED else frozenset[str]()
    for _ in range(_ROUNDS):
        more = set(_aliases(tree, lines.of(needles | families), needles)) - needles
        if not more:
            break
        needles |= more
    for node, here in calls_on(tree, frame, lines.of(needles), resolver):
        if _may_load(node, needles):
            yield node, here
        yield from ((each, here) for each in _handed_over(node, needles))


def calls_on(tree: ast.Module, frame: Frame, lines: list[int], resolver: Resolver) -> Iterator[tuple[ast.Call, Frame]]:
    """Every call in the statements that have one of the lines, each with its scope.

    Args:
        tree: The file's tree.
        frame: The module's scope.
        lines: Numbers of lines, sorted.
        resolver: Keeps scopes.
    """
    todo: list[tuple[ast.AST, Frame]] = [(tree, frame)]
    while todo:
        node, here = todo.pop()
        if isinstance(node, ast.stmt) and not touched(node, lines):
            continue
        if isinstance(node, ast.Call):
            yield node, here
        todo += _within(node, here, resolver)


def _within(node: ast.AST, frame: Frame, resolver: Resolver) -> list[tuple[ast.AST, Frame]]:
    """What is in a node, each with its scope."""
    kind = type(node)
    if kind not in _SCOPES:
        return [(each, frame) for each in children(node)]
    around: list[ast.AST]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        around = [*node.decorator_list, *node.args.defaults, *(each for each in node.args.kw_defaults if each)]
    elif isinstance(node, ast.ClassDef):
        around = [*node.decorator_list, *node.bases, *node.keywords]
    elif isinstance(node, ast.Lambda):
        return [(node.body, resolver.frame(node, frame))]
    else:
        inner = Frame(frame.path, frame.package, node, frame)
        return [(each, inner) for each in children(node)]
    inner = resolver.frame(node, frame)
    return [*((each, frame) for each in around), *((each, inner) for each in node.body)]


class HandedOver(ast.Call):
    """A call that another function makes, as ``asyncio.to_thread(AutoModel.from_pretrained, "a/b")`` asks for."""


def _handed_over(node: ast.Call, needles: set[str]) -> Iterator[HandedOver]:
    called = last_of(node.func)
    if called not in _RUNNERS:
        return
    for index, each in enumerate(node.args[:-1]):
        if last_of(each) in needles:
            made = HandedOver(func=each, args=node.args[index + 1 :], keywords=node.keywords)
            yield ast.copy_location(made, node)


def _may_load(node: ast.Call, needles: set[str]) -> bool:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in needles:
            return True
        case ast.Attribute():
            # One of a family, such as every function of torchvision.models.
            starred = any(word.arg in _STARRED for word in node.keywords)
            return starred or "applications" in path_of(node.func)
        case ast.Call() | ast.Subscript():
            return True
        case _:
            return False


def _aliases(tree: ast.Module, lines: list[int], needles: set[str]) -> Iterator[str]:
    """Names that the file gives to callables of the table without calling them."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.stmt) and not touched(node, lines):
            continue
        match node:
            case ast.ImportFrom(names=names, module=module):
                family = not _FAMILIES.isdisjoint((module or "").split(".")) and bool(needles & _STARRED)
                yield from (each.asname or each.name for each in names if each.name in needles or family)
            case ast.Assign(targets=several, value=value):
                if _mentions(value, needles):
                    yield from (name for target in several for name in _last_names(target))
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                if _mentions(value, needles):
                    yield from _last_names(target)
            case _:
                pass
        todo += [each for each in children(node) if isinstance(each, ast.stmt | ast.ExceptHandler)]
        todo += getattr(node, "cases", ())


def _last_names(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _mentions(value: ast.expr, needles: set[str]) -> bool:
    """Whether an expression hands on a callable of the table."""
    todo: list[ast.AST] = [value]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Call):
            # What is called is used up; what it is an attribute of may be handed on.
            todo += [*node.args, *(word.value for word in node.keywords)]
            todo += [node.func.value] if isinstance(node.func, ast.Attribute) else []
            continue
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name in needles or (isinstance(node, ast.Constant) and node.value in needles):
            return True
        todo += children(node)
    return False


def imported(tree: ast.Module, text: str) -> set[str]:
    """Top names of all that a file imports, anywhere in it.

    Args:
        tree: The file's tree.
        text: Its text, lines ended by line feeds.
    """
    lines = Lines(text).of(["import"])
    found: set[str] = set()
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.stmt) and not touched(node, lines):
            continue
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        else:
            todo += [each for each in children(node) if isinstance(each, ast.stmt | ast.ExceptHandler | ast.match_case)]
    return found
