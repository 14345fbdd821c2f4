"""Exceptions that a file states for itself, in a comment: ``weighbridge: ignore[RULE, …] REASON until YYYY-MM-DD``.

One holds for the line that it stands on; on a line of its own, for the next one. It needs a reason and a last day: who
looks at the file later must be able to tell why it was let in, and be asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK: Final = "weighbridge: ignore"
_COMMENTS: Final = ("#", "//", "--", "<!--", "/*", ";")
_SHAPE: Final = "write in a comment: weighbridge: ignore[RULE] REASON until YYYY-MM-DD"
_MAX_DISTANCE: Final = 20
"""How many such lines may stand above the line that they are about."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """One exception.

    Args:
        line: The line that it is about, counted from 1.
        at: The line on which it is written.
        rules: Rules or verdicts that it is about.
        reason: Why.
        until: The last day on which it holds.
        problem: What is wrong with it; empty for nothing. It then holds for nothing.
    """

    line: int
    at: int
    rules: tuple[str, ...] = ()
    reason: str = ""
    until: date = date.min
    problem: str = ""

    def covers(self, *names: str) -> bool:
        """Whether it is about a rule or a verdict of one of these names."""
        return not self.problem and not set(names).isdisjoint(self.rules)


def ignores(lines: Sequence[str]) -> list[Ignore]:
    """The exceptions that lines of text state.

    Args:
        lines: Of a file, or of a notebook's cell.
    """
    found = []
    for number, line in enumerate(lines, 1):
        before, mark, after = line.partition(MARK)
        bare = before.rstrip()
        sign = next((each for each in _COMMENTS if bare.endswith(each)), "")
        if not mark or not sign:
            continue
        own = not bare.removesuffix(sign).strip()
        found.append(_read(_about(lines, number) if own else number, number, after))
    return found


def _about(lines: Sequence[str], number: int) -> int:
    """The next line that is no such comment itself."""
    for index in range(number, min(len(lines), number + _MAX_DISTANCE)):
        if MARK not in lines[index]:
            return index + 1
    return number


def _read(line: int, at: int, text: str) -> Ignore:
    listed, bracket, rest = text.removeprefix("[").partition("]")
    rules = tuple(name.strip() for name in listed.split(",") if name.strip())
    if not text.startswith("[") or not bracket or not rules:
        return Ignore(line, at, problem=f"it names no rule; {_SHAPE}")
    reason, until, day = rest.rstrip("*/-> \t\r").rpartition(" until ")
    if not until or not reason.strip():
        return Ignore(line, at, rules, problem=f"it needs a reason and a last day; {_SHAPE}")
    try:
        last = date.fromisoformat(day.strip())
    except ValueError:
        return Ignore(line, at, rules, problem=f"{day.strip()!r} is no day; {_SHAPE}")
    return Ignore(line, at, rules, reason.strip(), last)
