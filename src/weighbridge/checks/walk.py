"""Walk: the files of a folder as they lie there, and what lies there that is no file.

Links are named, never followed. Nothing is opened.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.checks.tree import WHOLE, finding
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.finding import Finding

MAX_ENTRIES = 200_000
MAX_DEPTH = 64


@dataclass(slots=True)
class Walk:
    """What lies in a folder.

    Args:
        files: Size in bytes by path, in the order of the paths' bytes.
        findings: What could not be listed.
    """

    files: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def named(path: str) -> str:
    """A path as text that can be written anywhere, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def walk(folder: Path) -> Walk:
    """List a folder, but for a ``.git`` folder at its top."""
    found, sizes = Walk(), {}
    waiting = [""]
    left = MAX_ENTRIES
    while waiting and left > 0:
        below = waiting.pop()
        for entry in _entries(folder, below, found):
            left -= 1
            if left <= 0:
                found.findings.append(finding("not-inspected", WHOLE, f"more than {MAX_ENTRIES} files and folders"))
                break
            path = f"{below}{entry.name}"
            size = _sort(entry, path, found)
            if size is not None:
                sizes[path] = size
            elif entry.is_dir(follow_symlinks=False) and path != ".git":
                waiting.append(f"{path}/")
    found.files = {path: sizes[path] for path in sorted(sizes, key=os.fsencode)}
    return found


def _entries(folder: Path, below: str, found: Walk) -> Iterator[os.DirEntry[str]]:
    if below.count("/") > MAX_DEPTH:
        found.findings.append(finding("not-inspected", named(below.rstrip("/")), "folders nested too deep"))
        return
    try:
        with os.scandir(folder / below) as entries:
            yield from entries
    except OSError as error:
        path = named(below.rstrip("/")) or WHOLE
        found.findings.append(finding("not-inspected", path, f"the folder can't be listed: {error.strerror}"))


def _sort(entry: os.DirEntry[str], path: str, found: Walk) -> int | None:
    """The size of a regular file; None for anything else, with a finding unless it is a folder."""
    if not _utf8(entry.name):
        text = f"its name is not UTF-8: {quoted(os.fsencode(entry.name))}"
        found.findings.append(finding("not-inspected", named(path), text))
        return None
    try:
        if entry.is_symlink():
            found.findings.append(finding("special-file", path, "a link"))
        elif entry.is_file(follow_symlinks=False):
            return entry.stat(follow_symlinks=False).st_size
        elif not entry.is_dir(follow_symlinks=False):
            found.findings.append(finding("special-file", path, "a device, pipe or socket"))
    except OSError as error:
        found.findings.append(finding("not-inspected", path, f"it can't be looked at: {error.strerror}"))
    return None


def _utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
