"""Names of one Python scope: what each is bound to, and which of its bindings can hold at a place.

Within a scope the order of statements counts: a later binding that always runs hides the earlier ones, one branch of an
``if`` does not see the other, and a loop sees what its end bound. Nothing is executed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.formats.python_module import Function, Imported, imports

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Place: TypeAlias = tuple[int, int]
Span: TypeAlias = tuple[Place, Place]
_LATER: Final = (1 << 60, 0)


@dataclass(frozen=True, slots=True)
class Given:
    """An argument, where it is written.

    Args:
        value: The expression.
        frame: The scope in which it stands.
    """

    value: ast.expr
    frame: Frame


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a value: an element of a sequence, of each in turn if a loop runs over it.

    Args:
        whole: The sequence or the iterable.
        path: Places within an element, for targets that are taken apart.
        each: Whether a loop runs over it.
    """

    whole: ast.expr
    path: tuple[int, ...]
    each: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function.

    Args:
        node: The parameter.
        default: Its default, if it has one.
        function: The function.
    """

    node: ast.arg
    default: ast.expr | None
    function: Function | ast.Lambda


@dataclass(frozen=True, slots=True)
class Unknown:
    """What only running the program would tell."""


_Defined: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Value: TypeAlias = ast.expr | Imported | _Defined | Given | Part | Parameter | Unknown


@dataclass(frozen=True, slots=True)
class Block:
    """A run of statements.

    Args:
        span: Where it begins and ends; None for the scope's own.
        branches: Statements that choose, each with the branch that this block is in.
        loops: The loops around it.
    """

    span: Span | None = None
    branches: tuple[tuple[Span, Span], ...] = ()
    loops: tuple[Span, ...] = ()


_EVERYWHERE: Final = Block(((0, 0), (0, 0)), (), (((0, 0), _LATER),))


@dataclass(frozen=True, slots=True)
class Bound:
    """One binding.

    Args:
        value: What the name stands for.
        at: From where on it holds.
        block: The block of that statement.
    """

    value: Value
    at: Place
    block: Block

    def always_before(self, place: Place) -> bool:
        """Whether it has run whenever a place is reached."""
        return self.at < place and (self.block.span is None or _within(place, self.block.span))

    def may_reach(self, place: Place) -> bool:
        """Whether it can have run before a place is reached."""
        if any(_within(place, loop) for loop in self.block.loops):
            return True
        if self.at >= place:
            return False
        return not any(_within(place, choice) and not _within(place, own) for choice, own in self.block.branches)


@dataclass(slots=True, eq=False)
class Frame:
    """One scope: a module, a class, a function, a lambda or a comprehension.

    Args:
        path: The file.
        package: The full name of the package that relative imports start from.
        node: What it is the scope of.
        parent: The scope around it.
        names: What its names, and the attributes that it sets, are bound to; filled when first asked for.
        given: What its parameters are at one call.
        stars: Modules of which it takes all names.
        outer: Names that it says are not its own.
        changed: Names that functions may give another value.
        options: Defaults of a module's options on the command line; filled when first asked for.
    """

    path: str
    package: str
    node: ast.AST
    parent: Frame | None = None
    names: dict[str, list[Bound]] | None = None
    given: dict[str, Given] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    outer: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    options: dict[str, ast.expr] | None = None

    @property
    def top(self) -> Frame:
        """The module's scope."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def all_names(self) -> dict[str, list[Bound]]:
        """What its names, and the attributes that it sets, are bound to."""
        if self.names is None:
            self.names = {}
            _fill(self, self.names)
        return self.names

    def bindings(self, name: str, place: Place | None = None) -> list[Bound]:
        """What a name of this very scope can stand for.

        Args:
            name: The name, or a dotted one that is assigned to.
            place: Where it is used; None for after all of it has run.
        """
        known = self.all_names().get(name)
        if known is None or name in self.outer:
            return []
        at = _LATER if place is None else place
        sure = max((each.at for each in known if each.always_before(at)), default=(0, 0))
        return [each for each in known if each.at >= sure and (each.at == sure or each.may_reach(at))]

    def lookup(self, name: str, place: Place | None) -> tuple[Frame, list[Bound]] | None:
        """The scope that binds a name, seen from a place in this one, with what it can stand for."""
        frame: Frame | None = self
        here = place
        while frame is not None:
            # Functions do not see the names of the class around them.
            hidden = frame is not self and isinstance(frame.node, ast.ClassDef)
            found = [] if hidden else frame.bindings(name, here)
            if found:
                return frame, found
            if isinstance(frame.node, Function | ast.Lambda):
                here = None
            frame = frame.parent
        return None

    def owner(self) -> Frame | None:
        """The scope of the class whose method this is in."""
        frame = self.parent
        while frame is not None and not isinstance(frame.node, ast.ClassDef):
            frame = frame.parent
        return frame


