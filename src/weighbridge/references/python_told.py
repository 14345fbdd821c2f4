"""The texts that an expression of Python can be, as a model's name: constants, and what is made of them.

What only running the program would tell is a hole in a text. A default counts as what it stands for, since that is what
loads if nobody says otherwise. Nothing is executed. Answers are bounded.
"""

from __future__ import annotations

import ast
from itertools import product
from typing import TYPE_CHECKING, Final

from weighbridge.references.named import HOLE
from weighbridge.references.python_bound import Given, Parameter, Part, path_of, returns, start
from weighbridge.references.python_callee import Callees
from weighbridge.references.python_callers import Callers
from weighbridge.references.python_constants import MAX_TEXT, MAX_TOLD, Thing, is_text, joined, preferred
from weighbridge.references.python_memo import Memo
from weighbridge.references.python_modules import handed, inner_frame
from weighbridge.references.python_options import annotated, click_default, option, says_local
from weighbridge.references.python_resolve import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.references.python_bound import Value
    from weighbridge.references.python_constants import Constant, Told
    from weighbridge.references.python_modules import Modules
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_resolve import Element

LOCAL: Final = f"./{HOLE}"
"""A path of the machine's own, whatever it is."""


_HOLE: Final[Told] = (HOLE,)
_LOCAL: Final[Told] = (LOCAL,)
_OBJECT: Final[Told] = (Thing.OBJECT,)
_PATHS: Final = ("os.path.", "tempfile.", "pathlib.", "os.getcwd", "glob.", "importlib.resources.", "shutil.")
_DEFAULTED: Final = {"os.environ.get": 1, "os.getenv": 1, "os.environ.setdefault": 1, "os.environ.pop": 1}
"""Calls that read a setting, and where their default stands."""
_DECLARED: Final = ("Field", "field", "Option", "Argument", "Query", "Body", "Form", "ib", "attrib", "Param")
"""What declares a parameter or an attribute with its default: pydantic, dataclasses, Typer, FastAPI, attrs."""
_TEXT_METHODS: Final[dict[str, Callable[..., str]]] = {
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "title": str.title,
}


