"""What must not be written at a call: a revision of a model that is another on another day, or one that comes twice."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from weighbridge.fixes.source import Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.fixes.python_call import CallSite
    from weighbridge.fixes.source import Source

_OWN: Final = frozenset({"self", "cls"})
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_VARIES: Final = Why("its model can be another when the program runs")


def varies(source: Source, site: CallSite) -> Why | None:
    """Why a call can be about other models too; None if it is about one alone.

    Args:
        source: The module, which parses.
        site: The call, with the argument that names the model.
    """
    argument = site.arguments[site.index]
    text = source.text[argument.value_start : argument.value_end]
    value = ast.parse(f"(\n{text}\n)", mode="eval").body
    if any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(value)):
        return _VARIES
    names = _names(value)
    if not names:
        return None
    tree = ast.parse(source.text)
    attributes = {node.attr for node in ast.walk(value) if isinstance(node, ast.Attribute)}
    given = _given(tree, names, attributes)
    parameters = names & _parameters(tree, source.line_of(argument.value_start))
    for node in given:
        parameters |= _names(node) & _parameters(tree, node.lineno)
    if parameters - _OWN:
        return Why(f"its model is the parameter {min(parameters - _OWN)}")
    return _VARIES if any(not _is_constant(node) for node in given) else None


def _given(tree: ast.Module, names: set[str], attributes: set[str]) -> list[ast.expr]:
    """What a module gives to names and attributes, and to the names in that."""
    kept = [
        node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AnnAssign) and _keeps(node, attributes)
    ]
    found = [node.value for node in kept if node.value is not None]
    known, new = set[str](), names
    while new:
        known |= new
        found += _assigned(tree, new)
        new = {name for node in found for name in _names(node)} - known
    return found


def _keeps(node: ast.Assign | ast.AnnAssign, attributes: set[str]) -> bool:
    """Whether an assignment gives an object one of the attributes."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(each, ast.Attribute) and each.attr in attributes for each in targets)


def _names(node: ast.expr | None) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} if node is not None else set()


def _parameters(tree: ast.Module, line: int) -> set[str]:
    """The parameters of all functions around a line."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and node.lineno <= line <= (node.end_lineno or node.lineno):
            given = node.args
            listed = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            found |= {each.arg for each in listed if each is not None}
    return found


def _assigned(tree: ast.Module, names: set[str]) -> Iterator[ast.expr]:
    """What a module gives to names, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = [node.target]
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            targets = [node.target] if _binds(node.target) & names else []
            if targets:
                yield ast.copy_location(ast.Await(node.iter), node.iter)
            continue
        else:
            continue
        if node.value is not None and any(_binds(target) & names for target in targets):
            yield node.value


def _binds(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _is_constant(node: ast.expr) -> bool:
    """Whether an expression is the same on every day: no call is in it."""
    return not any(isinstance(each, ast.Call | ast.Await) for each in ast.walk(node))


def is_given(source: Source, site: CallSite, keyword: str) -> str:
    """The name of a ``**`` dictionary of a call that holds a keyword, or may; empty for none.

    Args:
        source: The module, which parses.
        site: The call.
        keyword: The keyword.
    """
    stars = [source.text[each.value_start : each.value_end] for each in site.arguments if each.star == "**"]
    for text in stars:
        if any(keyword in _keys(node) for node in ast.walk(ast.parse(f"(\n{text}\n)", mode="eval"))):
            return text
        if text.isidentifier() and any(keyword in _keys(node, text) for node in ast.walk(ast.parse(source.text))):
            return text
    return ""


def _keys(node: ast.AST, name: str = "") -> set[str]:
    """The keys that a piece of code gives to a dictionary: to one of a name, or to what it is itself."""
    if isinstance(node, ast.Dict) and not name:
        return {each.value for each in node.keys if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    if isinstance(node, ast.Call) and (not name or _is_of(node.func, name)):
        texts = {each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)}
        inner = set[str]().union(*(_keys(each) for each in node.args))
        return texts | inner | {each.arg for each in node.keywords if each.arg}
    if not name:
        return set()
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name:
        return (
            {node.slice.value} if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else set()
        )
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(name in _binds(target) for target in targets):
            return set[str]().union(*(_keys(each) for each in ast.walk(node.value)))
    return set()


def _is_of(function: ast.expr, name: str) -> bool:
    """Whether a method of a dictionary is called."""
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == name
