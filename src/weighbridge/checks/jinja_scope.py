"""What a template assigns to its own names, wherever it does so: every value that a name may have.

Order is not followed: a value that a name has anywhere counts everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jinja2 import nodes

from weighbridge.checks.jinja_parse import walk

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TEXT = 10_000
MAX_CHAIN = 50
"""Longer sums of literals are not put together; as a key they are denied."""


@dataclass(slots=True)
class Scope:
    """A template's own names.

    Args:
        values: Expressions by the name, or the attribute of a namespace, that they are assigned to.
        macros: Macros by name.
    """

    values: dict[str, list[nodes.Node]] = field(default_factory=dict)
    macros: dict[str, list[nodes.Macro]] = field(default_factory=dict)

    def assign(self, target: nodes.Node, value: nodes.Node) -> None:
        """Note a value of a name, or of each name of a tuple."""
        if isinstance(target, nodes.Name):
            self.values.setdefault(target.name, []).append(value)
        elif isinstance(target, nodes.NSRef):
            self.values.setdefault(target.attr, []).append(value)
        elif isinstance(target, nodes.Tuple | nodes.List):
            for item in target.items:
                self.assign(item, value)

    def knows(self, name: str) -> bool:
        """Whether the template itself gives the name its value."""
        return name in self.values or name in self.macros


def scope_of(tree: nodes.Template) -> Scope:
    """All assignments of a template.

    Raises:
        UnreadableError: It has too many parts.
    """
    scope = Scope()
    calls = []
    for node in walk(tree):
        if isinstance(node, nodes.Macro | nodes.CallBlock):
            if isinstance(node, nodes.Macro):
                scope.macros.setdefault(node.name, []).append(node)
            _parameters(scope, node.args, node.defaults)
        elif isinstance(node, nodes.Call):
            calls.append(node)
        else:
            for target, value in _assigned(node):
                scope.assign(target, value)
    for call in calls:
        _arguments(scope, call)
    return scope


def _assigned(node: nodes.Node) -> list[tuple[nodes.Node, nodes.Node]]:
    """The targets of a statement and their values."""
    if isinstance(node, nodes.Assign):
        return [(node.target, node.node)]
    if isinstance(node, nodes.AssignBlock):
        return [(node.target, _block(node.body))]
    if isinstance(node, nodes.For):
        return [(node.target, node.iter)]
    return list(zip(node.targets, node.values, strict=True)) if isinstance(node, nodes.With) else []


def _block(body: list[nodes.Node]) -> nodes.Node:
    """What a block writes: plain text is a literal, everything else is put together."""
    parts = [part for node in body for part in (node.nodes if isinstance(node, nodes.Output) else [node])]
    if all(isinstance(part, nodes.TemplateData) for part in parts):
        return nodes.Const("".join(part.data for part in parts if isinstance(part, nodes.TemplateData)))
    return nodes.Concat([part for part in parts if isinstance(part, nodes.Expr)])


def _parameters(scope: Scope, parameters: Iterable[nodes.Name], defaults: list[nodes.Expr]) -> None:
    names = [parameter.name for parameter in parameters]
    for name in names:
        scope.values.setdefault(name, [])
    for name, value in zip(reversed(names), reversed(defaults), strict=False):
        scope.values[name].append(value)


def _arguments(scope: Scope, call: nodes.Call) -> None:
    """Arguments of a macro are values of its parameters; those of `namespace` are values of its attributes."""
    named = {keyword.key: keyword.value for keyword in call.kwargs}
    for name, value in named.items():
        scope.values.setdefault(name, []).append(value)
    macros = scope.macros.get(call.node.name, ()) if isinstance(call.node, nodes.Name) else ()
    for macro in macros:
        for parameter, value in zip(macro.args, call.args, strict=False):
            scope.values[parameter.name].append(value)


def fold(node: nodes.Node, depth: int = 0) -> str | int | None:
    """The text or whole number that a constant expression gives; None if it is none, or not a simple one."""
    if depth > MAX_CHAIN:
        return None
    if isinstance(node, nodes.Const):
        return node.value if isinstance(node.value, str | int) and not isinstance(node.value, bool) else None
    if isinstance(node, nodes.Add | nodes.Mul):
        left, right = fold(node.left, depth + 1), fold(node.right, depth + 1)
        return _sum(left, right) if isinstance(node, nodes.Add) else _repeated(left, right)
    if isinstance(node, nodes.Concat):
        return _together([fold(item, depth + 1) for item in node.nodes])
    return _joined(node, depth) if isinstance(node, nodes.Filter) else None


def _joined(node: nodes.Filter, depth: int) -> str | None:
    """A list of literals that is joined with nothing in between."""
    if node.name != "join" or not isinstance(node.node, nodes.List | nodes.Tuple):
        return None
    between = fold(node.args[0], depth + 1) if node.args else ""
    return _together([fold(item, depth + 1) for item in node.node.items]) if between == "" else None


def _together(parts: list[str | int | None]) -> str | None:
    if None in parts or not parts:
        return None
    text = "".join(str(part) for part in parts)
    return text if len(text) <= MAX_TEXT else None


def _sum(left: str | int | None, right: str | int | None) -> str | int | None:
    if isinstance(left, str) and isinstance(right, str):
        return _together([left, right])
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return None


def _repeated(left: str | int | None, right: str | int | None) -> str | int | None:
    if isinstance(left, int) and isinstance(right, str):
        left, right = right, left
    if isinstance(left, str) and isinstance(right, int):
        return left * right if 0 <= right * len(left) <= MAX_TEXT else None
    return None
