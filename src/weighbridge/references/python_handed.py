"""Functions of other modules that load what they are handed: their calls in this file name the models.

``load("owner/name")`` names a model where a module of the repository has a function ``load`` that hands it to a loader.
That module is read once without these calls and once with them: what it names only then is named here.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.python_module import Function, imports
from weighbridge.references.python_bound import children, path_of
from weighbridge.references.python_candidates import calls_on, candidates, imported
from weighbridge.references.python_match import Matcher
from weighbridge.references.python_mentions import File, mentions
from weighbridge.references.python_modules import handed
from weighbridge.references.python_needles import Lines, names, text_of, touched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.mention import Mention
    from weighbridge.references.python_bound import Given
    from weighbridge.references.python_callers import Turns
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_told import Reading

_MAX_KNOWN: Final = 50_000
_MAX_HOPS: Final = 2
_MAX_CALLS: Final = 60
"""How many calls of one module are looked at together."""
_CHARACTERS_A_STEP: Final = 200
_LONGEST: Final = 80
_IMPORT: Final = b"import "


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a function of another module.

    Args:
        node: The call.
        function: The function that gets the arguments.
        top: The scope of its module.
        given: What its parameters are.
    """

    node: ast.Call
    function: ast.FunctionDef | ast.AsyncFunctionDef
    top: Frame
    given: dict[str, Given]


