"""What in a template reaches beyond its data: server-side template injection.

An allow-list: literals, data, the names and methods of `jinja_names` and Jinja's own filters and tests. Whatever else
stands in the tree is a fault. See CVE-2024-34359 (templates in GGUF files), CVE-2024-56326 and CVE-2025-27516 (ways
out of Jinja's sandbox through `format` and `attr`).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from jinja2 import nodes

from weighbridge.checks.jinja_keys import Keys, name_reason, path_reason
from weighbridge.checks.jinja_names import ATTRIBUTE_FILTERS, CALLED, METHODS, REFUSED
from weighbridge.checks.jinja_parse import ENVIRONMENT, walk
from weighbridge.checks.jinja_scope import Scope, fold
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

_DUNDER: Final = re.compile(r"__[A-Za-z0-9_]{1,40}__")
_PLAIN_FIELDS: Final = re.compile(r"(?:[^{}]|\{\{|\}\}|\{[0-9A-Za-z]*(?::[^{}.\[]{0,20})?\})*")
_FILTERS: Final = frozenset(ENVIRONMENT.filters) - {"attr"} | {"from_json", "fromjson"}
_MAX_REPEATS: Final = 100_000
_MAX_FACTORS: Final = 30
_TESTS: Final = frozenset(ENVIRONMENT.tests) - {"callable", "filter", "test"}
_REFUSED_NODES: Final = (
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
    nodes.Extends,
    nodes.Block,
    nodes.ExprStmt,
    nodes.ScopedEvalContextModifier,
    nodes.EvalContextModifier,
)
_LITERALS: Final = (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.TemplateData, nodes.Concat)


class Reach:
    """Finds in one template what reaches out.

    Args:
        tree: The parsed template.
        scope: What it assigns.
    """

    def __init__(self, tree: nodes.Template, scope: Scope) -> None:
        self._scope = scope
        self._keys = Keys(scope)
        self._called: set[int] = set()
        self._tree = tree
        self._judges: tuple[tuple[type[nodes.Node], Callable[[Any], str]], ...] = (
            (nodes.Name, self._name),
            (nodes.Getattr, self._attribute),
            (nodes.Getitem, self._key),
            (nodes.Call, self._call),
            (nodes.Filter, self._filter),
            (nodes.Test, self._test),
            (nodes.Keyword, self._keyword),
            (nodes.Mul, _repeat),
            (nodes.Pow, _power),
        )

    def faults(self) -> list[tuple[int, str]]:
        """Each fault as the template's line and what it does, in order, once.

        Raises:
            UnreadableError: The template has too many parts.
        """
        found: dict[tuple[int, str], None] = {}
        for node in walk(self._tree):
            reason = self._reason(node)
            if reason:
                found[(node.lineno, reason)] = None
        return list(found)

    def _reason(self, node: nodes.Node) -> str:
        if isinstance(node, _REFUSED_NODES):
            return f"has a {quoted(type(node).__name__.lower())} tag, which no chat template needs"
        for kind, judge in self._judges:
            if isinstance(node, kind):
                return judge(node)
        return _text(node)

    def _test(self, node: nodes.Test) -> str:
        self._called.add(id(node.node))
        return "" if node.name in _TESTS else f"uses the unknown test {quoted(node.name)}"

    def _key(self, node: nodes.Getitem) -> str:
        return self._keys.reason(node.arg)

    def _keyword(self, node: nodes.Keyword) -> str:
        return name_reason(node.key)

    def _name(self, node: nodes.Name) -> str:
        if node.name.startswith("__"):
            return f"names {quoted(node.name)}"
        if self._scope.knows(node.name) or node.ctx != "load":
            return ""
        if node.name in REFUSED:
            return f"names {quoted(node.name)}, an object that leads to Python's internals"
        bare = node.name in CALLED - {"loop", "caller"} and id(node) not in self._called
        return f"uses the function {quoted(node.name)} as a value" if bare else ""

    def _attribute(self, node: nodes.Getattr) -> str:
        wrong = name_reason(node.attr)
        if wrong or id(node) in self._called:
            return wrong
        taken = isinstance(node.node, _LITERALS) or isinstance(fold(node.node), str)
        return f"takes the attribute {quoted(node.attr)} of a literal" if taken else ""

    def _call(self, node: nodes.Call) -> str:
        target = node.node
        if isinstance(target, nodes.Name):
            self._called.add(id(target))
            known = target.name in CALLED or target.name in self._scope.macros
            return "" if known else f"calls {quoted(target.name)}, which is no function of chat templates"
        if not isinstance(target, nodes.Getattr):
            return "calls the result of an expression"
        self._called.add(id(target))
        if target.attr not in METHODS:
            return f"calls the method {quoted(target.attr)}, which is none of text, lists or mappings"
        return _format(target.node) if target.attr == "format" else ""

    def _filter(self, node: nodes.Filter) -> str:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            return f"gives the filter {quoted(node.name)} arguments that are not written out"
        if node.name not in _FILTERS:
            return f"uses the filter {quoted(node.name)}, which is not allowed here"
        if node.name not in ATTRIBUTE_FILTERS:
            return _text(node)
        for keyword in node.kwargs:
            if keyword.key == "attribute":
                return self._read(keyword.value)
        if node.name == "map":
            return self._mapped(node)
        return self._read(node.args[0]) if node.args and node.name in {"selectattr", "rejectattr", "groupby"} else ""

    def _read(self, node: nodes.Node) -> str:
        path = fold(node)
        if isinstance(path, str):
            return path_reason(path)
        return "" if isinstance(path, int) else self._keys.reason(node)

    def _mapped(self, node: nodes.Filter) -> str:
        """`map` by a filter's name: as if that filter stood there."""
        name = fold(node.args[0]) if node.args else None
        if name is None:
            return "maps by a filter whose name is not a literal"
        if name not in _FILTERS - {"map"}:
            return f"maps by {quoted(str(name))}, which is not allowed here"
        return ""


def _text(node: nodes.Node) -> str:
    """Names of internals as text, also when they are put together from pieces."""
    if not isinstance(node, nodes.Const | nodes.Concat | nodes.Add | nodes.Filter | nodes.Mul):
        return ""
    text = fold(node)
    if isinstance(text, str) and _DUNDER.fullmatch(text):
        return f"holds the internal name {quoted(text)} as text"
    return ""


def _format(base: nodes.Node) -> str:
    text = fold(base)
    if not isinstance(text, str):
        return "formats a text that is not a literal"
    return "" if _PLAIN_FIELDS.fullmatch(text) else "formats with fields that reach into objects"


def _repeat(node: nodes.Mul) -> str:
    """Text that is repeated without end fills a loader's memory: Jinja's sandbox bounds ranges alone."""
    parts = list(islice(walk(node), _MAX_FACTORS))
    if len(parts) == _MAX_FACTORS:
        return f"multiplies what has {_MAX_FACTORS} parts and more"
    counts = [part.value for part in parts if isinstance(part, nodes.Const) and isinstance(part.value, int)]
    text = any(isinstance(fold(part), str) or isinstance(part, nodes.List) for part in parts)
    nested = sum(isinstance(part, nodes.Mul) for part in parts) > 1
    endless = text and (nested or max(counts, default=0) > _MAX_REPEATS)
    return "repeats a text over and over" if endless else _text(node)


def _power(node: nodes.Pow) -> str:
    return _text(node) or "raises a number to a power, which no chat template needs"