class Reading(Callees):
    """Reads what expressions can be.

    Args:
        modules: The repository's modules.
        loads: Whether a callable, by its full name, gives a model or its folder.
    """

    def __init__(self, modules: Modules, loads: Callable[[str], bool]) -> None:
        super().__init__(modules)
        self._loads = loads
        self._kept: Memo[Told] = Memo(self.loops, _HOLE)
        self.callers = Callers(self)

    def forget(self) -> None:
        """Forget all answers: the same questions have others now."""
        super().forget()
        self._kept.clear()

    def told(self, node: ast.expr, frame: Frame, depth: int = 0) -> Told:
        """What an expression can be: constants, texts with holes, `Thing.OBJECT` for what is no text.

        Args:
            node: The expression.
            frame: Where it stands.
            depth: How many steps led here.
        """
        if depth > MAX_DEPTH or not self.modules.spend():
            return _HOLE
        return self._kept.get(node, frame, lambda: self._bounded(node, frame, depth + 1))

    def _bounded(self, node: ast.expr, frame: Frame, depth: int) -> Told:
        found = tuple(dict.fromkeys(self._told(node, frame, depth)))
        return found if 0 < len(found) <= MAX_TOLD else _HOLE

    def _told(  # noqa: PLR0911  one case for each kind of expression
        self, node: ast.expr, frame: Frame, depth: int
    ) -> Told:
        match node:
            case ast.Constant(value=str() | int() | float() | None as value):
                return (value,)
            case ast.JoinedStr(values=parts):
                return joined([self._part(part, frame, depth) for part in parts])
            case ast.BinOp():
                return self._operated(node, frame, depth)
            case ast.IfExp():
                return self._chosen(node, frame, depth)
            case ast.BoolOp(values=several):
                return preferred([each for item in several for each in self.told(item, frame, depth)])
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.told(value, frame, depth)
            case ast.Name() | ast.Attribute():
                return self._named(node, frame, depth)
            case ast.Subscript():
                found = self.resolve(node, frame, depth)
                return tuple(each for where, value in found for each in self.value(value, where, depth)) or _HOLE
            case ast.Call():
                return self._called(node, frame, depth)
            case _:
                return _OBJECT

    def value(self, value: Value, where: Frame, depth: int = 0) -> Told:
        """What a value can be.

        Args:
            value: The value.
            where: The scope that binds it.
            depth: How many steps led here.
        """
        match value:
            case ast.expr():
                return self.told(value, where, depth)
            case Given():
                return self.told(value.value, value.frame, depth)
            case Parameter():
                return self._parameter(value, where, depth)
            case Part():
                pieces = self.pieces(value, where, depth)
                return tuple(
                    told for each in pieces if isinstance(each, tuple) for told in self.told(*each, depth)
                ) or self._guessed(value, where, depth)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                return _OBJECT
            case _:
                return _HOLE

    def _gotten(self, value: Value, where: Frame, depth: int) -> Told:
        """What reading a name gives: of a property, what its method gives."""
        if isinstance(value, ast.FunctionDef) and any(_is_property(each) for each in value.decorator_list):
            own = self.frame(value, where)
            return tuple(each for result in returns(value) for each in self.told(result, own, depth)) or _HOLE
        return self.value(value, where, depth)

    def _guessed(self, part: Part, frame: Frame, depth: int) -> Told:
        """A part of what can't be told: ``model, _ = create(…)`` is no text where that is a call of a loader."""
        if isinstance(part.whole, ast.Call) and not part.each:
            callees = self.callees(part.whole.func, frame, depth)
            return _OBJECT if any(self._loads(each.name) for each in callees) else _HOLE
        return _HOLE

    def _part(self, part: ast.expr, frame: Frame, depth: int) -> Told:
        match part:
            case ast.FormattedValue(value=value, conversion=-1 | 115, format_spec=None):
                return tuple(HOLE if each is Thing.OBJECT else each for each in self.told(value, frame, depth))
            case ast.Constant():
                return self.told(part, frame, depth)
            case _:
                return _HOLE

    def _operated(self, node: ast.BinOp, frame: Frame, depth: int) -> Told:
        match node.op:
            case ast.Div():
                return _LOCAL
            case ast.Add():
                sides = [self.told(node.left, frame, depth), self.told(node.right, frame, depth)]
                if any(isinstance(each, Thing | None) for side in sides for each in side):
                    return _OBJECT if Thing.OBJECT in sides[0] else _HOLE
                return joined(sides)
            case ast.Mod():
                return self._filled(node, frame, depth)
            case _:
                return _OBJECT

    def _filled(self, node: ast.BinOp, frame: Frame, depth: int) -> Told:
        """``"…%s…" % x``."""
        given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        told = [self.told(each, frame, depth) for each in given]
        found: list[Constant] = []
        for pattern in self.told(node.left, frame, depth):
            pieces = str(pattern).split("%s")
            if len(pieces) != len(told) + 1 or "%" in "".join(pieces):
                return _HOLE
            parts = [(piece,) for piece in pieces]
            mixed = [part for pair in zip(parts, [*told, ("",)], strict=True) for part in pair]
            found += joined(mixed)
        return tuple(found)

    def _chosen(self, node: ast.IfExp, frame: Frame, depth: int) -> Told:
        found = [self.told(node.body, frame, depth), self.told(node.orelse, frame, depth)]
        tested = {tuple(path_of(each)) for each in ast.walk(node.test) if isinstance(each, ast.Name | ast.Attribute)}
        both = [each for told in found for each in told]
        # `x if x else "default"`: the default is what loads if nobody says otherwise.
        if any(tuple(path_of(side)) in tested for side in (node.body, node.orelse) if path_of(side)):
            return preferred(both)
        return tuple(both)

    def _named(self, node: ast.Name | ast.Attribute, frame: Frame, depth: int) -> Told:
        path = path_of(node)
        if path == ["__file__"]:
            return _LOCAL
        found = self.resolve(node, frame, depth)
        told = tuple(each for where, value in found for each in self._gotten(value, where, depth))
        bound = frame.lookup(".".join(path), start(node)) if path and hasattr(node, "lineno") else None
        if bound is not None and any(".".join(path) in each.block.tested for each in bound[1]):
            told = preferred(list(told))
        if isinstance(node, ast.Attribute) and (not found or told == _HOLE):
            if node.attr == "value":
                return self.told(node.value, frame, depth)
            default = option(frame.top, path)
            if default is not None:
                return self.told(default, frame.top, depth)
            if node.attr in {"parent", "name_or_path", "_name_or_path"} or says_local(node.attr):
                return _LOCAL
        return told or _HOLE

    def _parameter(self, parameter: Parameter, frame: Frame, depth: int) -> Told:
        around = frame.parent or frame
        default = parameter.default or click_default(parameter)
        told = self.told(default, around, depth) if default is not None else _HOLE
        if parameter.default is not None and isinstance(told[0], bool | int | float):
            return told
        kind = annotated(parameter)
        is_local = kind == "path" or says_local(parameter.node.arg)
        given = self._handed(parameter, frame, told, depth) if kind != "object" and not is_local else ()
        if given or any(map(is_text, told)):
            return given or tuple(each for each in told if each)
        if is_local:
            return _LOCAL
        return _OBJECT if kind == "object" else _HOLE

    def _handed(self, parameter: Parameter, frame: Frame, default: Told, depth: int) -> Told:
        """What the callers of a function hand to a parameter; nothing unless one of them names something."""
        given: list[Constant] = []
        is_one = bool(self.loops.chosen)
        for each in self.callers.given(parameter, frame):
            if each is not None:
                given += self.told(each.value, each.frame, depth)
            else:
                given += default if parameter.default is not None else _OBJECT
        return tuple(given) if is_one or any(map(is_text, given)) else ()

    def _called(self, node: ast.Call, frame: Frame, depth: int) -> Told:
        if isinstance(node.func, ast.Attribute):
            found = self._method(node, node.func, frame, depth)
            if found is not None:
                return found
        told: list[Constant] = []
        for each in self.callees(node.func, frame, depth):
            if each.is_result:
                told.append(HOLE)
            elif each.own is not None and each.last == each.own[1].name:
                told += self._outcome(node, each.own[1], each.own[0], frame, depth)
            else:
                told += self._known(node, each.name, frame, depth)
        return tuple(told)

    def _known(self, node: ast.Call, name: str, frame: Frame, depth: int) -> Told:
        """What a call of a function that is not the repository's gives."""
        last = name.rpartition(".")[2]
        at = _DEFAULTED.get(name)
        if at is not None or last in {"getattr", "config"}:
            at = at or len(node.args) - 1 if last != "getattr" else 2
            default = node.args[at] if 0 < at < len(node.args) else _word(node, "default")
            told = self.told(default, frame, depth) if default is not None else _HOLE
            return told if told != (None,) else _HOLE
        if last in _DECLARED:
            return self._declared(node, frame, depth)
        if name.startswith(_PATHS) or last in {"Path", "PosixPath", "PurePath"}:
            return _LOCAL
        if name in {"str", "cast", "typing.cast", "os.fspath", "os.fsdecode"} and node.args:
            return self.told(node.args[-1], frame, depth)
        return _OBJECT if self._gives_object(name) else _HOLE

    def _gives_object(self, name: str) -> bool:
        """Whether a callable gives no text: a loader, a method of what one gave, a class."""
        parts = name.split(".")
        if parts[-1][:1].isupper() and not parts[-1].isupper():
            return True
        return any(self._loads(".".join(parts[:stop])) for stop in range(1, len(parts) + 1))

    def _declared(self, node: ast.Call, frame: Frame, depth: int) -> Told:
        default = _word(node, "default") or (node.args[0] if node.args else None)
        factory = _word(node, "default_factory")
        if isinstance(factory, ast.Lambda):
            return self.told(factory.body, frame, depth)
        if factory is not None:
            return self.told(ast.copy_location(ast.Call(func=factory, args=[], keywords=[]), node), frame, depth)
        return self.told(default, frame, depth) if default is not None else _HOLE

    def _method(  # noqa: PLR0911  one case for each method
        self, node: ast.Call, method: ast.Attribute, frame: Frame, depth: int
    ) -> Told | None:
        """What a method of a text or a dictionary gives; None if it is none of those."""
        name = method.attr
        if name == "get" and node.args:
            entry = ast.copy_location(ast.Subscript(value=method.value, slice=node.args[0]), node)
            found = self.resolve(entry, frame, depth)
            told = [each for where, value in found for each in self.value(value, where, depth)]
            for default in node.args[1:2] if self._is_mapping(method.value, frame, depth) or not found else []:
                told += self.told(default, frame, depth) if path_of(method.value) != ["os", "environ"] else []
            return tuple(told) or None
        if name == "format":
            return self._formatted(node, method, frame, depth)
        if name == "replace" and len(node.args) >= 2:  # noqa: PLR2004  old and new
            return self._texts(method.value, lambda text, old, new: text.replace(old, new), node, frame, depth)
        if name == "join" and len(node.args) == 1:
            elements = self.elements(node.args[0], frame, depth) or []
            between = self.told(method.value, frame, depth)
            parts = [self.told(*each, depth) for each in elements if isinstance(each, tuple)]
            mixed = [part for each in parts for part in (between, each)][1:]
            return joined(mixed) if len(parts) == len(elements) and parts else _HOLE
        if name in _TEXT_METHODS:
            return self._texts(method.value, _TEXT_METHODS[name], node, frame, depth)
        if name in {"expanduser", "absolute", "resolve", "joinpath", "as_posix", "with_suffix"}:
            return _LOCAL
        return None

    def _texts(self, text: ast.expr, change: Callable[..., str], node: ast.Call, frame: Frame, depth: int) -> Told:
        given = [self.told(each, frame, depth) for each in node.args[:2]]
        found: list[Constant] = []
        for one, *rest in product(self.told(text, frame, depth), *given):
            fits = isinstance(one, str) and all(isinstance(each, str) and HOLE not in each for each in rest)
            made = change(one, *rest) if fits else HOLE
            found.append(made if len(made) <= MAX_TEXT else HOLE)
        return tuple(found) if len(found) <= MAX_TOLD else _HOLE

    def _formatted(self, node: ast.Call, method: ast.Attribute, frame: Frame, depth: int) -> Told:
        """``str.format`` with plain ``{}``, ``{0}`` and ``{name}``."""
        given = {str(index): self.told(each, frame, depth) for index, each in enumerate(node.args)}
        given |= {word.arg: self.told(word.value, frame, depth) for word in node.keywords if word.arg is not None}
        found: list[Constant] = []
        for pattern in self.told(method.value, frame, depth):
            parts: list[Told] = []
            for index, piece in enumerate(str(pattern).split("{")):
                name, close, rest = piece.partition("}")
                if index and not close:
                    return _HOLE
                if index:
                    parts.append(given.get(name or str(index - 1), _HOLE))
                parts.append((rest if index else piece,))
            found += joined(parts)
        return tuple(found)

    def _returned_elements(self, call: ast.Call, frame: Frame, depth: int) -> list[Element] | None:
        """The elements of what a function of the repository gives, if it gives one sequence."""
        for callee in self.callees(call.func, frame, depth):
            if callee.own is not None and isinstance(callee.own[1], ast.FunctionDef):
                results = returns(callee.own[1])
                inner = inner_frame(callee.own[1], callee.own[0], handed(callee.own[1], call, frame))
                return self.elements(results[0], inner, depth) if len(results) == 1 else None
        return None

    def _outcome(
        self,
        call: ast.Call,
        function: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        around: Frame,
        frame: Frame,
        depth: int,
    ) -> Told:
        """What a function of the repository gives."""
        if isinstance(function, ast.ClassDef):
            return _OBJECT if not self.is_enum(function) or not call.args else self.told(call.args[0], frame, depth)
        inner = inner_frame(function, around, handed(function, call, frame))
        results = returns(function)
        told = [each for result in results for each in self.told(result, inner, depth)]
        return tuple(told) or _HOLE


def _word(node: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in node.keywords if word.arg == name), None)


def _is_property(decorator: ast.expr) -> bool:
    return path_of(decorator)[-1:] in (["property"], ["cached_property"], ["computed_field"])
