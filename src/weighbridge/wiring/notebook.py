"""IPython and Jupyter: ``%weighbridge`` lets the libraries of this kernel see approved models only.

The kernel is this process: what was imported before has read its environment already, so the magic comes first. What it
sets is the offline environment of `weighbridge env`; code in a notebook can undo it.
"""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Protocol

from weighbridge.core.digest import short
from weighbridge.core.errors import UsageError
from weighbridge.core.progress import Silent
from weighbridge.wiring.running import Wish, exported

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    class Shell(Protocol):
        """What is needed of ``IPython.core.interactiveshell.InteractiveShell``."""

        def register_magic_function(
            self, func: Callable[[str], None], magic_kind: str = "line", magic_name: str | None = None
        ) -> None:
            """Add a magic."""


MAGIC = "weighbridge"
_READ_AT_IMPORT = ("huggingface_hub", "transformers")


def register(shell: Shell) -> None:
    """Add ``%weighbridge [STAGE [NAME…]]`` to a shell."""
    shell.register_magic_function(lambda line: apply(line, os.environ), magic_kind="line", magic_name=MAGIC)


def apply(line: str, environment: MutableMapping[str, str]) -> None:
    """Change an environment, and say what can be loaded.

    Args:
        line: What follows the magic: a stage, if there are several, and governed names.
        environment: This process's.

    Raises:
        UsageError: A library has read the environment already (code ``too-late``).
        DeniedError, IntegrityError: As for `weighbridge.wiring.running.exported`.
    """
    too_late = [name for name in _READ_AT_IMPORT if name in sys.modules]
    if too_late:
        raise UsageError(
            f"{too_late[0]} is imported already, and has read its environment",
            code="too-late",
            hint="restart the kernel and run %weighbridge before any import",
        )
    parts = shlex.split(line)
    found, changes = exported(Wish(parts[0] if parts else None, tuple(parts[1:])), Silent())
    for key, value in changes.items():
        if value is None:
            environment.pop(key, None)
        else:
            environment[key] = value
    for offer in found.offers:
        print(f"{offer.pin.name} {short(offer.pin.digest)} ({offer.pin.source}): {offer.folder}")  # noqa: T201 - a notebook's output
