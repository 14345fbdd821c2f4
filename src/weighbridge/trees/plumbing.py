"""How Git is started: so that nothing runs that a repository, its configuration or a hook around us names."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from weighbridge.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

# What a hook says of one repository must not lead to another; an external diff is a program.
_OF_HOOKS: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF"})
QUIET: Final = (
    "--no-replace-objects",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.quotePath=false"),
    *("-c", "protocol.allow=never"),
)
"""Options in front of every subcommand: no monitor, no hook, no replaced object, nothing fetched."""


_PASSED: Final = 1 << 20
"""Bytes that are passed over at once."""


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command of Git to its end.

    Args:
        folder: Where it runs.
        arguments: The subcommand and what follows.

    Raises:
        OSError: There is no Git, or no such folder.
    """
    return subprocess.run(  # noqa: S603  git, with a list of arguments
        ["git", *QUIET, *arguments],  # noqa: S607  as the user's PATH has it
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def commit(folder: Path, revision: str) -> str:
    """The commit that a revision names, in hexadecimal digits.

    Args:
        folder: A folder of the repository.
        revision: The revision, as somebody gives it.

    Raises:
        UsageError: There is none here (code ``unknown-revision``).
    """
    if revision and not revision.startswith("-") and "\0" not in revision:
        with suppress(OSError):
            done = start(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            name = done.stdout.decode("ascii", "replace").strip()
            if done.returncode == 0 and name.isalnum():
                return name
    raise UsageError(
        f"{revision!r} names no commit here",
        code="unknown-revision",
        hint="fetch it first: git fetch origin BRANCH; in CI, fetch all history (fetch-depth: 0)",
    )


class Batch:
    """One process that reads objects; use as a context.

    Args:
        folder: A folder of the repository.

    Raises:
        OSError: There is no Git.
    """

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603  git, with a list of arguments
            ["git", *QUIET, "cat-file", "--batch"],  # noqa: S607  as the user's PATH has it
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process; what was not written goes nowhere any more."""
        self.process.kill()
        with suppress(OSError):
            self.process.communicate()

    def read(self, name: bytes, most_bytes: int) -> bytes | None:
        """The bytes of a file; None if there is none of that name, if it is larger, or if Git has ended.

        Args:
            name: Its id, or ``COMMIT:PATH``; without a line feed.
            most_bytes: How large it may be.
        """
        source, sink = self.process.stdout, self.process.stdin
        if source is None or sink is None:  # pragma: no cover  both are pipes
            return None
        try:
            sink.write(name + b"\n")
            sink.flush()
        except OSError:
            return None
        *_, kind, length = [b"", b"", *source.readline().rstrip(b"\n").rsplit(b" ", 2)][-2:]
        if not length.isdigit():
            # What is missing has no bytes to wait for.
            return None
        size = int(length)
        kept = source.read(size) if kind == b"blob" and size <= most_bytes else None
        left = 1 if kept is not None else size + 1
        while left > 0 and (passed := source.read(min(left, _PASSED))):
            left -= len(passed)
        return kept if left == 0 else None


def _environment() -> dict[str, str]:
    """The environment that Git is started with."""
    kept = {key: value for key, value in os.environ.items() if key not in _OF_HOOKS}
    return {
        **kept,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
