"""What expressions of Python stand for: names, attributes of classes, instances and modules, elements of sequences.

It follows what is written, through the repository's own modules, and runs nothing. What it can't follow is not in its
answers.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.formats.python_module import Function, Imported
from weighbridge.references.named import HOLE
from weighbridge.references.python_modules import inner_frame
from weighbridge.references.python_names import Given, Parameter, Part, path_of, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.references.python_modules import Modules
    from weighbridge.references.python_names import Frame, Value

MAX_DEPTH: Final = 24
MAX_ELEMENTS: Final = 256
_MAX_BASES: Final = 8
_SAME_ELEMENTS: Final = frozenset({"list", "tuple", "set", "sorted", "reversed", "iter", "frozenset", "tqdm", "cycle"})
_CLASSY: Final = frozenset({"staticmethod", "classmethod"})
Element: TypeAlias = "tuple[ast.expr, Frame] | list[Element]"
Resolved: TypeAlias = "tuple[Frame, Value]"


class Resolver:
    """Follows names.

    Args:
        modules: The repository's modules.
    """

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.chosen: dict[int, int] = {}
        self.consulted: dict[int, int] = {}
        self._frames: dict[int, tuple[ast.AST, Frame]] = {}
        self._attributes: dict[int, dict[str, list[Resolved]]] = {}

    def begin(self) -> None:
        """Begin another file."""
        self.modules.begin()
        self._frames.clear()
        self._attributes.clear()

    def frame(self, node: Function | ast.Lambda | ast.ClassDef, around: Frame) -> Frame:
        """The scope of a function or class, the same one each time.

        Args:
            node: The function or class.
            around: The scope in which it is defined.
        """
        kept = self._frames.get(id(node))
        if kept is None:
            kept = self._frames[id(node)] = node, inner_frame(node, around)
        return kept[1]

    def resolve(self, node: ast.expr, frame: Frame, depth: int = 0) -> list[Resolved]:
        """What an expression is bound to, one step: the values of a name, an attribute or an entry; else itself.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """
        if depth > MAX_DEPTH or not self.modules.spend():
            return []
        match node:
            case ast.Name():
                return self._name(node, frame)
            case ast.Attribute():
                return self._attribute(node, frame, depth + 1)
            case ast.Subscript():
                return self._entry(node, frame, depth + 1)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.resolve(value, frame, depth + 1)
            case _:
                return [(frame, node)]

    def settled(self, node: ast.expr, frame: Frame, depth: int = 0) -> list[Resolved]:
        """What an expression is, names followed until something else is found.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """
        found: list[Resolved] = []
        for where, value in self.resolve(node, frame, depth):
            if isinstance(value, Given):
                found += self.settled(value.value, value.frame, depth + 1)
            elif isinstance(value, ast.Name | ast.Attribute | ast.Subscript) and value is not node:
                found += self.settled(value, where, depth + 1)
            elif isinstance(value, Part):
                for element in self.pieces(value, where, depth + 1):
                    found += self.settled(*element, depth + 1) if isinstance(element, tuple) else []
            else:
                found.append((where, value))
        return found[:MAX_ELEMENTS]

    def _name(self, node: ast.Name, frame: Frame) -> list[Resolved]:
        found = frame.lookup(node.id, start(node) if hasattr(node, "lineno") else None)
        if found is None:
            top = frame.top
            return [item for item in self.modules.member(top, node.id) if item[0] is not top] if top.stars else []
        where, bounds = found
        return [item for bound in bounds for item in self.modules.follow(where, bound.value)]

    def _attribute(self, node: ast.Attribute, frame: Frame, depth: int) -> list[Resolved]:
        path = path_of(node)
        if path:
            found = frame.lookup(".".join(path), start(node) if hasattr(node, "lineno") else None)
            if found is not None:
                return [item for bound in found[1] for item in self.modules.follow(found[0], bound.value)]
        return [
            item
            for where, value in self.settled(node.value, frame, depth)
            for item in self._member(value, where, node.attr, depth + 1)
        ]

    def _member(self, value: Value, where: Frame, name: str, depth: int) -> list[Resolved]:
        """What an attribute of a value is."""
        match value:
            case Imported():
                module = self.modules.find(where.path, value.dotted)
                if module is None:
                    return [(where, Imported(value.dotted, name))]
                return self.modules.member(module, name)
            case ast.ClassDef():
                return self.class_member(value, where, name)
            case ast.Call():
                return self._instance_member(value, where, name, depth)
            case Parameter():
                owner = self._own_class(value, where)
                if owner is not None:
                    return self.class_member(owner[1], owner[0], name)
                return [
                    item
                    for there, kind in self._annotated(value, where, depth)
                    for item in self.class_member(kind, there, name)
                ]
            case _:
                return []

    def _own_class(self, parameter: Parameter, frame: Frame) -> tuple[Frame, ast.ClassDef] | None:
        """The class, with its surroundings, whose ``self`` or ``cls`` a parameter is."""
        function = parameter.function
        if isinstance(function, ast.Lambda) or frame.parent is None:
            return None
        first = next(iter([*function.args.posonlyargs, *function.args.args]), None)
        owner = frame.parent
        static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
        if first is not parameter.node or static or not isinstance(owner.node, ast.ClassDef) or owner.parent is None:
            return None
        return owner.parent, owner.node

    def _annotated(self, parameter: Parameter, frame: Frame, depth: int) -> list[tuple[Frame, ast.ClassDef]]:
        """The repository's classes that a parameter is said to be of."""
        annotation = parameter.node.annotation
        if frame.parent is None or not isinstance(annotation, ast.Name | ast.Attribute):
            return []
        found = self.settled(annotation, frame.parent, depth)
        return [(where, value) for where, value in found if isinstance(value, ast.ClassDef)]

    def _instance_member(self, call: ast.Call, where: Frame, name: str, depth: int) -> list[Resolved]:
        """An attribute of what a call of a class of the repository gives."""
        given = next((word.value for word in call.keywords if word.arg == name), None)
        found: list[Resolved] = []
        for there, value in self.settled(call.func, where, depth):
            if isinstance(value, Imported) and given is not None and value.name[:1].isupper():
                found.append((where, Given(given, where)))
            if not isinstance(value, ast.ClassDef):
                continue
            if given is None:
                fields = [
                    each.target.id
                    for each in value.body
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
                ]
                at = fields.index(name) if name in fields else len(call.args)
                given = call.args[at] if at < len(call.args) else None
            member = [(where, Given(given, where))] if given is not None else self.class_member(value, there, name)
            found += member
        return found

    def class_member(self, node: ast.ClassDef, around: Frame, name: str, hops: int = 0) -> list[Resolved]:
        """An attribute of a class or of its instances, its own or of a base class.

        Args:
            node: The class.
            around: Where it is defined.
            name: The attribute.
            hops: How many base classes led here.
        """
        if hops > _MAX_BASES or not self.modules.spend():
            return []
        own = self.frame(node, around)
        found = [item for each in own.bindings(name) for item in self.modules.follow(own, each.value)]
        found += [item for method, value in self._set_by(node, own, name) for item in self.modules.follow(method, value)]
        if found:
            return found
        return [
            item
            for base in node.bases
            for where, value in self.settled(base, around)
            if isinstance(value, ast.ClassDef) and value is not node
            for item in self.class_member(value, where, name, hops + 1)
        ]

    def _set_by(self, node: ast.ClassDef, own: Frame, name: str) -> list[Resolved]:
        """What the methods of a class set an attribute of its object to."""
        kept = self._attributes.get(id(node))
        if kept is None:
            kept = self._attributes[id(node)] = {}
            for item in node.body:
                if isinstance(item, Function) and item.args.args:
                    method, start = self.frame(item, own), f"{item.args.args[0].arg}."
                    for key in method.all_names():
                        if key.startswith(start):
                            values = [(method, bound.value) for bound in method.bindings(key)]
                            kept.setdefault(key.removeprefix(start), []).extend(values)
        return kept.get(name, [])

    def is_enum(self, node: ast.ClassDef) -> bool:
        """Whether a class lists values."""
        return any(path[-1:] and path[-1].endswith(("Enum", "Choices")) for path in map(path_of, node.bases))

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

    def entries(self, node: ast.expr, frame: Frame, depth: int = 0) -> list[tuple[ast.expr, ast.expr, Frame]]:
        """The entries of the dictionaries that an expression can be; those that can't be told are left out.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """
        found: list[tuple[ast.expr, ast.expr, Frame]] = []
        for where, value in self.settled(node, frame, depth + 1) if depth < MAX_DEPTH else []:
            match value:
                case ast.Dict(keys=keys, values=items):
                    for key, item in zip(keys, items, strict=True):
                        if key is None:
                            found += self.entries(item, where, depth + 1)
                        else:
                            found.append((key, item, where))
                case ast.Call(func=ast.Name(id="dict" | "MappingProxyType" | "OrderedDict"), args=args, keywords=words):
                    for arg in args[:1]:
                        found += self.entries(arg, where, depth + 1)
                    for word in words:
                        if word.arg is None:
                            found += self.entries(word.value, where, depth + 1)
                        else:
                            found.append((ast.Constant(value=word.arg), word.value, where))
                case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                    found += self.entries(left, where, depth + 1) + self.entries(right, where, depth + 1)
                case ast.ClassDef() if self.is_enum(value):
                    found += self.entries_of_enum(value, where)
                case _:
                    pass
        path = path_of(node)
        added = frame.lookup(f"{'.'.join(path)}[]", start(node)) if path and hasattr(node, "lineno") else None
        for bound in added[1] if added is not None else []:
            if isinstance(bound.value, ast.Dict) and added is not None and bound.value.keys[0] is not None:
                found.append((bound.value.keys[0], bound.value.values[0], added[0]))
        return found[:MAX_ELEMENTS]

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
        found: list[Element] = []
        for where, value in self.settled(node, frame, depth + 1) if depth < MAX_DEPTH else []:
            more = self._elements(value, where, depth + 1)
            if more is None:
                return None
            found += more
        return found[:MAX_ELEMENTS] or None

    def _elements(self, value: Value, frame: Frame, depth: int) -> list[Element] | None:
        match value:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                found: list[Element] = []
                for item in items:
                    if isinstance(item, ast.Starred):
                        found += self.elements(item.value, frame, depth) or []
                    else:
                        found.append((item, frame))
                return found
            case ast.Dict():
                return [(key, where) for key, _, where in self.entries(value, frame, depth)]
            case ast.ClassDef() if self.is_enum(value):
                return [(item, where) for _, item, where in self.entries_of_enum(value, frame)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                several = [self.elements(left, frame, depth), self.elements(right, frame, depth)]
                return [item for each in several for item in each or []]
            case ast.Call(func=ast.Attribute(value=whole, attr="items" | "keys" | "values" as how), args=[]):
                entries = self.entries(whole, frame, depth)
                pairs: list[list[Element]] = [[(key, where), (item, where)] for key, item, where in entries]
                return [pair if how == "items" else pair[how == "values"] for pair in pairs]
            case ast.Call(func=ast.Attribute(value=text, attr="split"), args=args):
                marks = [self.told(each, frame, depth) for each in args[:1]]
                return _split(self.told(text, frame, depth), marks, frame)
            case ast.Call(func=ast.Name(id="enumerate"), args=[whole, *_]):
                return [
                    [(ast.Constant(value=i), frame), e] for i, e in enumerate(self.elements(whole, frame, depth) or ())
                ]
            case ast.Call(func=ast.Name(id="zip"), args=args):
                columns = [self.elements(each, frame, depth) or [] for each in args]
                return [list(row) for row in zip(*columns, strict=False)]
            case ast.Call(func=ast.Name(id=name), args=[whole, *_]) if name in _SAME_ELEMENTS:
                return self.elements(whole, frame, depth)
            case ast.Call():
                return self.returned_elements(value, frame, depth)
            case _:
                return None

    def entries_of_enum(self, node: ast.ClassDef, around: Frame) -> list[tuple[ast.expr, ast.expr, Frame]]:
        """Names and values that an enumeration lists.

        Args:
            node: The class.
            around: Where it is defined.
        """
        own = self.frame(node, around)
        return [
            (ast.Constant(value=target.id), each.value, own)
            for each in node.body
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        ]

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
            self.consulted[id(part.whole)] = len(whole)
            index = self.chosen.get(id(part.whole))
            found = whole if index is None else whole[index : index + 1]
        for at in part.path:
            inner: list[Element] = []
            for each in found:
                items = self.elements(*each, depth + 1) or [] if isinstance(each, tuple) else each
                inner += items[at : at + 1]
            found = inner
        return found

    def returned_elements(self, call: ast.Call, frame: Frame, depth: int) -> list[Element] | None:
        """The elements of what a function of the repository gives; see the class below."""
        raise NotImplementedError

    def told(self, node: ast.expr, frame: Frame, depth: int = 0) -> tuple[object, ...]:
        """What an expression can be; see the class below."""
        raise NotImplementedError


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
