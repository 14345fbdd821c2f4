"""What an expression of JavaScript or TypeScript can be, as far as the file's own constants tell.

Names are looked up in the whole file: one that is bound several times can be any of them. Nothing is run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Final

from weighbridge.references.named import HOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

MAX_TEXTS: Final = 64
MAX_DEPTH: Final = 40
_MAX_TEXT: Final = 1 << 14
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_WRAPPERS: Final = frozenset(
    {"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression"}
)
_UNKNOWN: Final = (HOLE,)


@dataclass(frozen=True, slots=True)
class Exported:
    """What a name is imported as.

    Args:
        module: The package.
        name: The export; empty for the module itself or its default.
    """

    module: str
    name: str


def text_of(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


@dataclass(slots=True)
class Names:
    """What the names of a file stand for.

    Args:
        imported: Names that come from packages.
        bound: The expressions that other names are given.
        fields: The expressions that fields of objects are given, by the field's name.
        steps: How many more steps may be taken: code can be written so that reading it would never end.
    """

    imported: dict[str, Exported] = field(default_factory=dict)
    bound: dict[str, list[Node]] = field(default_factory=dict)
    fields: dict[str, list[Node]] = field(default_factory=dict)
    steps: int = 200_000

    def texts(self, node: Node | None, depth: int = 0) -> tuple[str, ...]:
        """Everything that an expression can be, in the order of the text; holes where it can't be told."""
        self.steps -= 1
        if node is None or depth > MAX_DEPTH or self.steps < 0:
            return _UNKNOWN
        if node.type in _WRAPPERS and node.named_child_count:
            return self.texts(node.named_children[0], depth + 1)
        return self._told(node, depth)

    def _told(self, node: Node, depth: int) -> tuple[str, ...]:
        match node.type:
            case "string":
                found: tuple[str, ...] = ("".join(_literal(child) for child in node.named_children),)
            case "template_string":
                found = self._joined([self._part(child, depth) for child in node.named_children])
            case "binary_expression":
                found = self._binary(node, depth)
            case "ternary_expression":
                sides = [node.child_by_field_name("consequence"), node.child_by_field_name("alternative")]
                found = self._either(sides, depth)
            case "identifier":
                found = self._either(list(self.bound.get(text_of(node), [])), depth)
            case "member_expression" | "subscript_expression":
                found = self._either(list(self.members(node, depth)), depth)
            case _:
                found = _UNKNOWN
        return found

    def _part(self, node: Node, depth: int) -> tuple[str, ...]:
        if node.type == "template_substitution":
            return self.texts(node.named_children[0] if node.named_child_count else None, depth + 1)
        return (_literal(node),)

    def _joined(self, parts: list[tuple[str, ...]]) -> tuple[str, ...]:
        made: tuple[str, ...] = ("",)
        for part in parts:
            if len(made) * len(part) > MAX_TEXTS:
                return _UNKNOWN
            made = tuple(start + end for start, end in product(made, part))
            if any(len(text) > _MAX_TEXT for text in made):
                return _UNKNOWN
        return made

    def _binary(self, node: Node, depth: int) -> tuple[str, ...]:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        match operator.type if operator is not None else "":
            case "+":
                return self._joined([self.texts(left, depth + 1), self.texts(right, depth + 1)])
            case "??" | "||":
                # An environment variable, or what is written here.
                known = [text for text in self.texts(left, depth + 1) if HOLE not in text]
                return tuple(dict.fromkeys([*known, *self.texts(right, depth + 1)]))[:MAX_TEXTS]
            case _:
                return _UNKNOWN

    def _either(self, nodes: list[Node | None], depth: int) -> tuple[str, ...]:
        found = [text for node in nodes[:MAX_TEXTS] for text in self.texts(node, depth + 1)]
        return tuple(dict.fromkeys(found))[:MAX_TEXTS] or _UNKNOWN

    def members(self, node: Node, depth: int = 0) -> Iterator[Node]:
        """The expressions that ``OBJECT.key`` or ``OBJECT["key"]`` can be, where the object is written in the file."""
        of = node.child_by_field_name("object")
        key = node.child_by_field_name("property") or node.child_by_field_name("index")
        if of is None or key is None or depth > MAX_DEPTH:
            return
        if of.type == "this":
            yield from self.fields.get(text_of(key), [])
            return
        names = (text_of(key),) if node.type == "member_expression" else self.texts(key, depth + 1)
        for holder in self.objects(of, depth + 1):
            for name in names:
                yield from values_of(holder, name)

    def objects(self, node: Node, depth: int = 0) -> Iterator[Node]:
        """The object literals that an expression can be."""
        self.steps -= 1
        if depth > MAX_DEPTH or self.steps < 0:
            return
        if node.type == "object":
            yield node
        elif node.type == "identifier":
            for bound in self.bound.get(text_of(node), []):
                yield from self.objects(bound, depth + 1)
        elif node.type in {"member_expression", "subscript_expression"}:
            for member in self.members(node, depth):
                yield from self.objects(member, depth + 1)
        elif node.type in _WRAPPERS and node.named_child_count:
            yield from self.objects(node.named_children[0], depth + 1)
        elif node.type == "call_expression" and text_of(node).startswith("Object.freeze("):
            arguments = node.child_by_field_name("arguments")
            for child in arguments.named_children if arguments is not None else ():
                yield from self.objects(child, depth + 1)


def values_of(holder: Node, name: str) -> Iterator[Node]:
    """What an object literal gives a key."""
    for child in holder.named_children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None and _key(key) == name:
                yield value
        elif child.type == "shorthand_property_identifier" and text_of(child) == name:
            yield child


def is_open(holder: Node) -> bool:
    """Whether an object literal takes keys from elsewhere."""
    return any(child.type == "spread_element" for child in holder.named_children)


def _key(node: Node) -> str:
    return "".join(map(_literal, node.named_children)) if node.type == "string" else text_of(node)


def _literal(node: Node) -> str:
    text = text_of(node)
    if node.type != "escape_sequence":
        return text
    digits = text[2:].strip("{}")
    if text[1:2] in {"x", "u"} and digits:
        code = int(digits, 16) if all(mark in "0123456789abcdefABCDEF" for mark in digits) else -1
        return chr(code) if 0 <= code <= 0x10FFFF else ""  # noqa: PLR2004  the last of Unicode
    return _ESCAPES.get(text[1:2], text[1:])
