"""The cache of Hugging Face's clients, as they read it offline: folders of repositories that lead to verified files.

Layout by huggingface_hub's documentation of its cache: ``models--owner--name/refs/<ref>`` holds a commit,
``snapshots/<commit>/<path>`` leads to ``blobs/<etag>``. The etag is the SHA-256 of a large file and the Git blob id of
any other, as the Hub promised them. A blob leads to the verified folder; nothing is copied. What a repository looks
like is made once, under a name that depends on all of it, and used again if it is still exactly that.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from weighbridge.core.pin import Pin, PinnedFile

SCHEME = "hf:"


@dataclass(frozen=True, slots=True)
class Served:
    """A pin and its verified folder.

    Args:
        pin: The pin.
        folder: Its bytes.
    """

    pin: Pin
    folder: Path


def etag(file: PinnedFile) -> str:
    """The name of a file's blob: what the Hub promised, or SHA-256 where it promised nothing."""
    kind, _, value = file.promise.partition(":")
    return value if kind in {"git", "sha256"} else file.entry.sha256


def repository(pin: Pin) -> str:
    """The repository of an ``hf:`` pin, such as ``owner/name``."""
    return pin.source.removeprefix(SCHEME)


def _entries(served: Iterable[Served]) -> tuple[dict[str, str], dict[str, str]]:
    """Links by path, with where they lead; files by path, with their content."""
    links: dict[str, str] = {}
    files: dict[str, str] = {}
    for item in served:
        pin = item.pin
        for file in pin.files:
            blob, path = etag(file), file.entry.path
            links.setdefault(f"blobs/{blob}", str(item.folder / path))
            up = "/".join([".."] * (2 + path.count("/")))
            links.setdefault(f"snapshots/{pin.revision}/{path}", f"{up}/blobs/{blob}")
        files.setdefault(f"refs/{pin.follow or 'main'}", pin.revision)
    return links, files


def _there(folder: Path, prefix: str = "") -> tuple[dict[str, str], dict[str, str]]:
    """Links and files below a folder, as `_entries` gives them; anything else is a file with no content."""
    links: dict[str, str] = {}
    files: dict[str, str] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.is_symlink():
                links[path] = os.readlink(entry.path)  # noqa: PTH115 - thousands of paths
            elif entry.is_dir(follow_symlinks=False):
                below = _there(folder / entry.name, f"{path}/")
                links |= below[0]
                files |= below[1]
            else:
                data = (folder / entry.name).read_bytes() if entry.is_file(follow_symlinks=False) else b""
                files[path] = data.decode("utf-8", "replace")
    return links, files


def _is_exact(tree: Path, links: Mapping[str, str], files: Mapping[str, str]) -> bool:
    try:
        found = _there(tree)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return found == (links, files)


def _make(tree: Path, links: Mapping[str, str], files: Mapping[str, str]) -> None:
    building = tree.with_name(f".{tree.name}.{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    for folder in sorted({os.path.dirname(path) for path in (*links, *files)}):  # noqa: PTH120 - thousands of paths
        (building / folder).mkdir(parents=True, exist_ok=True)
    for path, target in links.items():
        (building / path).symlink_to(target)
    for path, text in files.items():
        (building / path).write_text(text, encoding="utf-8")
    if tree.exists() or tree.is_symlink():
        wrong = tree.with_name(f".wrong.{tree.name}.{os.getpid()}")
        tree.rename(wrong)
        shutil.rmtree(wrong, ignore_errors=True)
    try:
        building.rename(tree)
    except OSError:
        # Another process was first.
        shutil.rmtree(building, ignore_errors=True)
        if not _is_exact(tree, links, files):
            raise


def tree(trees: Path, served: list[Served]) -> Path:
    """The folder of one repository with all of its pins, made if it is not there exactly.

    Args:
        trees: Where such folders stand; this user's alone.
        served: Pins of one repository; of two that follow one ref, the first gives it.

    Raises:
        StoreError: The disk failed (code ``disk``).
    """
    links, files = _entries(served)
    key = hashlib.sha256(json.dumps([links, files], sort_keys=True).encode()).hexdigest()
    target = trees / key
    try:
        if not _is_exact(target, links, files):
            _make(target, links, files)
    except OSError as error:
        raise StoreError(f"the links to a model can't be made: {error}", code="disk") from error
    return target


def lay_out(hub: Path, trees: Path, served: Iterable[Served]) -> None:
    """Make a cache folder that holds exactly the repositories of some pins; others than ``hf:`` are passed over.

    Args:
        hub: What ``HF_HUB_CACHE`` will name; repositories that are there and are none of these are taken away.
        trees: Where the folders of repositories stand between runs.
        served: Pins and their verified folders.

    Raises:
        StoreError: The disk failed (code ``disk``).
    """
    by_repository: dict[str, list[Served]] = {}
    for item in served:
        if item.pin.source.startswith(SCHEME):
            by_repository.setdefault(repository(item.pin), []).append(item)
    try:
        hub.mkdir(parents=True, exist_ok=True, mode=0o700)
        trees.mkdir(parents=True, exist_ok=True, mode=0o700)
        wanted = {f"models--{name.replace('/', '--')}": tree(trees, items) for name, items in by_repository.items()}
        for there in hub.glob("models--*"):
            if not there.is_symlink():
                shutil.rmtree(there)
            elif wanted.get(there.name) != there.readlink():
                there.unlink()
        for name, target in wanted.items():
            if not (hub / name).is_symlink():
                (hub / name).symlink_to(target, target_is_directory=True)
    except OSError as error:
        raise StoreError(f"the cache for the program can't be made: {error}", code="disk") from error
