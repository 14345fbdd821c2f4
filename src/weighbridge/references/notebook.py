"""Notebooks: the models that their code cells name; lines for the shell are handed to the shell's extractor."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.references import python
from weighbridge.references.extraction import Extraction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.core.mention import Mention

    Read = Callable[[str], bytes | None]
    Extract = Callable[[str, bytes, Read], Extraction]

MAX_BYTES: Final = 32 << 20
"""Larger than a program: outputs are kept in it."""
_SHELL_CELLS: Final = ("%%bash", "%%sh", "%%shell", "%%script bash")


def extract(path: str, data: bytes, repository: Read, shell: Extract | None = None) -> Extraction:
    """The models that a notebook names; lines count within the cell, and nothing is inserted.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
        shell: The extractor of shell text, for ``!`` lines and ``%%bash`` cells.
    """
    if len(data) > MAX_BYTES:
        return Extraction((), "too large")
    try:
        cells = list(_cells(json.loads(data)))
    except (ValueError, RecursionError):
        return Extraction((), "not a notebook's JSON")
    found: list[Mention] = []
    unread = 0
    # Later cells use what earlier ones bound: all are one program, told apart by their lines.
    program: list[str] = []
    places: list[tuple[int, int]] = []
    for number, source in cells:
        lines, commands = _parts(source)
        if shell is not None and commands.strip():
            read = shell(path, commands.encode("utf-8", "replace"), repository)
            unread += bool(read.unreadable)
            found += [_moved(each, number, each.spot.line) for each in read.mentions]
        try:
            compile("\n".join(lines), "cell", "exec", dont_inherit=True, flags=_ONLY_TREE)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            unread += 1
            continue
        program += lines
        places += [(number, line) for line in range(1, len(lines) + 1)]
    read = python.extract(path, "\n".join(program).encode("utf-8", "replace"), repository)
    found += [_moved(each, *places[each.spot.line - 1]) for each in read.mentions]
    found.sort(key=lambda each: (each.spot.cell or 0, each.spot.line, each.spot.column))
    return Extraction(tuple(found), read.unreadable or (f"{unread} cells could not be read" if unread else ""))


_ONLY_TREE: Final = 0x400 | 0x2000
"""``ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT``: a tree is built, no code."""


def _moved(mention: Mention, cell: int, line: int) -> Mention:
    return replace(mention, spot=replace(mention.spot, line=line, cell=cell), insertion=None)


def _cells(document: object) -> Iterator[tuple[int, str]]:
    """Code cells and their numbers."""
    listed = document.get("cells") if isinstance(document, dict) else None
    for number, cell in enumerate(listed if isinstance(listed, list) else (), 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            if isinstance(source, list):
                source = "".join(part for part in source if isinstance(part, str))
            if isinstance(source, str):
                yield number, source


def _parts(source: str) -> tuple[list[str], str]:
    """The lines of Python and the shell's text of a cell, both as long as the cell, so that lines stay."""
    lines = source.split("\n")
    if lines[0].startswith(_SHELL_CELLS):
        return [""] * len(lines), "\n".join(["", *lines[1:]])
    if lines[0].startswith("%%") and not lines[0].startswith(("%%time", "%%capture")):
        return [""] * len(lines), ""
    code, commands = [], []
    goes_on = False
    for line in lines:
        bare = line.lstrip()
        indent = line[: len(line) - len(bare)]
        is_magic = goes_on or bare.startswith(("!", "%"))
        runs = bare.removeprefix("!").removeprefix("%") if not goes_on else bare
        is_shell = goes_on or bare.startswith(("!", "%pip", "%conda"))
        goes_on = is_shell and line.rstrip().endswith("\\")
        code.append(f"{indent}pass" if is_magic else line)
        commands.append(f"{' ' * (len(line) - len(runs))}{runs}" if is_shell else "")
    return code, "\n".join(commands)
