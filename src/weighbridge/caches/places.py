"""Which folders of a machine are caches, and of which kind: by their structure, or since the environment names them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.caches.dvc_cache import DvcCache
from weighbridge.caches.huggingface import REPOSITORY, HuggingFace
from weighbridge.caches.kind import Folder
from weighbridge.caches.torch_home import TorchHome
from weighbridge.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to look through.

    Args:
        root: The folder, absolute and without links.
        kind: What its names mean.
    """

    root: Path
    kind: Folder


def named(environment: Mapping[str, str], home: Path) -> list[tuple[Path, Folder]]:
    """Where the clients keep what they download, by their own rules, whether it exists or not.

    Args:
        environment: The environment's variables.
        home: The user's home.
    """

    def folder(name: str, default: Path) -> Path:
        value = environment.get(name)
        return Path(os.path.expandvars(value)).expanduser() if value else default

    base = folder("XDG_CACHE_HOME", home / ".cache")
    hub = folder("HUGGINGFACE_HUB_CACHE", folder("HF_HOME", base / "huggingface") / "hub")
    return [(folder("HF_HUB_CACHE", hub), HuggingFace()), (folder("TORCH_HOME", base / "torch"), TorchHome())]


def existing(wanted: Iterable[tuple[Path, Folder]]) -> list[Place]:
    """Those of several folders that exist, each once.

    Raises:
        UsageError: One can't be looked at (code ``no-cache``), or two overlap (code ``overlapping-caches``).
    """
    found = []
    for path, kind in wanted:
        try:
            if stat.S_ISDIR(path.stat().st_mode):
                found.append(Place(path.resolve(), kind))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise _unusable(path, error) from error
    return _apart(found)


def recognised(paths: Sequence[Path]) -> list[Place]:
    """Folders that somebody named, each with its kind.

    Raises:
        UsageError: One is no folder that can be listed (code ``no-cache``), or two overlap (``overlapping-caches``).
    """
    found = []
    for path in paths:
        try:
            found.append(_recognised(path.resolve(strict=True)))
        except (OSError, RuntimeError) as error:
            raise _unusable(path, error) from error
    return _apart(found)


def _unusable(path: Path, error: OSError | RuntimeError) -> UsageError:
    # Before Python 3.13, a link that leads to itself is a RuntimeError.
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return UsageError(
        f"{path} can't be looked through: {reason}", code="no-cache", hint="name a folder that exists and may be read"
    )


def _recognised(root: Path) -> Place:
    """A folder with its kind, by its structure."""
    names = {item.name for item in root.iterdir()}
    if _is_hub(root):
        return Place(root, HuggingFace())
    hub = root / "hub"
    if "hub" in names and not hub.is_symlink() and hub.is_dir():
        # HF_HOME has a hub as TORCH_HOME has one; what lies in it tells them apart.
        return Place(hub, HuggingFace()) if _is_hub(hub) else Place(root, TorchHome())
    if root.name == "hub" and "checkpoints" in names:
        return Place(root, TorchHome())
    return Place(root, DvcCache() if (root / "files" / "md5").is_dir() else Folder())


def _is_hub(root: Path) -> bool:
    repositories = [item for item in root.iterdir() if REPOSITORY.fullmatch(item.name)]
    if any((item / part).is_dir() for item in repositories for part in ("blobs", "snapshots")):
        return True
    # The client's locks outlive the last repository that was removed.
    locks = root / ".locks"
    return locks.is_dir() and any(REPOSITORY.fullmatch(item.name) for item in locks.iterdir())


def _apart(places: Iterable[Place]) -> list[Place]:
    found = list({place.root: place for place in places}.values())
    for inner in found:
        for outer in found:
            if inner is not outer and inner.root.is_relative_to(outer.root):
                raise UsageError(
                    f"{inner.root} lies in {outer.root}",
                    code="overlapping-caches",
                    hint="name one of the two: what lies in both would be told, and removed, twice",
                )
    return found
