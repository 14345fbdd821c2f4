"""All bindings of one Python scope, by its statements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from weighbridge.formats.python_module import Function, imports
from weighbridge.references.python_bound import (
    EVERYWHERE,
    LATER,
    Block,
    Bound,
    Parameter,
    Part,
    Typed,
    Unknown,
    end,
    path_of,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.references.python_bound import Place, Span, Value
    from weighbridge.references.python_names import Frame


_FIRST = (0, 1)


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


def fill(frame: Frame, names: dict[str, list[Bound]]) -> None:
    """All bindings of a scope, in the order of its statements.

    Args:
        frame: The scope.
        names: Where they are put.
    """
    node = frame.node
    whole = Block()
    for name, value in _at_once(frame, node):
        names.setdefault(name, []).append(Bound(value, _FIRST, whole))
    body = getattr(node, "body", None)
    for statement, block in _statements(body if isinstance(body, list) else [], whole):
        if isinstance(statement, ast.Global | ast.Nonlocal):
            frame.outer |= set(statement.names)
        for name, bound in _bound(frame, statement):
            names.setdefault(name, []).append(Bound(bound, _after(statement), block))
    for name in frame.changed & names.keys():
        names[name].append(Bound(Unknown(), LATER, EVERYWHERE))
    for bounds in names.values():
        bounds.sort(key=lambda each: each.at)


def _at_once(frame: Frame, node: ast.AST) -> Iterator[tuple[str, Value]]:
    """Parameters, and the names that a comprehension runs over."""
    if isinstance(node, Function | ast.Lambda):
        yield from _parameters(frame, node)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        for part in node.generators:
            yield from targets(part.target, Part(part.iter, (), each=True))


def _statements(body: list[ast.stmt], block: Block) -> Iterator[tuple[ast.stmt, Block]]:
    """Every statement of a scope, none of the scopes within, each with its block."""
    todo = [(statement, block) for statement in reversed(body)]
    while todo:
        statement, here = todo.pop()
        yield statement, here
        for inner, around in _inner(statement, here):
            todo += [(each, around) for each in reversed(inner)]


def _inner(  # noqa: C901  one case for each statement
    statement: ast.stmt, here: Block
) -> Iterator[tuple[list[ast.stmt], Block]]:
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
    test = ast.walk(statement.test) if isinstance(statement, ast.If) else ()
    tested = frozenset(".".join(path_of(node)) for node in test if isinstance(node, ast.Name | ast.Attribute))
    for body in bodies:
        if body:
            own = _span(body)
            yield body, Block(own, (*here.branches, (whole, own)), here.loops, tested)


def _bound(  # noqa: C901, PLR0912  one case for each statement
    frame: Frame, statement: ast.stmt
) -> Iterator[tuple[str, Value]]:
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
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=None):
            if isinstance(frame.node, ast.ClassDef):
                yield name, Typed(annotation)
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


def targets(  # noqa: C901  one case for each target
    target: ast.expr, value: ast.expr | Part
) -> Iterator[tuple[str, Value]]:
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


def _parameters(frame: Frame, node: Function | ast.Lambda) -> Iterator[tuple[str, Value]]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    pairs += [(each, None) for each in (arguments.vararg, arguments.kwarg) if each is not None]
    for parameter, default in pairs:
        yield parameter.arg, frame.given.get(parameter.arg) or Parameter(parameter, default, node)
