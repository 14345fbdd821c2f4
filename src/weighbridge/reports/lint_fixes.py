"""Mended references for people, and a unified diff of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.core.mending import Mended, NotMended
    from weighbridge.core.mention import Mention

    Shown = Callable[[str], str]

_NO_NEWLINE: Final = "\\ No newline at end of file"


def fix_lines(fixed: Sequence[Mended], left: Sequence[NotMended], shown: Shown, *, is_written: bool) -> list[str]:
    """What was mended and how, what was not and why, and how many there are.

    Args:
        fixed: The references that were mended, or would be.
        left: Those that were left.
        shown: Gives a path as a person here names it.
        is_written: Whether files were changed.
    """
    done = "fixed" if is_written else "would fix"
    lines = [f"{_place(each.mention, shown)}: {done}: {each.mention.ref}: {each.how}" for each in fixed]
    lines += [f"{_place(each.mention, shown)}: not fixed: {each.mention.ref}: {each.why}" for each in left]
    files = len({each.mention.spot.path for each in fixed})
    return [*lines, f"{done} {_count(len(fixed), 'reference')} in {_count(files, 'file')}"]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _place(mention: Mention, shown: Shown) -> str:
    cell = f"cell {mention.spot.cell}:" if mention.spot.cell is not None else ""
    return f"{shown(mention.spot.path)}:{cell}{mention.spot.line}"


def diff_lines(path: str, before: bytes, after: bytes) -> Iterator[str]:
    """A unified diff of a file; what is no UTF-8 stays as bytes that can't be decoded.

    Args:
        path: The file, relative to the tree.
        before: What it holds.
        after: What it would hold.
    """
    from difflib import unified_diff  # noqa: PLC0415  few runs show a diff

    for line in unified_diff(_lines(before), _lines(after), f"a/{path}", f"b/{path}"):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _lines(data: bytes) -> list[str]:
    *lines, last = data.decode("utf-8", "surrogateescape").split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]
