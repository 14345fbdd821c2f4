"""The inspector, wired: whose signatures count, which table of vulnerabilities, and where other scanners are.

Programs are named by the environment alone: a path in weighbridge.toml would let a pull request start one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.core.errors import ConfigError

if TYPE_CHECKING:
    from weighbridge.checks.inspector import ContentInspector
    from weighbridge.checks.publisher import Publishers


def inspector(publishers: Publishers | None = None) -> ContentInspector:
    """An inspector for this machine.

    Raises:
        ConfigError: WEIGHBRIDGE_SCANNERS is not readable (code ``bad-scanners``).
    """
    from weighbridge.checks.inspector import ContentInspector  # noqa: PLC0415  starts processes

    table = os.environ.get("WEIGHBRIDGE_VULNERABILITIES", "")
    programs = scanner_programs(os.environ.get("WEIGHBRIDGE_SCANNERS", ""))
    return ContentInspector(programs=programs, publishers=publishers, vulnerabilities=Path(table) if table else None)


def scanner_programs(text: str) -> dict[str, Path]:
    """Read ``name=path`` pairs with the system's separator of paths between them.

    Raises:
        ConfigError: A pair is none, names no known scanner, or its path is not absolute (code ``bad-scanners``).
    """
    from weighbridge.checks.scanners import SCANNERS  # noqa: PLC0415  with the inspector

    found: dict[str, Path] = {}
    for pair in filter(None, text.split(os.pathsep)):
        name, _, path = pair.partition("=")
        if name not in SCANNERS or not Path(path).is_absolute():
            raise ConfigError(
                f"WEIGHBRIDGE_SCANNERS holds {pair!r}",
                code="bad-scanners",
                hint=f"write name=/absolute/path, with {os.pathsep!r} between; names are {', '.join(sorted(SCANNERS))}",
            )
        found[name] = Path(path)
    return found
