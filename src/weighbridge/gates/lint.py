"""Reading a repository for lint: each file by its extractor, with the exceptions that it states."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from weighbridge.core.ignore import MARK, Ignore, ignores
from weighbridge.core.lint_report import Remark
from weighbridge.references import files
from weighbridge.references.notebook_cells import sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from weighbridge.core.mention import Mention

    Read = Callable[[str], bytes | None]

MANY: Final = 600
"""From so many files on, processes are worth their start."""
_CHUNK: Final = 100
"""Files that a process is given at once: neighbours, which import each other."""
_MOST: Final = 8
"""Processes at most."""


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
    with _uncollected():
        return _read_files(paths, read, fault)


def _read_files(paths: Iterable[str], read: Read, fault: Callable[[str], str]) -> Readings:
    mentions: list[Mention] = []
    ignored: dict[str, list[tuple[int | None, Ignore]]] = {}
    remarks: list[Remark] = []
    count = 0
    extractors = files.Extractors(read)
    for path in paths:
        data = read(path)
        if data is None:
            if why := fault(path):
                remarks.append(Remark(path, 0, why, "note"))
            continue
        found = extractors.extract(path, data)
        if found is None:
            continue
        count += 1
        mentions += found.mentions
        if found.unreadable:
            remarks.append(Remark(path, 0, f"not read, or not wholly: {found.unreadable}", "note"))
        if MARK.encode() in data and (stated := list(_stated(path, data))):
            ignored[path] = stated
    mentions.sort(key=_place)
    return Readings(tuple(mentions), ignored, tuple(remarks), count)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: trees of syntax have none, and looking for some takes a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def read_many(paths: Sequence[str], read: Read, fault: Callable[[str], str], processes: int | None = None) -> Readings:
    """`read_files`, by several processes where there are many files; what it gives is the same.

    Args:
        paths: The files.
        read: Gives the bytes of a file, or None; it can be pickled.
        fault: Tells why there are none; empty if that is no fault; it can be pickled.
        processes: How many; None for one on each core.
    """
    count = min(_MOST, os.cpu_count() or 1) if processes is None else processes
    if count < 2 or len(paths) < MANY:  # noqa: PLR2004  one process is this one
        return read_files(paths, read, fault)
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  imports much
    from multiprocessing import get_context  # noqa: PLC0415  imports much

    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    work = partial(read_files, read=read, fault=fault)
    # Not by fork: a caller may have threads.
    with ProcessPoolExecutor(count, get_context("spawn")) as pool:
        parts = list(pool.map(work, chunks))
    mentions = sorted(chain.from_iterable(part.mentions for part in parts), key=_place)
    ignored = {path: stated for part in parts for path, stated in part.ignored.items()}
    remarks = tuple(chain.from_iterable(part.remarks for part in parts))
    return Readings(tuple(mentions), ignored, remarks, sum(part.files for part in parts))


def _place(mention: Mention) -> tuple[str, int, int, int]:
    spot = mention.spot
    return spot.path, spot.cell or 0, spot.line, spot.column


def _stated(path: str, data: bytes) -> Iterator[tuple[int | None, Ignore]]:
    if not path.endswith(".ipynb"):
        for item in ignores(data.decode("utf-8", "replace").splitlines()):
            yield None, item
        return
    try:
        cells = sources(data)
    except (ValueError, RecursionError):
        return
    for number, text in cells:
        for item in ignores(text.splitlines()):
            yield number, item
