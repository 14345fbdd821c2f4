"""Notebooks: the models that their code cells name; lines for the shell are handed to the shell's extractor."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.references.extraction import Extraction
from weighbridge.references.named import HOLE
from weighbridge.references.notebook_cells import cells
from weighbridge.references.python import PythonExtractor
from weighbridge.references.shell import extract as shell_extract

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.mention import Mention
    from weighbridge.references.notebook_cells import Cell

    Read = Callable[[str], bytes | None]
    Extract = Callable[[str, bytes, Read], Extraction]

MAX_BYTES: Final = 32 << 20
"""Larger than a program: outputs are kept in it."""


def extract(
    path: str, data: bytes, repository: Read, shell: Extract = shell_extract, python: PythonExtractor | None = None
) -> Extraction:
    """The models that a notebook names; lines count within the cell, and nothing is inserted.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
        shell: The extractor of shell text, for ``!`` lines and ``%%bash`` cells.
        python: The extractor of Python, if one is at hand.
    """
    if len(data) > MAX_BYTES:
        return Extraction((), "too large")
    try:
        listed = cells(data)
    except (ValueError, RecursionError):
        return Extraction((), "not a notebook's JSON")
    reader = python or PythonExtractor(repository)
    program = [cell for cell in listed if not cell.file and any(map(str.strip, cell.code))]
    broken = [] if _parses(program) else [cell for cell in program if not _parses([cell])]
    program = [cell for cell in program if cell not in broken]
    # Later cells use what earlier ones bound: all are one program, told apart by their lines.
    found, unread = _python(path, program, reader)
    for cell in listed:
        if cell.file:
            mentions, fault = _python(path, [cell], reader)
            found += mentions
            unread += fault
    constants = _constants(program)
    for cell in listed:
        mentions, fault = _shell(path, cell, constants, repository, shell)
        found += mentions
        unread += fault
    found.sort(key=lambda each: (each.spot.cell or 0, each.spot.line, each.spot.column))
    numbers = sorted({cell.number for cell in broken})
    if numbers:
        return Extraction(tuple(found), f"cells that are no Python: {', '.join(map(str, numbers[:10]))}")
    return Extraction(tuple(found), "parts could not be read" if unread else "")


def _text(program: list[Cell]) -> bytes:
    lines = [line for cell in program for line in cell.code]
    # A notebook is UTF-8: what a comment at its top says of an encoding counts for nothing.
    lines[:2] = ["" if line.lstrip().startswith("#") else line for line in lines[:2]]
    return "\n".join(lines).encode("utf-8", "replace")


def _parses(program: list[Cell]) -> bool:
    return _tree(program) is not None


def _tree(program: list[Cell]) -> ast.Module | None:
    try:
        return ast.parse(_text(program))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _python(path: str, program: list[Cell], reader: PythonExtractor) -> tuple[list[Mention], int]:
    """The mentions of cells that make one program, and whether it could not be read."""
    places = [(cell, line) for cell in program for line in range(1, len(cell.code) + 1)]
    read = reader.extract(path, _text(program))
    found = []
    for mention in read.mentions:
        cell, line = places[mention.spot.line - 1]
        spot = replace(mention.spot, line=line, column=mention.spot.column + cell.indent, cell=cell.number)
        found.append(replace(mention, spot=spot, insertion=None))
    return found, bool(read.unreadable)


def _shell(
    path: str, cell: Cell, constants: dict[str, str], repository: Read, shell: Extract
) -> tuple[list[Mention], int]:
    """The mentions of a cell's commands, and whether they could not be read."""
    if not any(map(str.strip, cell.commands)):
        return [], 0
    text = "\n".join(_filled(line, constants) for line in cell.commands)
    read = shell(path, text.encode("utf-8", "replace"), repository)
    moved = [replace(each, spot=replace(each.spot, cell=cell.number), insertion=None) for each in read.mentions]
    return moved, bool(read.unreadable)


def _constants(program: list[Cell]) -> dict[str, str]:
    """Names that the cells give one text, and no other."""
    tree = _tree(program)
    told: dict[str, set[str]] = {}
    for node in tree.body if tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                told.setdefault(name, set()).add(text)
            case ast.Assign(targets=[ast.Name(id=name)]):
                told.setdefault(name, set()).add(HOLE)
            case _:
                pass
    return {name: next(iter(texts)) if len(texts) == 1 else HOLE for name, texts in told.items()}


def _filled(line: str, constants: dict[str, str]) -> str:
    """A command with the notebook's own values in place of ``{name}``, as IPython puts them there."""
    before, brace, rest = line.partition("{")
    made = before
    while brace:
        name, close, after = rest.partition("}")
        # `${name}` is the shell's own, and so is `{a,b}`.
        own = made.endswith("$") or not close or not name.strip().isidentifier()
        made += f"{{{name}{close}" if own else constants.get(name.strip(), HOLE)
        before, brace, rest = after.partition("{")
        made += before
    for name, text in constants.items():
        if f"${name}" in made and text != HOLE:
            made = made.replace(f"${name}", text) if f"${name}_" not in made else made
    return made
