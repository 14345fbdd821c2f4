"""Where a project is, asked before anything of it is read: this imports nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FILE: Final = "weighbridge.toml"
"""`weighbridge.config.CONFIG_FILE`, whose module imports much more."""


def find_root(start: Path | None = None) -> Path | None:
    """The nearest folder from `start` (the working folder) upwards that holds weighbridge.toml."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / FILE).is_file()), None)
