"""The composition root: settings and environment become a `Custody`. The only reader of the clock.

Adapters are imported when a step first needs them, so that a command pays only for what it uses; so are these names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.wiring.clock import now
    from weighbridge.wiring.loading import load, verified_folder
    from weighbridge.wiring.project import Project, open_project
    from weighbridge.wiring.root import find_root

__all__ = ["Project", "find_root", "load", "now", "open_project", "verified_folder"]

_HOMES: Final = {
    "Project": "project",
    "find_root": "root",
    "load": "loading",
    "now": "clock",
    "open_project": "project",
    "verified_folder": "loading",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
