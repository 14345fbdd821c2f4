"""Answers about expressions, kept for one file: real programs name the same thing often, hostile ones without end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from weighbridge.references.python_names import Frame

T = TypeVar("T")


class Loops:
    """The loops over written-out sequences that an answer depends on.

    Args:
        chosen: The element that is looked at, by loop; while there is one, nothing is kept.
        consulted: The loops that were asked, with how many elements each has.
    """

    def __init__(self) -> None:
        self.chosen: dict[int, int] = {}
        self.consulted: dict[int, int] = {}


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    """An answer; the node and the scope are held so that their ids stay theirs."""

    node: ast.AST
    frame: Frame
    found: T
    consulted: dict[int, int]


class Memo(Generic[T]):
    """Answers of one kind.

    Args:
        loops: What they depend on.
        unfinished: The answer while it is being looked for: a name that stands for itself stands for nothing.
    """

    def __init__(self, loops: Loops, unfinished: T) -> None:
        self._loops = loops
        self._unfinished = unfinished
        self._kept: dict[tuple[int, int], _Kept[T]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()

    def get(self, node: ast.AST, frame: Frame, find: Callable[[], T]) -> T:
        """An answer, looked for once.

        Args:
            node: The expression.
            frame: Where it stands.
            find: Looks for it.
        """
        loops = self._loops
        if loops.chosen:
            return find()
        key = id(node), id(frame)
        kept = self._kept.get(key)
        if kept is None:
            self._kept[key] = _Kept(node, frame, self._unfinished, {})
            around, loops.consulted = loops.consulted, {}
            found = find()
            kept = self._kept[key] = _Kept(node, frame, found, loops.consulted)
            loops.consulted = around
        loops.consulted |= kept.consulted
        return kept.found
