"""What the parameters of a file's functions are given: by calls in that file, and by tests that list their cases.

A function that hands its parameter on to a loader names no model; its callers do. Calls in other files are lent by
`weighbridge.references.python_handed`. Each caller is one turn of a loop, so that its model and its revision stay
together.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.references.python_bound import Given, last_of, path_of
from weighbridge.references.python_candidates import calls_on
from weighbridge.references.python_modules import handed
from weighbridge.references.python_needles import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.references.python_bound import Parameter
    from weighbridge.references.python_callee import Callees
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_resolve import Element

MAX_CALLERS: Final = 64
_LINES_A_STEP: Final = 100
Turns: TypeAlias = list[dict[str, Given]]
"""For each caller, or each case of a test, what it gives by the names of parameters."""


class Callers:
    """The callers of the functions of the file that is read.

    Args:
        callees: Tells what is called.
    """

    def __init__(self, callees: Callees) -> None:
        self._callees = callees
        self._file: tuple[ast.Module, Lines] | None = None
        self._steps = 0
        self._kept: dict[int, tuple[ast.AST, list[Turns]]] = {}
        self._lent: dict[int, tuple[ast.AST, Turns]] = {}

    def begin(self, tree: ast.Module, text: str) -> None:
        """Begin another file.

        Args:
            tree: The file's tree.
            text: The file's text, its lines ended by line feeds.
        """
        self._file = tree, Lines(text)
        self._steps = 1 + text.count("\n") // _LINES_A_STEP
        self._kept.clear()
        self._lent = {}

    def lend(self, tree: ast.Module, text: str, lent: dict[int, tuple[ast.AST, Turns]]) -> None:
        """Take another module as the file that is read, and calls of its functions that stand elsewhere.

        Its own calls of those functions do not count then.

        Args:
            tree: The module's tree.
            text: Its text.
            lent: For functions, by their ids, each with what those calls give.
        """
        self.begin(tree, text)
        self._lent = lent

    def given(self, parameter: Parameter, frame: Frame) -> list[Given | None]:
        """What a parameter is given, once for each caller; None where one leaves it out.

        Callers that leave out what has no default count only while they are looked at one by one.

        Args:
            parameter: The parameter.
            frame: The scope of its function.
        """
        function, name = parameter.function, parameter.node.arg
        if isinstance(function, ast.Lambda) or self._file is None or frame.top.node is not self._file[0]:
            return []
        kept = self._kept.get(id(function))
        if kept is None:
            # While they are looked for there are none: a function may be handed what it gives.
            self._kept[id(function)] = function, []
            kept = self._kept[id(function)] = function, self._groups(function, frame, *self._file)
        loops = self._callees.loops
        found: list[Given | None] = []
        for turns in kept[1]:
            if parameter.default is not None or any(name in turn for turn in turns):
                loops.consulted[id(turns)] = len(turns)
                index = loops.chosen.get(id(turns))
                if index is not None:
                    found.append(turns[index].get(name))
                else:
                    found += [turn.get(name) for turn in turns if name in turn or parameter.default is not None]
        return found

    def _groups(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame, tree: ast.Module, lines: Lines
    ) -> list[Turns]:
        groups = [self._calls(function, frame, tree, lines), *self._cases(function, frame)]
        return [turns for turns in groups if 0 < len(turns) <= MAX_CALLERS]

    def _calls(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame, tree: ast.Module, lines: Lines
    ) -> Turns:
        """What each call of a function, or of the class that it makes objects of, gives; last a call from elsewhere."""
        if id(function) in self._lent:
            return [*self._lent[id(function)][1], {}]
        if not self._callees.modules.spend(self._steps):
            return []
        owner = frame.parent.node if frame.parent is not None else None
        wanted = owner if isinstance(owner, ast.ClassDef) and function.name == "__init__" else function
        found: Turns = []
        for call, where in calls_on(tree, frame.top, lines.of([wanted.name]), self._callees):
            last = last_of(call.func)
            if last == wanted.name and not _is_within(where, function) and self._leads_to(call, where, wanted):
                found.append(handed(function, call, where))
                if len(found) > MAX_CALLERS:
                    break
        return [*found, {}] if found else []

    def _leads_to(self, call: ast.Call, where: Frame, wanted: ast.AST) -> bool:
        return any(
            each.own is not None and each.own[1] is wanted and each.made is None
            for each in self._callees.callees(call.func, where)
        )

    def _cases(self, function: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Iterator[Turns]:
        """The cases of a test: pytest's ``parametrize`` and ``parameterized.expand``."""
        around = frame.parent or frame
        decorators = [(each, around) for each in function.decorator_list]
        if isinstance(around.node, ast.ClassDef) and around.parent is not None:
            decorators += [(each, around.parent) for each in around.node.decorator_list]
        for decorator, where in decorators:
            match decorator:
                case ast.Call(func=ast.Attribute(attr="parametrize"), args=args, keywords=words):
                    named = {word.arg: word.value for word in words}
                    names = args[0] if args else named.get("argnames")
                    cases = args[1] if len(args) > 1 else named.get("argvalues")
                    if names is not None and cases is not None:
                        yield self._turns(self._names(names, where), cases, where)
                case ast.Call(func=ast.Attribute(attr="expand"), args=[cases, *_]):
                    listed = [each.arg for each in function.args.args]
                    yield self._turns(listed[1:] if listed[:1] == ["self"] else listed, cases, where)
                case _:
                    pass

    def _names(self, node: ast.expr, where: Frame) -> list[str]:
        elements = self._callees.elements(node, where)
        told = [self._callees.told(*each) for each in elements or () if isinstance(each, tuple)]
        parts = [str(each[0]) for each in told or [self._callees.told(node, where)] if len(each) == 1]
        return [name.strip() for part in parts for name in part.split(",") if name.strip()]

    def _turns(self, names: list[str], cases: ast.expr, where: Frame) -> Turns:
        return [self._turn(names, each) for each in self._callees.elements(cases, where) or ()]

    def _turn(self, names: list[str], case: Element) -> dict[str, Given]:
        several: list[Element] | None = None
        if isinstance(case, tuple) and isinstance(case[0], ast.Call) and path_of(case[0].func)[-1:] == ["param"]:
            several = [(each, case[1]) for each in case[0].args]
        elif isinstance(case, list):
            several = case
        elif isinstance(case[0], ast.Tuple | ast.List):
            several = self._callees.elements(*case) if len(names) > 1 or isinstance(case[0], ast.Tuple) else None
        pairs = zip(names, several if several is not None else [case], strict=False)
        return {name: Given(*each) for name, each in pairs if isinstance(each, tuple)}


def _is_within(frame: Frame, function: ast.AST) -> bool:
    here: Frame | None = frame
    while here is not None and here.node is not function:
        here = here.parent
    return here is not None
