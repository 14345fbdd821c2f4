"""The arguments of one call of Python: by keyword and by place, those of dictionaries and partials too."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.references.python_callee import Callee
    from weighbridge.references.python_names import Frame
    from weighbridge.references.python_told import Reading

_MAX_PARTIALS: Final = 4


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument.

    Args:
        value: Its expression.
        frame: Where that stands.
        at: The node of the file at which it is given: the expression itself, or the dictionary that holds it.
    """

    value: ast.expr
    frame: Frame
    at: ast.expr


@dataclass(slots=True)
class Arguments:
    """All arguments of a call.

    Args:
        placed: By place, as far as all before them can be told.
        words: By keyword.
        is_open: Whether there are keywords that can't be told.
        is_open_placed: Whether there are places that can't be told.
    """

    placed: list[Argument] = field(default_factory=list)
    words: dict[str, Argument] = field(default_factory=dict)
    is_open: bool = False
    is_open_placed: bool = False

    def get(self, names: tuple[str, ...], position: int | None) -> Argument | None:
        """An argument by its keywords or its place.

        Args:
            names: Its keywords, the first that is given counts.
            position: Its place; None if it has none.
        """
        for name in names:
            if name in self.words:
                return self.words[name]
        return self.placed[position] if position is not None and position < len(self.placed) else None


def calls(node: ast.Call, frame: Frame, reading: Reading) -> list[tuple[Callee, Arguments]]:
    """What a call calls, partials taken apart, with all arguments.

    Args:
        node: The call.
        frame: Where it stands.
        reading: Follows names.
    """
    found: list[tuple[Callee, Arguments]] = []
    for callee in reading.callees(node.func, frame):
        parts = [(node, frame)]
        made: Callee | None = callee
        while made is not None and made.name in {"functools.partial", "partial"} and len(parts) <= _MAX_PARTIALS:
            if made.made is None or not made.made[0].args:
                made = None
                break
            call, where = made.made
            parts.insert(0, made.made)
            made = next(iter(reading.callees(call.args[0], where)), None)
        if made is not None and not made.is_result:
            found.append((made, _arguments(parts, reading, same_file=frame.path)))
    return found


def _arguments(parts: list[tuple[ast.Call, Frame]], reading: Reading, *, same_file: str) -> Arguments:
    made = Arguments()
    last = parts[-1][0]
    for call, frame in parts:
        at_home = frame.path == same_file
        given = call.args if call is last else call.args[1:]
        for each in given:
            if isinstance(each, ast.Starred):
                elements = reading.elements(each.value, frame)
                if elements is None or not all(isinstance(item, tuple) for item in elements):
                    made.is_open_placed = True
                    break
                made.placed += [Argument(*item, each.value) for item in elements if isinstance(item, tuple)]
            else:
                made.placed.append(Argument(each, frame, each if at_home else last))
        for word in call.keywords:
            if word.arg is not None:
                made.words[word.arg] = Argument(word.value, frame, word.value if at_home else last)
            else:
                _spread(word.value, frame, made, reading)
    return made


def _spread(value: ast.expr, frame: Frame, made: Arguments, reading: Reading) -> None:
    """The keywords of ``**value``."""
    for key, item, where in reading.entries(value, frame):
        for name in reading.told(key, where):
            if isinstance(name, str):
                made.words[name] = Argument(item, where, value)
    made.is_open |= not reading.is_closed(value, frame)
