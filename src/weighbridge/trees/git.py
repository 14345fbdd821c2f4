"""Git, asked by its plumbing alone: nothing that a repository's own configuration or attributes name is started."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.trees.plumbing import Batch, commit, start

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BLOB: Final = 64 << 20


def run(folder: Path, *arguments: str) -> bytes | None:
    """What a command of Git prints; None if it failed, or there is no Git.

    Args:
        folder: Where it runs.
        arguments: The subcommand and what follows.
    """
    try:
        done = start(folder, *arguments)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def top(folder: Path) -> Path | None:
    """The top folder of the repository around a folder; None if there is none."""
    found = run(folder, "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(found.removesuffix(b"\n"))) if found else None


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def files(root: Path, under: Path) -> list[str] | None:
    """The files below a folder that Git keeps or would keep, relative to the repository; None if Git can't tell.

    Args:
        root: The repository's top folder.
        under: The folder.
    """
    where = os.path.relpath(under, root)
    found = run(
        root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", f":(top,literal){_path(where)}"
    )
    return None if found is None else sorted(set(_names(found)))


def _path(where: str) -> str:
    return "" if where == "." else where


def merge_base(root: Path, revision: str) -> str:
    """The commit from which the working folder's branch and another one grew; that commit itself if there is none.

    Raises:
        UsageError: There is no such commit (code ``unknown-revision``).
    """
    one = commit(root, revision)
    found = run(root, "merge-base", one, "HEAD")
    return found.decode("ascii").split()[0] if found else one


def changed(root: Path, base: str) -> list[str]:
    """The files that differ between a commit and what is staged, those that are gone or that Git does not know yet too.

    Args:
        root: The repository's top folder.
        base: The commit.
    """
    # The index is compared with the commit. To compare files with the index, Git may read them through filters, and
    # those are programs that configuration names.
    names = ("--name-only", "--no-renames", "--no-ext-diff", "-z")
    staged = run(root, "diff-index", "--cached", *names, base, "--")
    gone = run(root, "ls-files", "-z", "--deleted")
    others = run(root, "ls-files", "-z", "--others", "--exclude-standard")
    return sorted({name for output in (staged, gone, others) for name in _names(output or b"")})


class Blobs:
    """Files as they are in one commit.

    Args:
        batch: Reads objects.
        base: The commit's whole id.
    """

    def __init__(self, batch: Batch, base: str) -> None:
        self._batch, self._base = batch, base

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if the commit has no such file, or one of more than 64 MiB.

        Where Git has ended it can't be told what was there, so nothing is excused.
        """
        name = os.fsencode(path)
        return None if b"\n" in name else self._batch.read(self._base.encode() + b":" + name, _MAX_BLOB)


@contextmanager
def blobs(root: Path, base: str) -> Iterator[Blobs]:
    """Files of a commit, read by one process as long as the block runs.

    Args:
        root: The repository's top folder.
        base: The commit's whole id.
    """
    with Batch(root) as batch:
        yield Blobs(batch, base)
