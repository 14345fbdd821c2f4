"""Reading a repository for lint: each file by its extractor, with the exceptions that it states."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.ignore import MARK, Ignore, ignores
from weighbridge.core.lint_report import Remark
from weighbridge.references import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.core.mention import Mention

    Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Readings:
    """What files hold.

    Args:
        mentions: The models that they name, in the order of places.
        ignored: The exceptions that each file states, each with its notebook cell.
        remarks: Files that could not be read, or not wholly.
        files: How many were read.
    """

    mentions: tuple[Mention, ...]
    ignored: dict[str, list[tuple[int | None, Ignore]]]
    remarks: tuple[Remark, ...]
    files: int


def read_files(paths: Iterable[str], read: Read, fault: Callable[[str], str]) -> Readings:
    """Read files; nothing in them is executed, and none of them stops the others from being read.

    Args:
        paths: The files.
        read: Gives the bytes of a file, or None.
        fault: Tells why there are none; empty if that is no fault.
    """
    mentions: list[Mention] = []
    ignored: dict[str, list[tuple[int | None, Ignore]]] = {}
    remarks: list[Remark] = []
    count = 0
    for path in paths:
        data = read(path)
        if data is None:
            if why := fault(path):
                remarks.append(Remark(path, 0, why, "note"))
            continue
        found = files.extract(path, data, read)
        if found is None:
            continue
        count += 1
        mentions += found.mentions
        if found.unreadable:
            remarks.append(Remark(path, 0, f"not read, or not wholly: {found.unreadable}", "note"))
        if MARK.encode() in data and (stated := list(_stated(path, data))):
            ignored[path] = stated
    mentions.sort(key=lambda each: (each.spot.path, each.spot.cell or 0, each.spot.line, each.spot.column))
    return Readings(tuple(mentions), ignored, tuple(remarks), count)


def _stated(path: str, data: bytes) -> Iterator[tuple[int | None, Ignore]]:
    if not path.endswith(".ipynb"):
        for item in ignores(data.decode("utf-8", "replace").splitlines()):
            yield None, item
        return
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    cells = document.get("cells") if isinstance(document, dict) else None
    for number, cell in enumerate(cells if isinstance(cells, list) else (), 1):
        source = cell.get("source") if isinstance(cell, dict) else None
        text = "".join(item for item in source if isinstance(item, str)) if isinstance(source, list) else source
        for item in ignores(text.splitlines() if isinstance(text, str) else ()):
            yield number, item
