"""Notebooks: the code cells of a Jupyter notebook, without what only its own shell understands.

Lines that begin with `!` or `%` go to a shell or to the notebook's own commands; they are listed and cut out, so that
what is left is Python. Sources: nbformat 4 (`cells`) and 3 (`worksheets`).

Faults: `shape`, `limit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CELLS = 20_000
MAX_SHELL = 200


@dataclass(frozen=True, slots=True)
class Notebook:
    """What a notebook holds.

    Args:
        code: Its code cells one below the other, as Python.
        shell: Lines and cells for a shell or for the notebook itself.
        prose: Its other cells.
        faults: The broken rules.
    """

    code: str
    shell: tuple[str, ...]
    prose: str
    faults: tuple[Fault, ...]


def is_notebook(value: object) -> bool:
    """Whether a JSON value is a notebook."""
    return isinstance(value, dict) and "nbformat" in value and ("cells" in value or "worksheets" in value)


def read(value: object) -> Notebook:
    """Read a notebook's cells."""
    code: list[str] = []
    shell: list[str] = []
    prose: list[str] = []
    faults: list[Fault] = []
    for count, cell in enumerate(_cells(value)):
        source = _source(cell)
        if count >= MAX_CELLS:
            faults.append(Fault("limit", f"there are more than {MAX_CELLS} cells", 0))
            break
        if source is None:
            faults = faults or [Fault("shape", "a cell has no text", 0)]
        elif isinstance(cell, dict) and cell.get("cell_type") == "code":
            code.append(_python(source, shell))
        else:
            prose.append(source)
    return Notebook("\n".join(code), tuple(shell[:MAX_SHELL]), "\n".join(prose), tuple(faults))


def _cells(value: object) -> Iterator[object]:
    if not isinstance(value, dict):
        yield None
        return
    sheets = value.get("worksheets")
    for holder in (value, *(sheets if isinstance(sheets, list) else ())):
        cells = holder.get("cells", []) if isinstance(holder, dict) else None
        yield from cells if isinstance(cells, list) else [None]


def _source(cell: object) -> str | None:
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _python(source: str, shell: list[str]) -> str:
    """A cell's Python; what is not goes to `shell`."""
    if source.lstrip().startswith("%%"):
        shell.append(source.strip())
        return ""
    kept = []
    for line in source.splitlines():
        bare = line.lstrip()
        if bare.startswith(("!", "%", "?")) or bare.endswith("?"):
            shell.append(bare)
            kept.append(line[: len(line) - len(bare)] + "pass")
        else:
            kept.append(line)
    return "\n".join(kept)
