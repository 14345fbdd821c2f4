"""JavaScript and TypeScript: the models that their calls name, by the table in `javascript_calls`.

tree-sitter's grammar of TypeScript reads both, broken files too. A call counts if what is called comes from a package
of the table: by an import, by ``require``, or as a method of an instance of what was imported.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import tree_sitter
import tree_sitter_typescript

from weighbridge.core.mention import Insertion, Mention, Spot
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.javascript_calls import CALLS, NEEDLES, JsCall
from weighbridge.references.javascript_values import Exported, Names, is_open, text_of, values_of
from weighbridge.references.named import HOLE, Named
from weighbridge.references.readers import Kind, named
from weighbridge.references.vendor_names import api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

_MAX_HOPS: Final = 8
_MAX_BOUND: Final = 64
"""A minified name is bound thousands of times."""
_MAX_NODES: Final = 2_000_000
_WHOLE: Final = frozenset({"import_clause", "namespace_import"})
"""Where an import's name stands for the package itself, or for its default."""
_BUILT: Final = 20_000
_BUILT_LINE: Final = 1_000
"""Bytes of a line, on average, in files of more than `_BUILT` bytes: no person writes so."""
_REQUIRES: Final = frozenset({"require", "import"})


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a file of JavaScript or TypeScript names.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Not asked: names are followed within the file.
    """
    del repository
    if not any(needle in data for needle in NEEDLES):
        return Extraction()
    if len(data) > MAX_BYTES:
        return Extraction((), f"a program of {len(data)} bytes is not read")
    if path.endswith((".min.js", ".bundle.js", ".chunk.js")) or _is_built(data):
        return Extraction()
    source = data.decode("utf-8-sig", "replace").encode()
    root = tree_sitter.Parser(_grammar(path)).parse(source).root_node
    reader = _Reader(path, source.split(b"\n"))
    calls = reader.collect(root)
    for call in calls:
        reader.read(call)
    found = sorted(dict.fromkeys(reader.found), key=lambda each: each.spot)
    return Extraction(tuple(found))


def _is_built(data: bytes) -> bool:
    """Whether a program wrote it, from sources that are somewhere else."""
    return len(data) > _BUILT and len(data) // (data.count(b"\n") + 1) > _BUILT_LINE


def _grammar(path: str) -> tree_sitter.Language:
    # Only there do `<T>x` and JSX exclude each other.
    return _typescript() if path.endswith((".ts", ".mts", ".cts")) else _tsx()


@cache
def _typescript() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_typescript.language_typescript())


@cache
def _tsx() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_typescript.language_tsx())


def _walk(root: Node) -> Iterator[Node]:
    """Every node, in the order of the text."""
    cursor, count = root.walk(), 0
    while count < _MAX_NODES:
        count += 1
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while cursor.goto_parent():
            if cursor.goto_next_sibling():
                break
        else:
            return


@dataclass(slots=True)
class _Reader:
    path: str
    lines: list[bytes]
    names: Names = field(default_factory=Names)
    found: list[Mention] = field(default_factory=list)
    origins: dict[str, tuple[str, str]] = field(default_factory=dict)

    def collect(self, root: Node) -> list[Node]:
        """The calls of a file; what its names stand for is noted on the way."""
        calls = []
        for node in _walk(root):
            match node.type:
                case "import_statement":
                    self._import(node)
                case "variable_declarator" | "public_field_definition" | "field_definition":
                    name = node.child_by_field_name("name") or node.child_by_field_name("property")
                    self._bind(name, node.child_by_field_name("value"))
                case "assignment_expression" | "assignment_pattern":
                    self._bind(node.child_by_field_name("left"), node.child_by_field_name("right"))
                case "required_parameter":
                    self._bind(node.child_by_field_name("pattern"), node.child_by_field_name("value"))
                case "call_expression" | "new_expression":
                    calls.append(node)
        return calls

    def _import(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        if source is None:
            return
        module = self.names.texts(source)[0]
        for part in _walk(node):
            if part.type == "import_specifier":
                name, alias = part.child_by_field_name("name"), part.child_by_field_name("alias")
                if name is not None:
                    exported = text_of(name)
                    self.names.imported[text_of(alias or name)] = Exported(
                        module, "" if exported == "default" else exported
                    )
            elif part.type == "identifier" and part.parent is not None and part.parent.type in _WHOLE:
                self.names.imported[text_of(part)] = Exported(module, "")

    def _bind(self, name: Node | None, value: Node | None) -> None:
        if name is None or value is None:
            return
        module = self._required(value)
        if name.type == "identifier" and module:
            self.names.imported[text_of(name)] = Exported(module, "")
        elif name.type == "identifier":
            self.names.bound.setdefault(text_of(name), []).append(value)
        elif name.type in {"property_identifier", "private_property_identifier"}:
            self.names.fields.setdefault(text_of(name), []).append(value)
        elif name.type == "member_expression":
            last = name.child_by_field_name("property")
            if last is not None:
                self.names.fields.setdefault(text_of(last), []).append(value)
        elif name.type == "object_pattern" and module:
            for child in name.named_children:
                key, alias = child.child_by_field_name("key"), child.child_by_field_name("value")
                exported = text_of(key or child)
                self.names.imported[text_of(alias or child)] = Exported(module, exported)

    def _required(self, node: Node) -> str:
        """The package of ``require("…")`` or ``await import("…")``; empty for anything else."""
        while node.type in {"await_expression", "parenthesized_expression"} and node.named_child_count:
            node = node.named_children[0]
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if node.type != "call_expression" or function is None or arguments is None:
            return ""
        if text_of(function) not in _REQUIRES or not arguments.named_child_count:
            return ""
        text = self.names.texts(arguments.named_children[0])[0]
        return "" if HOLE in text else text

    def read(self, node: Node) -> None:
        """Note what a call names."""
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        arguments = node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return
        module, dotted = self._called(function)
        given = [child for child in arguments.named_children if child.type != "comment"]
        for call in CALLS:
            if not _is(call, module, dotted, self.names):
                continue
            for value in self._models(call, given):
                self._mention(call, function, given, value)
            return

    def _called(self, node: Node, hops: int = 0) -> tuple[str, str]:
        """The package that something comes from, and its dotted name from there on; no package if it can't be told."""
        while node.type in {"parenthesized_expression", "await_expression", "non_null_expression"}:
            node = node.named_children[0]
        if hops > _MAX_HOPS:
            return "", ""
        match node.type:
            case "call_expression" | "new_expression":
                inner = node.child_by_field_name("function") or node.child_by_field_name("constructor")
                module, dotted = self._called(inner, hops + 1) if inner is not None else ("", "")
                return module, f"{dotted}()" if module else dotted
            case "member_expression":
                return self._member(node.child_by_field_name("object"), node.child_by_field_name("property"), hops)
            case "identifier":
                return self._bound(text_of(node), hops)
            case _:
                return "", ""

    def _member(self, of: Node | None, last: Node | None, hops: int) -> tuple[str, str]:
        if of is None or last is None:
            return "", ""
        if of.type == "this":
            for value in self.names.fields.get(text_of(last), [])[:_MAX_BOUND]:
                module, dotted = self._called(value, hops + 1)
                if module:
                    return module, dotted
            return "", text_of(last)
        module, dotted = self._called(of, hops + 1)
        return module, f"{dotted}.{text_of(last)}" if dotted else text_of(last)

    def _bound(self, name: str, hops: int) -> tuple[str, str]:
        exported = self.names.imported.get(name)
        if exported is not None:
            return exported.module, exported.name
        if name not in self.origins:
            # A name that is bound by way of itself comes from nowhere.
            self.origins[name] = ("", "" if name in self.names.bound else name)
            for value in self.names.bound.get(name, [])[:_MAX_BOUND]:
                module, dotted = self._called(value, hops + 1)
                if module:
                    self.origins[name] = (module, dotted)
                    break
        return self.origins[name]

    def _models(self, call: JsCall, given: list[Node]) -> Iterator[Node]:
        """The expressions that name the model."""
        if call.position is not None:
            if call.position < len(given):
                yield given[call.position]
            return
        for holder in self.names.objects(given[0]) if given else ():
            for key in call.keys:
                for value in values_of(holder, key):
                    nested = list(self.names.objects(value)) if call.rule == "hf-download" else []
                    if not nested:
                        yield value
                    for inner in nested:
                        if any(text != "model" for kind in values_of(inner, "type") for text in self.names.texts(kind)):
                            continue
                        yield from values_of(inner, "name")

    def _mention(self, call: JsCall, function: Node, given: list[Node], value: Node) -> None:
        if call.kind == Kind.LITELLM and value.type == "call_expression":
            # What a provider makes of an id: that call is one of its own.
            return
        revision, unknown = self._revision(call, given)
        for text in self._texts(value):
            read = _named(call, text)
            if read is None:
                continue
            can_pin = call.options is not None or (read.can_pin and read.revision is not None)
            written = read.revision if read.revision is not None else revision
            self.found.append(
                Mention(
                    self._spot(value),
                    call.rule,
                    text_of(function)[:120],
                    read.scheme,
                    read.model,
                    written,
                    is_open=read.is_open or (unknown and written is None),
                    can_pin=can_pin,
                    insertion=self._insertion(call, given)
                    if can_pin and read.revision is None and not unknown and read.scheme == "hf" and read.model
                    else None,
                )
            )

    def _texts(self, value: Node) -> tuple[str, ...]:
        if value.type != "shorthand_property_identifier":
            return self.names.texts(value)
        # `{ model }`: the name is the value.
        found = [text for bound in self.names.bound.get(text_of(value), []) for text in self.names.texts(bound)]
        return tuple(dict.fromkeys(found)) or (HOLE,)

    def _revision(self, call: JsCall, given: list[Node]) -> tuple[str | None, bool]:
        """The revision that a call states, and whether there may be one that can't be told."""
        if call.options is None or call.options >= len(given):
            return None, False
        holders = list(self.names.objects(given[call.options]))
        if not holders:
            return None, True
        stated = [text for each in holders for value in values_of(each, "revision") for text in self.names.texts(value)]
        if len(stated) == 1 and HOLE not in stated[0]:
            return stated[0], False
        return None, bool(stated) or any(map(is_open, holders))

    def _insertion(self, call: JsCall, given: list[Node]) -> Insertion | None:
        if call.options is None or not given:
            return None
        if call.options < len(given):
            holder = given[call.options]
            if holder.type != "object":
                return None
            stated = list(values_of(holder, "revision"))
            if stated:
                return self._instead(stated[0]) if len(stated) == 1 else None
            comma = '",' if holder.named_child_count else '" '
            return self._after(holder.start_point, 1, ' revision: "', comma)
        if len(given) != call.options:
            return None
        return self._after(given[-1].end_point, 0, ', { revision: "', '" }')

    def _instead(self, value: Node) -> Insertion | None:
        """The text of a revision that is written right there, without its quotes."""
        inner = value.named_children
        if value.type != "string" or len(inner) != 1 or inner[0].type != "string_fragment":
            return None
        return replace(self._after(inner[0].start_point, 0, "", ""), length=len(text_of(inner[0])))

    def _after(self, point: tree_sitter.Point, more: int, before: str, after: str) -> Insertion:
        line, column = point
        start = self.lines[line][: column + more].decode("utf-8", "replace")
        return Insertion(line + 1, len(start) + 1, before, after)

    def _spot(self, node: Node) -> Spot:
        line, column = node.start_point
        return Spot(self.path, line + 1, len(self.lines[line][:column].decode("utf-8", "replace")) + 1)


