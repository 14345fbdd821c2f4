"""What dictionaries and sequences of Python hold, as far as a program writes it out."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.references.named import HOLE
from weighbridge.references.python_bound import Given, path_of, start
from weighbridge.references.python_memo import Memo
from weighbridge.references.python_resolve import MAX_DEPTH, MAX_ELEMENTS, Resolver

if TYPE_CHECKING:
    from weighbridge.references.python_bound import Part, Value
    from weighbridge.references.python_modules import Modules
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_resolve import Element, Resolved

_SAME_ELEMENTS: Final = frozenset({"list", "tuple", "set", "sorted", "reversed", "iter", "frozenset", "tqdm", "cycle"})
_PARSES: Final = frozenset(
    {"parse_args_into_dataclasses", "parse_args_and_config", "parse_json_file", "parse_yaml_file", "parse_dict"}
)
"""What gives an object for each dataclass of options."""
Entry: TypeAlias = "tuple[ast.expr, ast.expr, Frame]"


class Containers(Resolver):
    """Reads dictionaries and sequences.

    Args:
        modules: The repository's modules.
    """

    def __init__(self, modules: Modules) -> None:
        super().__init__(modules)
        self._entries_kept: Memo[list[Entry]] = Memo(self.loops, [])
        self._elements_kept: Memo[list[Element] | None] = Memo(self.loops, None)

    def forget(self) -> None:
        """Forget all answers: the same questions have others now."""
        super().forget()
        self._entries_kept.clear()
        self._elements_kept.clear()

    def _entry(self, node: ast.Subscript, frame: Frame, depth: int) -> list[Resolved]:
        """The entries of dictionaries and sequences that a subscript can mean."""
        keys = self.told(node.slice, frame, depth) if not isinstance(node.slice, ast.Slice) else ()
        found: list[Resolved] = []
        for key, value, where in self.entries(node.value, frame, depth):
            told = self.told(key, where, depth + 1)
            if not set(told).isdisjoint(keys) or any(map(_is_open, (*told, *keys))):
                found.append((where, Given(value, where)))
        if found:
            return found
        elements = self.elements(node.value, frame, depth) if not self._is_mapping(node.value, frame, depth) else None
        if elements is None:
            return []
        index = keys[0] if len(keys) == 1 else None
        if isinstance(index, int) and -len(elements) <= index < len(elements):
            elements = [elements[index]]
        return [(element[1], Given(*element)) for element in elements if isinstance(element, tuple)]

    def _is_mapping(self, node: ast.expr, frame: Frame, depth: int) -> bool:
        return any(
            isinstance(value, ast.Dict) or (isinstance(value, ast.ClassDef) and self.is_enum(value))
            for _, value in self.settled(node, frame, depth)
        )

    def entries(self, node: ast.expr, frame: Frame, depth: int = 0) -> list[Entry]:
        """The entries of the dictionaries that an expression can be; those that can't be told are left out.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """
        if depth >= MAX_DEPTH or not self.modules.spend():
            return []
        return self._entries_kept.get(node, frame, lambda: self._entries_found(node, frame, depth))

    def _entries_found(self, node: ast.expr, frame: Frame, depth: int) -> list[Entry]:
        found: list[Entry] = []
        for where, value in self.settled(node, frame, depth + 1):
            found += self._entries(value, where, depth + 1)
        path = path_of(node)
        added = frame.lookup(f"{'.'.join(path)}[]", start(node)) if path and hasattr(node, "lineno") else None
        for bound in added[1] if added is not None else []:
            if isinstance(bound.value, ast.Dict) and added is not None and bound.value.keys[0] is not None:
                found.append((bound.value.keys[0], bound.value.values[0], added[0]))
        return found[:MAX_ELEMENTS]

    def _entries(self, value: Value, where: Frame, depth: int) -> list[Entry]:
        match value:
            case ast.Dict(keys=keys, values=items):
                pairs = list(zip(keys, items, strict=True))
            case ast.Call(func=ast.Name(id="dict" | "MappingProxyType" | "OrderedDict"), args=args, keywords=words):
                pairs = [(None, arg) for arg in args[:1]]
                pairs += [(ast.Constant(value=word.arg) if word.arg else None, word.value) for word in words]
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                pairs = [(None, left), (None, right)]
            case ast.ClassDef() if self.is_enum(value):
                return self._entries_of_enum(value, where)
            case _:
                return []
        found: list[Entry] = []
        for key, item in pairs:
            found += self.entries(item, where, depth) if key is None else [(key, item, where)]
        return found

    def is_closed(self, node: ast.expr, frame: Frame, depth: int = 0) -> bool:
        """Whether all that a dictionary holds is written out.

        Args:
            node: The dictionary.
            frame: Where it stands.
            depth: How many steps led here.
        """
        found = self.settled(node, frame, depth + 1) if depth < MAX_DEPTH else []
        for where, value in found:
            match value:
                case ast.Dict(keys=keys, values=items):
                    pairs = zip(keys, items, strict=True)
                    if not all(self.is_closed(item, where, depth + 1) for key, item in pairs if key is None):
                        return False
                case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words):
                    if not all(self.is_closed(word.value, where, depth + 1) for word in words if word.arg is None):
                        return False
                case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                    if not (self.is_closed(left, where, depth + 1) and self.is_closed(right, where, depth + 1)):
                        return False
                case _:
                    return False
        return bool(found)

    def elements(self, node: ast.expr, frame: Frame, depth: int = 0) -> list[Element] | None:
        """The elements of a sequence, as far as it is written out; None if it is not.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """
        if depth >= MAX_DEPTH or not self.modules.spend():
            return None
        # A list that goes on from itself, as `words = words + [more]`, is asked for once.
        return self._elements_kept.get(node, frame, lambda: self._elements_found(node, frame, depth))

    def _elements_found(self, node: ast.expr, frame: Frame, depth: int) -> list[Element] | None:
        found: list[Element] = []
        for where, value in self.settled(node, frame, depth + 1):
            more = self._elements(value, where, depth + 1)
            if more is None:
                return None
            found += more
        return found[:MAX_ELEMENTS] or None

    def _elements(self, value: Value, frame: Frame, depth: int) -> list[Element] | None:
        match value:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._listed(items, frame, depth)
            case ast.Dict():
                return [(key, where) for key, _, where in self.entries(value, frame, depth)]
            case ast.ClassDef() if self.is_enum(value):
                return [(item, where) for _, item, where in self._entries_of_enum(value, frame)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                several = [self.elements(left, frame, depth), self.elements(right, frame, depth)]
                return [item for each in several for item in each or []]
            case ast.Call():
                return self._made(value, frame, depth)
            case _:
                return None

    def _listed(self, items: list[ast.expr], frame: Frame, depth: int) -> list[Element]:
        found: list[Element] = []
        for item in items:
            if isinstance(item, ast.Starred):
                found += self.elements(item.value, frame, depth) or []
            else:
                found.append((item, frame))
        return found

    def _made(  # noqa: PLR0911  one case for each call
        self, call: ast.Call, frame: Frame, depth: int
    ) -> list[Element] | None:
        """The elements of what a call gives."""
        match call:
            case ast.Call(func=ast.Attribute(value=whole, attr="items" | "keys" | "values" as how), args=[]):
                entries = self.entries(whole, frame, depth)
                pairs: list[list[Element]] = [[(key, where), (item, where)] for key, item, where in entries]
                return [pair if how == "items" else pair[how == "values"] for pair in pairs]
            case ast.Call(func=ast.Attribute(value=parser, attr=how)) if how in _PARSES:
                return self._parsed_options(parser, frame, depth)
            case ast.Call(func=ast.Attribute(value=text, attr="split"), args=args):
                marks = [self.told(each, frame, depth) for each in args[:1]]
                return _split(self.told(text, frame, depth), marks, frame)
            case ast.Call(func=ast.Name(id="enumerate"), args=[whole, *_]):
                counted = enumerate(self.elements(whole, frame, depth) or ())
                return [[(ast.Constant(value=index), frame), each] for index, each in counted]
            case ast.Call(func=ast.Name(id="zip"), args=args):
                columns = [self.elements(each, frame, depth) or [] for each in args]
                return [list(row) for row in zip(*columns, strict=False)]
            case ast.Call(func=ast.Name(id=name), args=[whole, *_]) if name in _SAME_ELEMENTS:
                return self.elements(whole, frame, depth)
            case _:
                return self._returned_elements(call, frame, depth)

    def _entries_of_enum(self, node: ast.ClassDef, around: Frame) -> list[Entry]:
        """Names and values that an enumeration lists."""
        own = self.frame(node, around)
        return [
            (ast.Constant(value=target.id), each.value, own)
            for each in node.body
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        ]

    def _parsed_options(self, parser: ast.expr, frame: Frame, depth: int) -> list[Element] | None:
        """The objects that a parser of options makes of its dataclasses, such as ``HfArgumentParser((A, B))``."""
        found: list[Element] = []
        for where, value in self.settled(parser, frame, depth):
            if isinstance(value, ast.Call) and value.args:
                listed = self.elements(value.args[0], where, depth) or [(value.args[0], where)]
                pairs = [each for each in listed if isinstance(each, tuple)]
                found += [(ast.Call(func=kind, args=[], keywords=[]), there) for kind, there in pairs]
        return found or None

    def pieces(self, part: Part, frame: Frame, depth: int = 0) -> list[Element]:
        """What a piece of a value can be; nothing if that can't be told.

        Args:
            part: The piece.
            frame: Where the whole stands.
            depth: How many steps led here.
        """
        whole = self.elements(part.whole, frame, depth) or []
        if not part.each:
            found: list[Element] = [whole]
        else:
            self.loops.consulted[id(part.whole)] = len(whole)
            index = self.loops.chosen.get(id(part.whole))
            found = whole if index is None else whole[index : index + 1]
        for at in part.path:
            inner: list[Element] = []
            for each in found:
                items = self.elements(*each, depth + 1) or [] if isinstance(each, tuple) else each
                inner += items[at : at + 1]
            found = inner
        return found

    @abstractmethod
    def _returned_elements(self, call: ast.Call, frame: Frame, depth: int) -> list[Element] | None:
        """The elements of what a function of the repository gives."""


def _split(texts: tuple[object, ...], marks: list[tuple[object, ...]], frame: Frame) -> list[Element] | None:
    """The pieces of one known text."""
    if len(texts) != 1 or not isinstance(texts[0], str) or HOLE in texts[0]:
        return None
    mark = marks[0][0] if marks else None
    if mark is not None and (not isinstance(mark, str) or not mark or HOLE in mark):
        return None
    return [(ast.Constant(value=piece), frame) for piece in texts[0].split(mark)[:MAX_ELEMENTS]]


def _is_open(told: object) -> bool:
    return not isinstance(told, str | int) or (isinstance(told, str) and HOLE in told)
