"""What in a template looks like a backdoor of behaviour (arXiv 2602.04653): a trigger in what is said, an address.

A template that knows its model compares content with the model's own markers, such as ``</think>``, and nothing else.
This module does not say what a template makes of its model: no static check can.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jinja2 import nodes

from weighbridge.checks.jinja_markers import is_marker
from weighbridge.checks.jinja_parse import walk
from weighbridge.checks.jinja_scope import fold
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.checks.jinja_scope import Scope

_MAX_DEPTH = 60
_MAX_PASSES = 8
_MAX_VALUES = 100

_CONTENT: Final = frozenset(
    {"content", "text", "prompt", "query", "question", "user_message", "user_input", "user_prompt"}
)
_ADDRESS: Final = re.compile(
    r"(?:https?|ftp|wss?|data|javascript):(?://|[a-z]+[/,(])|\bwww\.[a-z0-9]|"
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b|<script\b|<iframe\b|<img\b|\b[a-z0-9-]{1,40}\[\.\][a-z]{2,10}\b",
    re.IGNORECASE,
)
_COVERT: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override) (?:all |any |the |your |these )?(?:previous|prior|earlier|above|safety)\b"
    r"|\b(?:do not|don't|never) (?:mention|reveal|disclose|admit)\b[^.\n]{0,40}\b(?:this|these|instructions?|prompt)\b"
    r"|\bwithout (?:telling|informing|alerting)\b|\b(?:secretly|covertly)\b|\bsubtly (?:wrong|incorrect|alter|change)"
    r"|\b(?:plausible|believable) but (?:wrong|incorrect|false)",
    re.IGNORECASE,
)
_SCHEMAS: Final = re.compile(r"https?://json-schema\.org/[\w./#-]{0,60}")
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/=]{120}")
_TEXT_FILTERS: Final = frozenset(
    {
        *("lower", "upper", "trim", "string", "list", "first", "last", "default", "d", "safe", "title", "capitalize"),
        *("join", "reverse", "replace", "striptags", "e", "map", "select", "reject", "unique", "sort"),
        *("tojson", "pprint", "urlencode", "escape", "forceescape"),
    }
)
_WHOLE_FILTERS: Final = frozenset({"string", "tojson", "pprint", "urlencode", "join"})
_SEARCHES: Final = frozenset(
    {
        *("startswith", "endswith", "find", "rfind", "index", "rindex", "count", "split", "rsplit", "partition"),
        *("rpartition", "replace", "removeprefix", "removesuffix"),
    }
)
_OF_TEXT: Final = _SEARCHES | {"strip", "lstrip", "rstrip", "lower", "upper", "title", "casefold", "splitlines"}
_SELECTIONS: Final = frozenset({"select", "reject", "selectattr", "rejectattr"})
_EQUALITY: Final = frozenset({"eq", "ne", "equalto", "==", "!=", "in", "sameas"})


class Triggers:
    """Finds triggers and addresses in one template.

    Args:
        tree: The parsed template.
        scope: What it assigns.
    """

    def __init__(self, tree: nodes.Template, scope: Scope) -> None:
        self._tree = tree
        self._scope = scope
        self._messages = {"messages", "message", "conversation"}
        self._tainted: set[str] = set()
        self._dates: set[str] = set()
        for _ in range(_MAX_PASSES):
            before = len(self._tainted) + len(self._messages) + len(self._dates)
            for name, values in scope.values.items():
                self._learn(name, values)
            if len(self._tainted) + len(self._messages) + len(self._dates) == before:
                break

    def _learn(self, name: str, values: Sequence[nodes.Node]) -> None:
        """What a name's values say of the name."""
        if name not in self._tainted and any(self._content(value) for value in values):
            self._tainted.add(name)
        if name not in self._messages and any(_root(value) in self._messages for value in values):
            self._messages.add(name)
        if name not in self._dates and any(self._asks_date(value) for value in values):
            self._dates.add(name)

    def faults(self) -> list[tuple[int, str]]:
        """Each fault as the template's line and what was seen, in order, once.

        Raises:
            UnreadableError: The template has too many parts.
        """
        found: dict[tuple[int, str], None] = {}
        for node in walk(self._tree):
            for reason in (self._trigger(node), self._date(node), _address(node)):
                if reason:
                    found[(node.lineno, reason)] = None
        return list(found)

    def _content(self, node: nodes.Node | None, depth: int = 0) -> bool:
        """Whether an expression gives what somebody said, or a part of it."""
        if node is None or depth > _MAX_DEPTH:
            return node is not None
        if isinstance(node, nodes.Name):
            return node.name in self._tainted or (node.name in _CONTENT and not self._scope.knows(node.name))
        if isinstance(node, nodes.Getattr):
            return node.attr in _CONTENT or node.attr in self._tainted
        if isinstance(node, nodes.Getitem):
            keys = self._texts(node.arg)
            return not _CONTENT.isdisjoint(keys) if keys else self._content(node.node, depth + 1)
        return self._said(node, depth + 1) if isinstance(node, nodes.Call) else self._derived(node, depth + 1)

    def _derived(self, node: nodes.Node, depth: int) -> bool:
        if isinstance(node, nodes.Filter):
            whole = node.name in _WHOLE_FILTERS and _root(node.node) in self._messages
            return node.name in _TEXT_FILTERS and (whole or self._reads(node) or self._content(node.node, depth))
        if isinstance(node, nodes.CondExpr):
            return self._content(node.expr1, depth) or self._content(node.expr2, depth)
        if isinstance(node, nodes.Add | nodes.And | nodes.Or):
            return self._content(node.left, depth) or self._content(node.right, depth)
        return isinstance(node, nodes.Concat) and any(self._content(item, depth) for item in node.nodes[:_MAX_DEPTH])

    def _reads(self, node: nodes.Filter) -> bool:
        """Whether a filter takes the content of each message."""
        named = [keyword.value for keyword in node.kwargs]
        return node.name in {"map", "join"} and any(not _CONTENT.isdisjoint(self._texts(value)) for value in named)

    def _said(self, node: nodes.Call, depth: int) -> bool:
        target = node.node
        if isinstance(target, nodes.Getattr):
            if target.attr == "get" and node.args:
                return not _CONTENT.isdisjoint(self._texts(node.args[0]))
            if target.attr in {"values", "items"}:
                return _root(target.node) in self._messages
            return target.attr in _OF_TEXT and self._content(target.node, depth)
        return any(self._content(argument, depth) for argument in node.args)

    def _date(self, node: nodes.Node) -> str:
        """A condition on the date: the model behaves in another way from some day on."""
        sides = [node.expr, *(operand.expr for operand in node.ops)] if isinstance(node, nodes.Compare) else []
        return "compares the date of today" if any(self._asks_date(side) for side in sides) else ""

    def _asks_date(self, node: nodes.Node) -> bool:
        """Whether an expression begins with the function that tells the date."""
        for _ in range(_MAX_DEPTH):
            if isinstance(node, nodes.Name):
                return node.name in self._dates or node.name == "strftime_now"
            if not isinstance(node, nodes.Call | nodes.Filter | nodes.Getitem | nodes.Getattr) or node.node is None:
                return False
            node = node.node
        return False

    def _trigger(self, node: nodes.Node) -> str:
        """A literal that content is compared with or searched for."""
        for literal in self._literals(node):
            for text in self._texts(literal):
                if not is_marker(text):
                    return f"looks for the words {quoted(text)} in what was said"
        return ""

    def _texts(self, node: nodes.Node) -> list[str]:
        """The literals that an expression may be or is made of: itself, or what the template assigns to its name."""
        text = _literal(node)
        if text is not None:
            return [text]
        if not isinstance(node, nodes.Name | nodes.Getattr):
            return []
        values = self._scope.values.get(node.name if isinstance(node, nodes.Name) else node.attr, ())[:_MAX_VALUES]
        return [text for part in _spread(values) if (text := _literal(part)) is not None]

    def _literals(self, node: nodes.Node) -> Sequence[nodes.Node]:
        if isinstance(node, nodes.Compare):
            return self._beside([node.expr, *(operand.expr for operand in node.ops)])
        if isinstance(node, nodes.Test):
            return self._beside([node.node, *(node.args or ())]) if node.name in _EQUALITY else ()
        if isinstance(node, nodes.Filter):
            return self._filtered(node)
        if isinstance(node, nodes.Call):
            return self._searched(node)
        return self._words(node.node) if isinstance(node, nodes.Getitem) and self._content(node.arg) else ()

    def _filtered(self, node: nodes.Filter) -> Sequence[nodes.Node]:
        if node.name == "replace":
            return _spread(node.args[:1]) if self._content(node.node) else ()
        return self._selected(node) if node.name in _SELECTIONS else ()

    def _searched(self, node: nodes.Call) -> Sequence[nodes.Node]:
        target = node.node
        if not isinstance(target, nodes.Getattr) or not node.args:
            return ()
        if target.attr == "get" and self._content(node.args[0]):
            return self._words(target.node)
        return _spread(node.args[:1]) if target.attr in _SEARCHES and self._content(target.node) else ()

    def _words(self, node: nodes.Node) -> Sequence[nodes.Node]:
        """The keys of a mapping that content is looked up in."""
        values = self._scope.values.get(node.name, ()) if isinstance(node, nodes.Name) else (node,)
        tables = [value for value in values if isinstance(value, nodes.Dict)]
        return [pair.key for table in tables for pair in table.items]

    def _beside(self, sides: Sequence[nodes.Node]) -> Sequence[nodes.Node]:
        """What content is compared with."""
        others = [side for side in sides if not self._content(side)]
        return _spread(others or sides) if len(others) < len(sides) else ()

    def _selected(self, node: nodes.Filter) -> Sequence[nodes.Node]:
        """Selections by a test: of messages by their content, or of pieces of content."""
        named = node.name.endswith("attr")
        about = fold(node.args[0]) in _CONTENT if named and node.args else self._content(node.node)
        return _spread(node.args[2 if named else 1 :]) if about else ()


