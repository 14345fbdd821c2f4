"""Lines of ``.gitignore`` and ``.gitattributes``: added once, other people's lines kept as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def add(path: Path, lines: Sequence[str], *, scratch: Path) -> bool:
    """Add the lines that a file does not have; False if it has them all.

    Raises:
        StoreError: The disk failed.
    """
    with disk(f"write {path.name}"):
        present = _lines(path)
        missing = [line for line in lines if line not in present]
        if not missing:
            return False
        text = "".join(f"{line}\n" for line in [*present, *missing])
        return durable.replace(path, text.encode(), scratch=scratch)


def drop(path: Path, line: str, *, scratch: Path) -> bool:
    """Take a line away, and the file with its last line; False if it was not there.

    Raises:
        StoreError: The disk failed.
    """
    with disk(f"write {path.name}"):
        present = _lines(path)
        if line not in present:
            return False
        rest = [other for other in present if other != line]
        if not rest:
            return durable.remove(path)
        return durable.replace(path, "".join(f"{other}\n" for other in rest).encode(), scratch=scratch)
