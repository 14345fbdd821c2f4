"""Comparing a pin's folder with the pin, name by name and byte by byte, and putting it right.

Nothing is followed: a symbolic link is right only if it leads to the very object that DVC keeps for that file.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.core.progress import Silent
from weighbridge.stores import links, objects
from weighbridge.stores.fastread import Candidate, differences
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin, PinnedFile
    from weighbridge.core.ports import Progress
    from weighbridge.stores.layout import Layout
    from weighbridge.stores.seen import SeenFiles


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a folder that the pin does not say.

    Args:
        path: Relative POSIX path; empty for the folder itself.
        what: What is wrong, in words.
        missing: Nothing is there under that name.
    """

    path: str
    what: str
    missing: bool = False

    def __str__(self) -> str:
        """One line of ``details["problems"]``."""
        return f"{self.path or '.'}: {self.what}"


def _entries(folder: Path, prefix: str = "") -> dict[str, os.DirEntry[str]]:
    """Everything below a folder by relative path, folders too; links are not followed."""
    found: dict[str, os.DirEntry[str]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            found[path] = entry
            if entry.is_dir(follow_symlinks=False):
                found |= _entries(folder / entry.name, f"{path}/")
    return found


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "a symbolic link"
    if entry.is_dir(follow_symlinks=False):
        return "a folder"
    return "a file" if entry.is_file(follow_symlinks=False) else "a special file"


def _parents(pin: Pin) -> set[str]:
    return {
        "/".join(parts[:depth])
        for file in pin.files
        for parts in [file.entry.path.split("/")]
        for depth in range(1, len(parts))
    }


def _names(pin: Pin, entries: dict[str, os.DirEntry[str]]) -> list[Fault]:
    """What the names and kinds alone tell."""
    files, parents = {file.entry.path for file in pin.files}, _parents(pin)
    faults = [Fault(path, "is missing", missing=True) for path in sorted(files - set(entries))]
    for path, entry in sorted(entries.items()):
        kind = _kind(entry)
        if path in parents:
            if kind != "a folder":
                faults.append(Fault(path, f"is {kind}, not a folder"))
        elif path not in files:
            faults.append(Fault(path, f"is {kind} that the pin does not have"))
        elif kind in {"a folder", "a special file"}:
            faults.append(Fault(path, f"is {kind}, not a file"))
    return faults


def _leads_to(path: str, target: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(target) and not target.is_symlink()


def _candidate(layout: Layout, file: PinnedFile, entry: os.DirEntry[str]) -> Candidate | None:
    """Where a file's bytes stand: in the folder, or in the cache that its link leads to; None for any other link."""
    if not entry.is_symlink():
        return Candidate(entry.path, file.entry)
    kept = layout.object(file.md5)
    return Candidate(str(kept), file.entry) if _leads_to(entry.path, kept) else None


def faults(
    layout: Layout, pin: Pin, progress: Progress, *, algorithm: str = "blake3", seen: SeenFiles | None = None
) -> list[Fault]:
    """Every difference between a pin's folder and the pin; reads every byte that has a right name.

    Args:
        layout: The project.
        pin: What should be there.
        progress: Told of every byte.
        algorithm: ``blake3`` or ``sha256``.
        seen: Files that were found right before and are unchanged are not read again; None to read every byte.

    Raises:
        StoreError: The disk failed.
    """
    folder = layout.folder(pin)
    with disk("look at the model's folder"):
        try:
            mode = folder.lstat().st_mode
        except FileNotFoundError:
            return [Fault("", "the folder is missing", missing=True)]
        if not stat.S_ISDIR(mode):
            return [Fault("", "is not a folder")]
        entries = _entries(folder)
        found = _names(pin, entries)
        wrong = {fault.path for fault in found}
        readable = []
        for file in pin.files:
            if file.entry.path not in entries or file.entry.path in wrong:
                continue
            candidate = _candidate(layout, file, entries[file.entry.path])
            if candidate is None:
                found.append(Fault(file.entry.path, "is a symbolic link that leads elsewhere"))
            else:
                readable.append(candidate)
        differ = differences(readable, algorithm, progress, seen)
        found += [Fault(path, what, missing=what == "is missing") for path, what in differ.items()]
    return sorted(found, key=lambda fault: fault.path)


def settle(layout: Layout, pin: Pin, wrong: list[Fault] | None = None) -> bool:
    """Make a pin's folder right from good objects; what does not belong goes to quarantine. True if it changed.

    Args:
        layout: The project.
        pin: What should be there.
        wrong: What `faults` found a moment ago; None to look now.

    Raises:
        StoreError: The disk failed.
    """
    folder = layout.folder(pin)
    label = f"{pin.name}-{short(pin.digest)}"
    changed = False
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        objects.quarantine(layout, folder, label)
        changed = True
    if not folder.exists():
        links.build(layout, pin)
        return True
    wrong = faults(layout, pin, Silent()) if wrong is None else wrong
    for fault in wrong:
        if not fault.missing:
            objects.quarantine(layout, folder / fault.path, label)
    files = {file.entry.path for file in pin.files}
    broken = {fault.path for fault in wrong if fault.path not in files}
    paths = {path for path in files if any(path.startswith(f"{parent}/") for parent in broken)}
    links.repair(layout, pin, paths | ({fault.path for fault in wrong} & files))
    return changed or bool(wrong)