def _spread(parts: Sequence[nodes.Node]) -> list[nodes.Node]:
    """The parts, and the items of those that are lists."""
    found: list[nodes.Node] = []
    for part in parts:
        found += part.items if isinstance(part, nodes.List | nodes.Tuple) else [part]
    return found


def _literal(node: nodes.Node) -> str | None:
    """The literal that an expression is, or that its filters and methods begin with."""
    for _ in range(_MAX_DEPTH):
        text = fold(node)
        if isinstance(text, str):
            return text
        if isinstance(node, nodes.Filter | nodes.Getitem | nodes.Getattr | nodes.Call) and node.node is not None:
            node = node.node
        elif isinstance(node, nodes.Mod):
            node = node.left
        else:
            return None
    return None


def _root(node: nodes.Node | None) -> str:
    """The name that a chain of numbered parts, filters and methods begins with; empty if it reads a named part."""
    for _ in range(_MAX_DEPTH):
        if isinstance(node, nodes.Name):
            return node.name
        named = isinstance(node, nodes.Getitem) and isinstance(fold(node.arg), str)
        if named or not isinstance(node, nodes.Filter | nodes.Getitem | nodes.Call):
            return ""
        node = node.node.node if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr) else node.node
    return ""


def _address(node: nodes.Node) -> str:
    """An address, a covert instruction, active markup or encoded text in what the template writes."""
    if isinstance(node, nodes.TemplateData):
        text = node.data
    elif isinstance(node, nodes.Const | nodes.Concat | nodes.Add):
        folded = fold(node)
        text = folded if isinstance(folded, str) else ""
    else:
        return ""
    covert = _COVERT.search(text)
    if covert:
        return f"writes the instruction {quoted(text[covert.start() : covert.start() + 60])}"
    found = _ADDRESS.search(_SCHEMAS.sub("", text)) or _ENCODED.search(text)
    return f"writes the address or code {quoted(text[found.start() : found.start() + 60])}" if found else ""
