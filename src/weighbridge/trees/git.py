"""Git, asked by its plumbing alone: nothing that a repository's own configuration or attributes name is started."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from weighbridge.core.errors import UsageError
from weighbridge.trees.plumbing import QUIET, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_BLOB: Final = 64 << 20
_PASSED: Final = 1 << 20
"""Bytes that are passed over at once."""


def run(folder: Path, *arguments: str) -> bytes | None:
    """What a command of Git prints; None if it failed, or there is no Git.

    Args:
        folder: Where it runs.
        arguments: The subcommand and what follows.
    """
    try:
        done = subprocess.run(  # noqa: S603  git, with a list of arguments
            ["git", *QUIET, *arguments],  # noqa: S607  as the user's PATH has it
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
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


def commit(root: Path, revision: str) -> str:
    """The commit that a revision names.

    Raises:
        UsageError: There is none (code ``unknown-revision``).
    """
    found = run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not found:
        raise UsageError(
            f"Git knows no commit {revision!r} here",
            code="unknown-revision",
            hint="fetch it first: CI often clones without history (fetch-depth: 0)",
        )
    return found.decode("ascii").strip()


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
    """Files as they are in one commit."""

    def __init__(self, process: subprocess.Popen[bytes], base: str) -> None:
        self._process, self._base = process, base

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if the commit has no such file, or one of more than 64 MiB."""
        name = os.fsencode(path)
        if b"\n" in name:
            return None
        source, sink = self._pipes()
        try:
            sink.write(self._base.encode() + b":" + name + b"\n")
            sink.flush()
        except OSError:
            # Git has ended: it can't be told what was there, so nothing is excused.
            return None
        *_, kind, length = [b"", b"", *source.readline().rstrip(b"\n").rsplit(b" ", 2)][-2:]
        if not length.isdigit():
            return None
        size = int(length)
        kept = source.read(size) if kind == b"blob" and size <= _MAX_BLOB else None
        left = 1 if kept is not None else size + 1
        while left > 0 and (passed := source.read(min(left, _PASSED))):
            left -= len(passed)
        return kept

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:  # pragma: no cover  both are pipes
            raise OSError("git has no pipes")
        return source, sink


@contextmanager
def blobs(root: Path, base: str) -> Iterator[Blobs]:
    """Files of a commit, read by one process as long as the block runs.

    Args:
        root: The repository's top folder.
        base: The commit's whole id.
    """
    command: Sequence[str] = ["git", *QUIET, "cat-file", "--batch"]
    with subprocess.Popen(  # noqa: S603  git, with a list of arguments
        command, cwd=root, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield Blobs(process, base)
        finally:
            process.kill()
            with suppress(OSError):
                # What was not written goes nowhere any more.
                process.communicate()
