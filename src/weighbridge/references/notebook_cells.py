"""The cells of a Jupyter notebook: what in them is Python, what is for the shell, and what is neither.

Both parts of a cell are as long as the cell, so that lines stay. Formats 3 and 4 are read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHELLS: Final = frozenset({"bash", "sh", "shell", "zsh", "system", "sx"})
_PYTHON: Final = frozenset(
    {
        *("time", "timeit", "capture", "python", "python3", "prun", "memit", "mprun", "lprun"),
        *("wandb", "px", "snakeviz", "pyinstrument", "scalene", "debug", "ipytest"),
    }
)
"""Magics of a whole cell under which it is Python all the same."""
_LINE_PYTHON: Final = ("%time ", "%timeit ", "%prun ", "%memit ")
_LANGUAGES: Final = ("", "python", "ipython", "python3", "ipython3")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of code.

    Args:
        number: Its place among all cells, counted from 1.
        code: Its lines of Python, others left blank.
        commands: Its lines for the shell, others left blank.
        indent: How many characters were taken off the front of each line of Python.
        file: The file that the cell writes instead of running; empty if it writes none.
    """

    number: int
    code: tuple[str, ...]
    commands: tuple[str, ...]
    indent: int = 0
    file: str = ""


def cells(data: bytes) -> list[Cell]:
    """The cells of code of a notebook in Python.

    Args:
        data: The file.

    Raises:
        ValueError: It is not JSON, or not text.
        RecursionError: It is nested too deeply.
    """
    return [_cell(number, source) for number, source in sources(data)]


def sources(data: bytes) -> list[tuple[int, str]]:
    """The number and text of each cell of code, as it is written.

    Args:
        data: The file.

    Raises:
        ValueError: It is not JSON, or not text.
        RecursionError: It is nested too deeply.
    """
    document = json.loads(data)
    if not isinstance(document, dict) or _language(document) not in _LANGUAGES:
        return []
    return list(_sources(document))


def _language(document: dict[str, object]) -> str:
    metadata = document.get("metadata")
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(part, dict) and isinstance(part.get(name), str):
            return str(part[name]).lower()
    return ""


def _sources(document: dict[str, object]) -> Iterator[tuple[int, str]]:
    """Numbers and texts of all cells of code; format 3 has them in worksheets, and calls the text ``input``."""
    sheets = document.get("worksheets")
    holders = [document, *(sheets if isinstance(sheets, list) else ())]
    listed = [cell for holder in holders if isinstance(holder, dict) for cell in _list(holder.get("cells"))]
    for number, cell in enumerate(listed, 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            if isinstance(source, list):
                source = "".join(part for part in source if isinstance(part, str))
            if isinstance(source, str):
                yield number, source.replace("\r\n", "\n").replace("\r", "\n")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _cell(number: int, source: str) -> Cell:
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    magic, _, rest = lines[first].lstrip().partition(" ")
    if magic.startswith("%%"):
        return _magic_cell(number, magic.removeprefix("%%"), rest, [*[""] * (first + 1), *lines[first + 1 :]])
    if magic.startswith("!!"):
        lines[first] = lines[first].replace("!!", "! ", 1)
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    code, commands = _parts([line[indent:] for line in lines])
    return Cell(number, tuple(code), tuple(f"{' ' * indent}{line}" if line else "" for line in commands), indent)


def _magic_cell(number: int, magic: str, rest: str, lines: list[str]) -> Cell:
    blank = ("",) * len(lines)
    words = rest.split()
    if magic in _SHELLS or (magic == "script" and words[:1] and words[0].rpartition("/")[2] in _SHELLS):
        return Cell(number, blank, tuple(lines))
    if magic == "writefile" or (magic == "file" and words):
        is_python = bool(words) and words[-1].strip("'\"").endswith(".py")
        return Cell(number, tuple(lines) if is_python else blank, blank, file=words[-1] if is_python else "")
    if magic not in _PYTHON:
        return Cell(number, blank, blank)
    code, commands = _parts(lines)
    return Cell(number, tuple(code), tuple(commands))


def _parts(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines of Python and lines for the shell."""
    code, commands = [], []
    goes_on = False
    for line in lines:
        bare = line.lstrip()
        before = line[: len(line) - len(bare)]
        if goes_on:
            is_shell, command = True, line
        else:
            is_shell, command = _command(line, bare)
        is_magic = (
            is_shell or bare.startswith(("%", "?")) or (bare.endswith("?") and "#" not in bare and '"' not in bare)
        )
        goes_before = goes_on
        goes_on = is_shell and line.rstrip().endswith("\\")
        kept = _kept(bare)
        if goes_before:
            code.append("")
        else:
            code.append(f"{before}{kept}" if kept else f"{before}pass" if is_magic else line)
        commands.append(command if is_shell and not kept else "")
    return code, commands


def _kept(bare: str) -> str:
    """The Python of a line magic, such as ``%time f()``, as far to the right as it stands."""
    magic = next((each for each in _LINE_PYTHON if bare.startswith(each)), "")
    code = bare.removeprefix(magic).lstrip() if magic else ""
    # `None;` and blanks fill the place of the magic, so that columns stay.
    return f"{'0;'.ljust(len(bare) - len(code))}{code}" if code and not code.startswith("-") else ""


def _command(line: str, bare: str) -> tuple[bool, str]:
    """Whether a line is for the shell, and the command at its place in the line."""
    for mark in ("!", "%pip", "%conda", "%uv", "%sx", "%system"):
        if bare.startswith(mark):
            name = mark.removeprefix("%") if mark in {"%pip", "%conda", "%uv"} else ""
            rest = bare.removeprefix(mark)
            return True, f"{' ' * (len(line) - len(name + rest))}{name}{rest}"
    target, equals, command = bare.partition("=")
    command = command.lstrip()
    if equals and command.startswith("!") and all(part.strip().isidentifier() for part in target.split(",")):
        return True, " " * (len(line) - len(command) + 1) + command.removeprefix("!")
    return False, ""
