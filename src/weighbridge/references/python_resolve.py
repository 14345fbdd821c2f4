"""What expressions of Python stand for: names, and attributes of classes, instances and modules.

It follows what is written, through the repository's own modules, and runs nothing. What it can't follow is not in its
answers.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.formats.python_module import Function, Imported
from weighbridge.references.python_bound import Given, Parameter, Part, Typed, path_of, returns, start
from weighbridge.references.python_memo import Loops, Memo
from weighbridge.references.python_modules import inner_frame

if TYPE_CHECKING:
    from weighbridge.references.python_bound import Value
    from weighbridge.references.python_modules import Modules
    from weighbridge.references.python_names import Frame

MAX_DEPTH: Final = 24
MAX_ELEMENTS: Final = 256
_MAX_ANNOTATION: Final = 200
_MAX_NAMES: Final = 8
Element: TypeAlias = "tuple[ast.expr, Frame] | list[Element]"
Resolved: TypeAlias = "tuple[Frame, Value]"


class Resolver(ABC):
    """Follows names.

    Args:
        modules: The repository's modules.
    """

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.loops = Loops()
        self._settled: Memo[list[Resolved]] = Memo(self.loops, [])
        self._frames: dict[int, tuple[ast.AST, Frame]] = {}
        self._attributes: dict[int, dict[str, list[Resolved]]] = {}

    def begin(self) -> None:
        """Begin another file."""
        self.modules.begin()
        self._frames.clear()
        self._attributes.clear()
        self.forget()

    def forget(self) -> None:
        """Forget all answers: the same questions have others now."""
        self._settled.clear()
        self.loops.chosen, self.loops.consulted = {}, {}

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
        return self._settled.get(node, frame, lambda: self._settle(node, frame, depth))

    def _settle(self, node: ast.expr, frame: Frame, depth: int) -> list[Resolved]:
        found: list[Resolved] = []
        for where, value in self.resolve(node, frame, depth):
            if isinstance(value, Given):
                found += self.settled(value.value, value.frame, depth + 1)
            elif isinstance(value, ast.Name | ast.Attribute | ast.Subscript) and value is not node:
                found += self.settled(value, where, depth + 1)
            elif isinstance(value, ast.BoolOp | ast.IfExp) and value is not node:
                several = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
                found += [item for each in several for item in self.settled(each, where, depth + 1)]
            elif isinstance(value, Part):
                for element in self.pieces(value, where, depth + 1):
                    found += self.settled(*element, depth + 1) if isinstance(element, tuple) else []
            else:
                found.append((where, value))
        return list(dict.fromkeys(found))[:MAX_ELEMENTS]

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

    def _member(  # noqa: PLR0911  one case for each kind of value
        self, value: Value, where: Frame, name: str, depth: int
    ) -> list[Resolved]:
        """What an attribute of a value is."""
        if depth > MAX_DEPTH or not self.modules.spend():
            return []
        match value:
            case Imported():
                module = self.modules.find(where.path, value.dotted)
                outside: list[Resolved] = [(where, Imported(value.dotted, name))]
                return outside if module is None else self.modules.member(module, name)
            case ast.ClassDef():
                return self.class_member(value, where, name, depth + 1)
            case ast.Call():
                return self._instance_member(value, where, name, depth)
            case Parameter():
                owner = self._own_class(value, where)
                said = value.node.annotation
                classes = [owner] if owner is not None else self._of_type(said, where.parent, depth)
                return [item for there, kind in classes for item in self.class_member(kind, there, name, depth + 1)]
            case Typed():
                classes = self._of_type(value.annotation, where, depth)
                return [item for there, kind in classes for item in self.class_member(kind, there, name, depth + 1)]
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

    def _of_type(
        self, annotation: ast.expr | None, frame: Frame | None, depth: int
    ) -> list[tuple[Frame, ast.ClassDef]]:
        """The repository's classes that an annotation names."""
        if annotation is None or frame is None:
            return []
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = _parsed(annotation.value)
        paths = [path_of(node) for node in ast.walk(annotation) if isinstance(node, ast.Name | ast.Attribute)]
        found = [item for path in paths[:_MAX_NAMES] if path for item in self.settled(_bare(path), frame, depth + 1)]
        return [(where, value) for where, value in found if isinstance(value, ast.ClassDef)]

    def _instance_member(self, call: ast.Call, where: Frame, name: str, depth: int) -> list[Resolved]:
        """An attribute of what a call of a class of the repository gives."""
        word = next((word.value for word in call.keywords if word.arg == name), None)
        found: list[Resolved] = []
        for there, value in self.settled(call.func, where, depth):
            if isinstance(value, ast.ClassDef):
                given = word or _placed(call, value, name)
                member = self.class_member(value, there, name, depth + 1) if given is None else []
                found += [(where, Given(given, where))] if given is not None else member
            elif isinstance(value, Imported) and value.name[:1].isupper() and word is not None:
                found.append((where, Given(word, where)))
            elif isinstance(value, Imported) and call.args:
                # What a library makes of a class, as `tyro.cli(Options)`, is taken for an object of it.
                for owner, kind in self.settled(call.args[0], where, depth + 1):
                    found += self.class_member(kind, owner, name, depth + 1) if isinstance(kind, ast.ClassDef) else []
            elif isinstance(value, Function):
                found += self._returned_member(value, there, name, depth)
        return found

    def _returned_member(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, around: Frame, name: str, depth: int
    ) -> list[Resolved]:
        """An attribute of what a function gives, by what it returns, or by what it says that it returns."""
        own = self.frame(function, around)
        found = [
            item
            for result in returns(function)
            for where, value in self.settled(result, own, depth + 1)
            if not isinstance(value, Parameter)
            for item in self._member(value, where, name, depth + 1)
        ]
        classes = self._of_type(function.returns, around, depth) if not found else []
        return found + [item for where, kind in classes for item in self.class_member(kind, where, name, depth + 1)]

    def class_member(self, node: ast.ClassDef, around: Frame, name: str, depth: int = 0) -> list[Resolved]:
        """An attribute of a class or of its instances, its own or of a base class.

        Args:
            node: The class.
            around: Where it is defined.
            name: The attribute.
            depth: How many steps led here.
        """
        if depth > MAX_DEPTH or not self.modules.spend():
            return []
        own = self.frame(node, around)
        found = [item for each in own.bindings(name) for item in self.modules.follow(own, each.value)]
        for method, value in self._set_by(node, own, name):
            found += self.modules.follow(method, value)
        if found:
            return found
        return [
            item
            for base in node.bases
            for where, value in self.settled(base, around, depth + 1)
            if isinstance(value, ast.ClassDef) and value is not node
            for item in self.class_member(value, where, name, depth + 1)
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

    @abstractmethod
    def _entry(self, node: ast.Subscript, frame: Frame, depth: int) -> list[Resolved]:
        """The entries of dictionaries and sequences that a subscript can mean."""

    @abstractmethod
    def pieces(self, part: Part, frame: Frame, depth: int = 0) -> list[Element]:
        """What a piece of a value can be; nothing if that can't be told.

        Args:
            part: The piece.
            frame: Where the whole stands.
            depth: How many steps led here.
        """

    @abstractmethod
    def told(self, node: ast.expr, frame: Frame, depth: int = 0) -> tuple[object, ...]:
        """What an expression can be.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """


def _placed(call: ast.Call, node: ast.ClassDef, name: str) -> ast.expr | None:
    """The argument that a field of a dataclass is given by its place."""
    fields = [
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    at = fields.index(name) if name in fields else len(call.args)
    return call.args[at] if at < len(call.args) else None


def _bare(path: list[str]) -> ast.expr:
    """A dotted name without a place: a type may be defined further down."""
    node: ast.expr = ast.Name(id=path[0])
    for name in path[1:]:
        node = ast.Attribute(value=node, attr=name)
    return node


def _parsed(annotation: str) -> ast.expr:
    """An annotation that is written as a text."""
    try:
        return ast.parse(annotation[:_MAX_ANNOTATION], mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Constant(value=None)