class Handed:
    """Reads modules for the calls of their functions in other files.

    Args:
        reading: Follows names.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._asked: dict[tuple[str, str], bool] = {}
        self._loads: dict[str, bool] = {}
        self._defined: set[str] = set()

    def may_hand(self, path: str, data: bytes) -> bool:
        """Whether a file imports a module of the repository that may load a model, by its lines alone.

        Args:
            path: The file.
            data: Its bytes.
        """
        return any(self._may_load(path, name, 0) for name in _modules(data, _package(path)))

    def _may_load(self, path: str, name: str, hops: int) -> bool:
        """Whether a module, as a file would import it, may hold a loader, or hands on one that does."""
        key = path.rpartition("/")[0], name
        if key not in self._asked:
            if len(self._asked) >= _MAX_KNOWN:
                self._asked.clear()
            self._asked[key] = False
            self._asked[key] = self._loading(self._reading.modules.file_of(path, name), hops)
        return self._asked[key]

    def _loading(self, file: str, hops: int) -> bool:
        data = self._reading.modules.read(file) if file and file not in self._loads else None
        if data is not None:
            if len(self._loads) >= _MAX_KNOWN:
                self._loads.clear()
            # A package hands on what its modules have.
            inner = _modules(data, _package(file)) if file.endswith("__init__.py") and hops < _MAX_HOPS else ()
            loads = bool(names(data))
            self._loads[file] = loads or any(self._may_load(file, each, hops + 1) for each in inner)
            self._defined.update(_definitions(data) if loads else ())
        return self._loads.get(file, False)

    def mentions(self, file: File, tree: ast.Module, frame: Frame, text: str) -> Iterator[Mention]:
        """The models that a file hands to functions of other modules.

        Args:
            file: The file.
            tree: Its tree.
            frame: The module's scope.
            text: Its text, the lines ended by line feeds.
        """
        found: dict[tuple[str, int], list[_Call]] = {}
        counted: Counter[str] = Counter()
        for call in self._calls(tree, frame, text):
            path = call.top.path
            found.setdefault((path, counted[path] // _MAX_CALLS), []).append(call)
            counted[path] += 1
        for calls in found.values():
            try:
                named = self._named(calls)
            finally:
                self._reading.callers.begin(tree, text)
                self._reading.forget()
            for mention in named:
                spot = file.spot(self._place(mention, calls, frame))
                yield replace(mention, spot=spot, insertion=None)

    def _calls(self, tree: ast.Module, frame: Frame, text: str) -> Iterator[_Call]:
        lines = Lines(text)
        words = self._words(tree, frame, lines)
        for node, where in calls_on(tree, frame, lines.of(words), self._reading) if words else ():
            path = path_of(node.func)
            if not words.isdisjoint(path[:1]) and (len(path) == 1 or path[-1] in self._defined):
                for callee in self._reading.callees(node.func, where):
                    if callee.own is not None and callee.made is None and callee.own[0].top.node is not tree:
                        around, target = callee.own
                        function = self._maker(target, around) if isinstance(target, ast.ClassDef) else target
                        if function is not None:
                            yield _Call(node, function, around.top, handed(function, node, where))

    def _words(self, tree: ast.Module, frame: Frame, lines: Lines) -> set[str]:
        """Names that a file gives to what it imports from modules that may load a model."""
        found: set[str] = set()
        on = lines.of(["import"])
        todo: list[ast.AST] = [tree]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.stmt) and not touched(node, on):
                continue
            if isinstance(node, ast.Import):
                found |= {
                    each.asname or each.name.partition(".")[0]
                    for each in node.names
                    if self._may_load(frame.path, each.name, 0)
                }
            elif isinstance(node, ast.ImportFrom):
                for name, each in imports(frame.package, node):
                    is_function = each.name in self._defined and self._may_load(frame.path, each.module, 0)
                    if is_function or self._may_load(frame.path, each.dotted, 0):
                        found.add(name)
            else:
                todo += [each for each in children(node) if not isinstance(each, ast.expr)]
        return found

    def _maker(self, node: ast.ClassDef, around: Frame) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """What gets the arguments of a call of a class."""
        found = self._reading.class_member(node, around, "__init__")
        return next((value for _, value in found if isinstance(value, Function)), None)

    def _named(self, calls: list[_Call]) -> list[Mention]:
        """What a module names with these calls and does not name without them."""
        top = calls[0].top
        data = self._reading.modules.read(top.path)
        needles = names(data) if data is not None else set()
        if data is None or not needles or not isinstance(top.node, ast.Module):
            return []
        text = text_of(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        if not self._reading.modules.spend(1 + len(text) // _CHARACTERS_A_STEP):
            return []
        lent: dict[int, tuple[ast.AST, Turns]] = {}
        for call in calls:
            lent.setdefault(id(call.function), (call.function, []))[1].append(call.given)
        matcher, file = Matcher(imported(top.node, text)), File(top.path, [])
        read: list[dict[tuple[object, ...], Mention]] = []
        for each in ({}, lent):
            self._reading.forget()
            self._reading.callers.lend(top.node, text, each)
            found = [
                mention
                for node, where in candidates(top.node, top, text, set(needles), self._reading)
                for mention in mentions(file, node, where, self._reading, matcher)
                if mention.model is not None
            ]
            ordered = sorted(found, key=lambda mention: mention.spot)
            read.append({(m.rule, m.scheme, m.model, m.revision, m.is_open): m for m in reversed(ordered)})
        before, after = read
        return [mention for key, mention in after.items() if key not in before]

    def _place(self, mention: Mention, calls: list[_Call], frame: Frame) -> ast.expr:
        """The argument that names a model; the first call if none does so by itself."""
        parts = [
            (str(told), given.value if given.frame.top is frame else call.node)
            for call in calls
            for given in call.given.values()
            for told in self._reading.told(given.value, given.frame)
        ]
        model = mention.model or ""
        exact = (node for told, node in parts if told == model)
        within = (node for told, node in parts if told and told in model)
        return next(exact, None) or next(within, None) or calls[0].node


def _definitions(data: bytes) -> Iterator[str]:
    """Names of the functions and classes that a file may define, by its text alone."""
    for mark in (b"def ", b"class "):
        for part in data.split(mark)[1:]:
            name = part[:_LONGEST].partition(b"(")[0].partition(b":")[0].partition(b"[")[0]
            yield name.strip().decode("utf-8", "replace")


def _package(path: str) -> str:
    return path.rpartition("/")[0].replace("/", ".")


def _modules(data: bytes, package: str) -> Iterator[str]:
    """Names of the modules that lines of a file may import, those of its own package in full."""
    at = data.find(_IMPORT)
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        line = data[start : end if end >= 0 else len(data)].strip()
        at = data.find(_IMPORT, end) if end >= 0 else -1
        if line.startswith(b"from "):
            head, _, rest = line.removeprefix(b"from ").partition(_IMPORT)
            module = _absolute(head.strip().decode("ascii", "replace"), package)
            yield module
            for word in rest.replace(b"(", b" ").split(b",") if module else ():
                yield f"{module}.{word.decode('ascii', 'replace').split(' as ')[0].strip()}"
        elif line.startswith(_IMPORT):
            for word in line.removeprefix(_IMPORT).split(b","):
                yield word.decode("ascii", "replace").split(" as ")[0].strip()


def _absolute(name: str, package: str) -> str:
    """The full name of a module that dots may begin."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    parts = package.split(".") if package else []
    return ".".join([*parts[: len(parts) - level + 1], *([name[level:]] if name[level:] else [])])
