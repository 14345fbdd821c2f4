"""A working folder: which of its files are the repository's own, and their bytes. No link is followed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge import durable
from weighbridge.core.errors import UsageError
from weighbridge.trees import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MAX_BYTES: Final = 64 << 20
"""Larger files are told of, not read."""
_PASSED_OVER: Final = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".dvc"}
)
"""Folders that hold nothing of a repository's own, where Git does not tell."""


class WorkingTree:
    """Files below a folder.

    Args:
        root: The repository's top folder, or what stands in for it; resolved.
        in_git: Whether Git tells which files are its own.
    """

    def __init__(self, root: Path, *, in_git: bool) -> None:
        self.root, self.in_git = root, in_git

    def files(self, paths: Sequence[Path], wanted: Callable[[str], bool]) -> list[str]:
        """Relative paths of the files at or below some paths, sorted, each once.

        Args:
            paths: Files, which are taken whatever Git says, and folders.
            wanted: Whether a file found in a folder is wanted, by its path.

        Raises:
            UsageError: There is nothing at a path (code ``no-such-path``).
        """
        found: set[str] = set()
        for path in paths:
            kind = _kind(path)
            if kind == "folder":
                found.update(name for name in self._below(path.resolve()) if wanted(name))
            elif kind:
                found.add(self.relative(path))
            else:
                raise UsageError(f"there is nothing at {path}", code="no-such-path", hint="name files or folders")
        return sorted(found)

    def relative(self, path: Path) -> str:
        """A path relative to the root, with ``/``."""
        return Path(os.path.relpath(path.parent.resolve() / path.name, self.root)).as_posix()

    def read(self, path: str) -> bytes | None:
        """The bytes of a plain file of at most 64 MiB; None for anything else, and for what can't be read."""
        try:
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError):
            return None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
                return None
            with os.fdopen(descriptor, "rb", closefd=False) as handle:
                return handle.read(MAX_BYTES + 1)
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def fault(self, path: str) -> str:
        """Why `read` gives nothing, in a few words; empty for what need not be told: a link, a submodule."""
        try:
            status = (self.root / path).lstat()
        except (OSError, ValueError):
            return ""
        if not stat.S_ISREG(status.st_mode):
            return ""
        return "it is too large to be read" if status.st_size > MAX_BYTES else "it can't be read"

    def write(self, path: str, before: bytes, after: bytes) -> str:
        """Give a plain file other bytes, whole or not at all; its mode stays. Why not, in a few words; empty if done.

        Args:
            path: The file; no link leads to it.
            before: What it has to hold still.
            after: What it holds then.
        """
        whole = self.root / path
        if ".." in Path(path).parts or Path(path).is_absolute() or whole.parent.resolve() != whole.parent:
            return "it does not lie below the repository's folder"
        if self.read(path) != before:
            return "it changed meanwhile"
        try:
            durable.replace(whole, after, mode=stat.S_IMODE(whole.lstat().st_mode))
        except OSError as error:
            return f"it can't be written: {error.strerror or error}"
        return ""

    def _below(self, folder: Path) -> Iterable[str]:
        names = git.files(self.root, folder) if self.in_git else None
        # Git knows nothing of a folder that it ignores, and of a repository inside this one the name alone.
        return names if names and names != [self.relative(folder)] else self._walked(folder)

    def _walked(self, folder: Path) -> Iterator[str]:
        for here, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
            where = Path(here)
            for name in names:
                yield (where / name).relative_to(self.root).as_posix()


def _kind(path: Path) -> str:
    """``folder``, ``file`` for whatever else is there, or empty for nothing."""
    try:
        if path.is_dir():
            return "folder"
        return "file" if path.exists() or path.is_symlink() else ""
    except (OSError, ValueError):
        # Too long a name, or a folder that may not be entered.
        return ""


def around(paths: Sequence[Path], here: Path) -> WorkingTree:
    """The tree in which some paths stand: their Git repository, else the folder that holds all of them.

    Args:
        paths: Files and folders.
        here: The working folder.
    """
    folders = [(path if _kind(path) == "folder" else path.parent).resolve() for path in paths]
    start = here.resolve()
    for candidate in (start, folders[0]):
        root = git.top(candidate)
        if root is not None and all(folder.is_relative_to(root) for folder in folders):
            return WorkingTree(root, in_git=True)
        if candidate == start and all(folder.is_relative_to(start) for folder in folders):
            return WorkingTree(start, in_git=False)
    return WorkingTree(Path(os.path.commonpath(folders)), in_git=False)
