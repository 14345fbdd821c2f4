"""Source trees of real projects, as wheels of PyPI: unpacked, never installed, never imported."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from benchmarks.result import PeerMissingError

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = (
    "transformers==5.24.0",
    "diffusers==0.42.1",
    "sentence-transformers==6.2.0",
    "peft==0.21.2",
    "timm==1.0.31",
)
LEAST_FILES = 4_000
_TOLD_CHARACTERS = 500


def trees(folder: Path) -> tuple[Path, int]:
    """A folder with all of them, and how many Python files it has.

    Args:
        folder: Of the bench; what was fetched stays there.

    Raises:
        PeerMissingError: They can't be had.
    """
    target, wheels = folder / "lint-trees", folder / "lint-wheels"
    if not (wheels / "whole").exists():
        fetch = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(wheels), *PACKAGES]
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *fetch]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerMissingError(f"source trees can't be fetched: {done.stderr[-_TOLD_CHARACTERS:]}")
        for wheel in sorted(wheels.glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(target / wheel.name.partition("-")[0])
        (wheels / "whole").touch()
    count = sum(1 for _ in target.rglob("*.py"))
    if count < LEAST_FILES:
        raise PeerMissingError(f"the source trees have {count} Python files, not {LEAST_FILES}")
    return target, count
