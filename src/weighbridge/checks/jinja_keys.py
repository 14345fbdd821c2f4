"""Whether a subscript or an attribute's name may lead to Python's internals.

Jinja's subscript falls back to an attribute of that name, so a key that a template builds from pieces is a way to any
attribute: only literals, numbers and data are keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import nodes

from weighbridge.checks.jinja_names import INTERNALS, NUMBERS, TEXT_BUILDERS
from weighbridge.checks.jinja_scope import Scope, fold
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_DEPTH = 40
_MAX_PASSES = 20
_ARITHMETIC = (nodes.Sub, nodes.Div, nodes.FloorDiv, nodes.Pow, nodes.Neg, nodes.Pos)
_TRUTH = (nodes.Compare, nodes.Not, nodes.Test)


def name_reason(name: str) -> str:
    """Why an attribute must not be read; empty if it may be."""
    if name.startswith("_"):
        return f"reaches the internal attribute {quoted(name)}"
    return f"reaches the internal attribute {quoted(name)}" if name in INTERNALS else ""


def path_reason(path: str) -> str:
    """Why a dotted attribute of a filter must not be read."""
    return next((reason for part in path.split(".") if (reason := name_reason(part.strip()))), "")


class Keys:
    """Judges expressions that stand where a key stands.

    Args:
        scope: What the template assigns; values that hang together in long chains make all of its names suspect.
    """

    def __init__(self, scope: Scope) -> None:
        self._known: dict[str, str] = {}
        for _ in range(_MAX_PASSES):
            before = len(self._known)
            for name, values in scope.values.items():
                if name not in self._known and (reason := self._any(values, 0)):
                    self._known[name] = reason
            if len(self._known) == before:
                return
        self._known.update(dict.fromkeys(scope.values, "builds a key by long chains of assignments"))

    def reason(self, node: nodes.Node | None, depth: int = 0) -> str:
        """Why the expression must not be a key; empty if it may be."""
        if node is None or isinstance(node, (*_ARITHMETIC, *_TRUTH, nodes.Slice)):
            return ""
        if depth > _MAX_DEPTH:
            return "builds a key that is nested too deep"
        if isinstance(node, nodes.TemplateData):
            return "builds a key from text"
        folded = fold(node)
        if folded is not None:
            built = not isinstance(node, nodes.Const) and isinstance(folded, str)
            wrong = name_reason(folded) if isinstance(folded, str) else ""
            return wrong or ("builds a key from pieces" if built else "")
        return self._composed(node, depth + 1)

    def _composed(self, node: nodes.Node, depth: int) -> str:
        if isinstance(node, nodes.Name) and node.name.endswith("_token"):
            return f"uses the model's own text {quoted(node.name)} as a key"
        if isinstance(node, nodes.Name | nodes.Getattr):
            return self._known.get(node.name if isinstance(node, nodes.Name) else node.attr, "")
        if isinstance(node, nodes.Getitem):
            return self._picked(node, depth)
        if isinstance(node, nodes.Concat):
            return "builds a key from pieces"
        if isinstance(node, nodes.Filter):
            return self._filtered(node, depth)
        return self._called(node, depth) if isinstance(node, nodes.Call) else self._parts(node, depth)

    def _picked(self, node: nodes.Getitem, depth: int) -> str:
        """A part of something: of a text, it would be a character."""
        text = isinstance(node.node, nodes.Filter) and node.node.name in {"list", "string"}
        picks = text or isinstance(fold(node.node), str)
        return "picks characters for a key" if picks else self.reason(node.node, depth)

    def _parts(self, node: nodes.Node, depth: int) -> str:
        if isinstance(node, nodes.Add | nodes.Mul | nodes.Mod):
            return self._sum(node, depth)
        if isinstance(node, nodes.List | nodes.Tuple):
            return self._any(node.items, depth)
        if isinstance(node, nodes.Dict):
            pairs = [(pair.key, pair.value) for pair in node.items]
            return self._any([part for pair in pairs for part in pair], depth)
        if isinstance(node, nodes.And | nodes.Or):
            return self._any([node.left, node.right], depth)
        if isinstance(node, nodes.CondExpr):
            return self._any([part for part in (node.expr1, node.expr2) if part is not None], depth)
        return "" if isinstance(node, nodes.Const) else "builds a key in a way that is not known"

    def _any(self, parts: Iterable[nodes.Node], depth: int) -> str:
        return next((reason for part in parts if (reason := self.reason(part, depth))), "")

    def _sum(self, node: nodes.BinExpr, depth: int) -> str:
        """Numbers may be added; text may not."""
        sides = (node.left, node.right)
        text = any(isinstance(fold(side), str) or isinstance(side, nodes.Concat) for side in sides)
        return "builds a key from pieces" if text else self._any(sides, depth)

    def _filtered(self, node: nodes.Filter, depth: int) -> str:
        if node.name in NUMBERS:
            return ""
        if node.name in TEXT_BUILDERS:
            return f"builds a key with the filter {quoted(node.name)}"
        return self._any([part for part in (node.node, *node.args) if part is not None], depth)

    def _called(self, node: nodes.Call, depth: int) -> str:
        target = node.node
        if isinstance(target, nodes.Name):
            return "" if target.name in {"range", "namespace"} else self._made(node, target.name, depth)
        if not isinstance(target, nodes.Getattr):
            return "builds a key by a call"
        if target.attr in NUMBERS:
            return ""
        if isinstance(fold(target.node), str):
            return "builds a key from a literal"
        if target.attr in TEXT_BUILDERS - {"items", "split", "rsplit", "partition", "rpartition", "upper"}:
            return f"builds a key with {quoted(target.attr)}"
        return self._any([target.node, *node.args], depth)

    def _made(self, node: nodes.Call, name: str, depth: int) -> str:
        """A dict that is made here, or what a macro writes."""
        if name == "dict":
            keys = next((reason for keyword in node.kwargs if (reason := name_reason(keyword.key))), "")
            return keys or self._any([*node.args, *(keyword.value for keyword in node.kwargs)], depth)
        dated = name == "strftime_now" and len(node.args) == 1 and "_" not in str(fold(node.args[0]) or "_")
        return "" if dated else "builds a key by a call"
