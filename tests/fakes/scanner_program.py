"""Small programs that stand in for other scanners: they print what the real ones print."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from weighbridge.checks.scanners.scanner import Job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PROGRAM = """#!{python}
import json, os, sys
said = {said!r}
if "scan" not in sys.argv and "--check-safety" not in sys.argv or "--version" in sys.argv:
    print(said["version"])
    sys.exit(0)
output = next((after for name, after in zip(sys.argv, sys.argv[1:]) if name.startswith(("--output", "--json-out"))))
target = next(item for item in sys.argv[1:] if item.startswith("/") and item != output)
{act}
if said["report"] is not None:
    with open(output, "w") as file:
        file.write(said["report"].replace("TARGET", target))
sys.exit(said["code"])
"""


def program(path: Path, report: object, *, code: int = 0, version: str = "fake, version 1.2.3", act: str = "") -> Path:
    """Write a stand-in.

    Args:
        path: Where.
        report: What it reports, as JSON unless it is text; ``TARGET`` stands for what it was asked to look at.
        code: How it ends.
        version: What it prints when it is asked for its version.
        act: Python that it runs first.
    """
    text = report if isinstance(report, str) or report is None else json.dumps(report)
    said = {"version": version, "report": text, "code": code}
    path.write_text(_PROGRAM.format(python=sys.executable, said=said, act=act))
    path.chmod(0o700)
    return path


def job(folder: Path, formats: Mapping[str, str]) -> Job:
    """A job on files of one byte each; its descriptor is the caller's to close."""
    for path in formats:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b".")
    descriptor = os.open(folder, os.O_RDONLY)
    return Job(folder.resolve(), descriptor, dict.fromkeys(formats, 1), formats)
