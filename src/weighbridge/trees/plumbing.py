"""How Git is started: so that nothing runs that a repository, its configuration or a hook around us names."""

from __future__ import annotations

import os
from typing import Final

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


def environment() -> dict[str, str]:
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