def _is(call: JsCall, module: str, dotted: str, names: Names) -> bool:
    """Whether a call is one of the table's."""
    if call.modules and not module:
        # An instance that is handed in: its methods are known by more than one name.
        long = [name for name in call.names if "." in name]
        imports = {each.module for each in names.imported.values()}
        return any(f".{dotted}".endswith(f".{name}") for name in long) and any(
            _within(each, whose) for each in imports for whose in call.modules
        )
    if call.modules and not any(_within(module, whose) for whose in call.modules):
        return False
    if not call.modules:
        return not module and dotted in call.names
    # A provider is called itself, or is what `createProvider()` gave.
    whole = "." not in dotted and dotted.startswith("create") == dotted.endswith("()")
    return any(f".{dotted}".endswith(f".{name}") if name else whole for name in call.names)


def _within(module: str, whose: str) -> bool:
    return module == whose or module.startswith(f"{whose}/")


def _named(call: JsCall, text: str) -> Named | None:
    first, _, whose = call.kind.partition(":")
    if first == "api":
        return api(whose, text) if HOLE not in text else Named("api", None, can_pin=False)
    if first == "hf":
        if HOLE in text:
            return Named("hf", None)
        return named(Kind.HUB, text if "/" in text else f"{whose}/{text}")
    if HOLE in text and call.kind == Kind.HUB:
        return Named("hf", None)
    return named(Kind(call.kind), text)
