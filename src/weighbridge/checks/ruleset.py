"""Ruleset: one digest of all that decides what is found, so that evidence says by which rules it was made.

Of every file of the checks and the parsers, their tables, the catalogue, and the versions of the libraries that judge.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from weighbridge.core import digest

LIBRARIES: Final = ("identify", "jinja2", "license-expression", "packaging", "picklescan", "pyyaml")
_PACKAGE: Final = Path(__file__).parents[1]


def _files() -> list[Path]:
    found = [path for part in ("checks", "formats") for path in (_PACKAGE / part).rglob("*") if path.is_file()]
    found += [_PACKAGE / "core" / "catalogue.py", _PACKAGE / "core" / "finding.py"]
    return [path for path in found if path.suffix != ".pyc"]


def installed(name: str) -> str:
    """The version of a library; empty if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@cache
def ruleset() -> str:
    """The digest, ``sha256:`` and 64 hexadecimal digits."""
    sources = {
        path.relative_to(_PACKAGE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in _files()
    }
    return digest.of_value({"files": sources, "libraries": {name: installed(name) for name in LIBRARIES}})