def _within(place: Place, span: Span) -> bool:
    return span[0] <= place <= span[1]


def start(node: ast.stmt | ast.expr) -> Place:
    """Where a node begins."""
    return node.lineno, node.col_offset


def end(node: ast.stmt | ast.expr) -> Place:
    """Where a node ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _after(statement: ast.stmt) -> Place:
    """Where the names that a statement binds begin to hold."""
    match statement:
        case ast.For(iter=last) | ast.AsyncFor(iter=last) | ast.If(test=last) | ast.While(test=last):
            return end(last)
        case ast.With(items=[*_, item]) | ast.AsyncWith(items=[*_, item]):
            return end(item.context_expr)
        case ast.Match(subject=last):
            return end(last)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Try() | ast.TryStar():
            return start(statement)
        case _:
            return end(statement)


def _span(body: Sequence[ast.stmt]) -> Span:
    return start(body[0]), end(body[-1])


def _fill(frame: Frame, names: dict[str, list[Bound]]) -> None:
    """All bindings of a scope, in the order of its statements."""
    node = frame.node
    whole = Block()
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        for part in node.generators:
            for name, value in targets(part.target, Part(part.iter, (), each=True)):
                names.setdefault(name, []).append(Bound(value, (0, 1), whole))
        return
    if isinstance(node, Function | ast.Lambda):
        for name, value in _parameters(frame, node):
            names.setdefault(name, []).append(Bound(value, (0, 1), whole))
    if isinstance(node, ast.Lambda):
        return
    body = getattr(node, "body", [])
    for statement, block in _statements(body, whole):
        if isinstance(statement, ast.Global | ast.Nonlocal):
            frame.outer |= set(statement.names)
        for name, bound in _bound(frame, statement):
            names.setdefault(name, []).append(Bound(bound, _after(statement), block))
    for name in frame.changed & names.keys():
        names[name].append(Bound(Unknown(), _LATER, _EVERYWHERE))
    for bounds in names.values():
        bounds.sort(key=lambda each: each.at)


def _statements(body: list[ast.stmt], block: Block) -> Iterator[tuple[ast.stmt, Block]]:
    """Every statement of a scope, none of the scopes within, each with its block."""
    todo = [(statement, block) for statement in reversed(body)]
    while todo:
        statement, here = todo.pop()
        yield statement, here
        for inner, around in _inner(statement, here):
            todo += [(each, around) for each in reversed(inner)]


def _inner(statement: ast.stmt, here: Block) -> Iterator[tuple[list[ast.stmt], Block]]:
    match statement:
        case ast.With() | ast.AsyncWith():
            yield statement.body, here
        case ast.For() | ast.AsyncFor() | ast.While():
            loops = (*here.loops, _span([statement]))
            for body in (statement.body, statement.orelse):
                if body:
                    yield body, Block(_span(body), here.branches, loops)
        case ast.If(body=body, orelse=orelse):
            yield from _branches(statement, [body, orelse], here)
        case ast.Match(cases=cases):
            yield from _branches(statement, [case.body for case in cases], here)
        case ast.Try() | ast.TryStar():
            handlers = [handler.body for handler in statement.handlers]
            for body in (statement.body, *handlers, statement.orelse):
                if body:
                    yield body, Block(_span(body), here.branches, here.loops)
            if statement.finalbody:
                yield statement.finalbody, here
        case _:
            return


def _branches(statement: ast.stmt, bodies: list[list[ast.stmt]], here: Block) -> Iterator[tuple[list[ast.stmt], Block]]:
    whole = _span([statement])
    for body in bodies:
        if body:
            own = _span(body)
            yield body, Block(own, (*here.branches, (whole, own)), here.loops)


def _bound(frame: Frame, statement: ast.stmt) -> Iterator[tuple[str, Value]]:  # noqa: C901  one case for each statement
    match statement:
        case ast.Import() | ast.ImportFrom():
            for name, imported in imports(frame.package, statement):
                if imported.name == "*":
                    frame.stars.append(imported.module)
                else:
                    yield name, imported
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name, statement
        case ast.Assign(targets=several, value=value):
            for target in several:
                yield from targets(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from targets(target, value)
        case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
            before = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), target)
            yield name, ast.copy_location(ast.BinOp(left=before, op=op, right=value), statement)
        case ast.For(target=target, iter=whole) | ast.AsyncFor(target=target, iter=whole):
            yield from targets(target, Part(whole, (), each=True))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    yield from targets(item.optional_vars, item.context_expr)
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            yield from ((handler.name, Unknown()) for handler in handlers if handler.name)
        case ast.Match(cases=cases):
            for node in (node for case in cases for node in ast.walk(case.pattern)):
                if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
                    yield node.name, Unknown()
        case _:
            pass
    yield from _walrus(statement)


def _walrus(statement: ast.stmt) -> Iterator[tuple[str, Value]]:
    if isinstance(statement, ast.If | ast.While):
        tested: ast.expr | None = statement.test
    else:
        tested = getattr(statement, "value", None)
    if isinstance(tested, ast.expr) and not isinstance(tested, ast.Constant | ast.Name):
        for node in ast.walk(tested):
            if isinstance(node, ast.NamedExpr):
                yield node.target.id, node.value


def targets(target: ast.expr, value: ast.expr | Part) -> Iterator[tuple[str, Value]]:
    """The names that an assignment gives a value, dotted ones too, and the value of each.

    Args:
        target: What is assigned to.
        value: What it is given.
    """
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Attribute():
            path = path_of(target)
            if path:
                yield ".".join(path), value
        case ast.Subscript(value=ast.Name() | ast.Attribute() as whole, slice=key) if isinstance(value, ast.expr):
            path = path_of(whole)
            if path:
                yield f"{'.'.join(path)}[]", ast.Dict(keys=[key], values=[value])
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            starred = any(isinstance(each, ast.Starred) for each in elements)
            for index, each in enumerate(elements):
                if starred:
                    yield from ((name, Unknown()) for name, _ in targets(each, value))
                elif isinstance(value, Part):
                    yield from targets(each, Part(value.whole, (*value.path, index), value.each))
                else:
                    yield from targets(each, Part(value, (index,), each=False))
        case ast.Starred(value=inner):
            yield from ((name, Unknown()) for name, _ in targets(inner, value))
        case _:
            return


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes in a node, in their order; quicker than `ast.iter_child_nodes`.

    Args:
        node: The node.
    """
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST) and name != "ctx":
            found.append(value)
    return found


def path_of(node: ast.expr) -> list[str]:
    """The parts of a dotted name; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _parameters(frame: Frame, node: Function | ast.Lambda) -> Iterator[tuple[str, Value]]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    pairs += [(each, None) for each in (arguments.vararg, arguments.kwarg) if each is not None]
    for parameter, default in pairs:
        yield parameter.arg, frame.given.get(parameter.arg) or Parameter(parameter, default, node)
