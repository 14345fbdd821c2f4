"""What names of Python are bound to, and the runs of statements in which that holds."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.formats.python_module import Function, Imported

if TYPE_CHECKING:
    from weighbridge.references.python_names import Frame

Place: TypeAlias = tuple[int, int]
Span: TypeAlias = tuple[Place, Place]
LATER: Final = (1 << 60, 0)


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
class Typed:
    """A name of which only the type is said.

    Args:
        annotation: The type.
    """

    annotation: ast.expr


@dataclass(frozen=True, slots=True)
class Unknown:
    """What only running the program would tell."""


_Defined: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Value: TypeAlias = ast.expr | Imported | _Defined | Given | Part | Parameter | Typed | Unknown


@dataclass(frozen=True, slots=True)
class Block:
    """A run of statements.

    Args:
        span: Where it begins and ends; None for the scope's own.
        branches: Statements that choose, each with the branch that this block is in.
        loops: The loops around it.
        tested: Names that the ``if`` tests whose branch it is: one that is bound here has a default.
    """

    span: Span | None = None
    branches: tuple[tuple[Span, Span], ...] = ()
    loops: tuple[Span, ...] = ()
    tested: frozenset[str] = frozenset()


_MAX_RETURNS: Final = 20
EVERYWHERE: Final = Block(((0, 0), (0, 0)), (), (((0, 0), LATER),))


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


def _within(place: Place, span: Span) -> bool:
    return span[0] <= place <= span[1]


def start(node: ast.stmt | ast.expr) -> Place:
    """Where a node begins."""
    return node.lineno, node.col_offset


def end(node: ast.stmt | ast.expr) -> Place:
    """Where a node ends."""
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def path_of(node: ast.expr) -> list[str]:
    """The parts of a dotted name; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def last_of(node: ast.expr) -> str:
    """The last part of a name, with dots or without; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


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


def returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """What a function gives back, by its own statements; nothing if it is a generator or gives back too many things.

    Args:
        function: The function.
    """
    found: list[ast.expr] = []
    todo: list[ast.AST] = [*function.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            found.append(node.value)
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
                return []
            if not isinstance(node, Function | ast.ClassDef):
                todo += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr)]
    return found if len(found) <= _MAX_RETURNS else []
