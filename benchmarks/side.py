"""Peers that Weighbridge itself does not need: installed into an environment of their own when first asked for."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.result import PeerMissingError

if TYPE_CHECKING:
    from pathlib import Path

_TOLD_CHARACTERS = 500
# model-signing 1.1 imports OpenSSL and does not ask for it.
PACKAGES = ("model-signing==1.1.1", "pyopenssl")


def _has(python: Path) -> bool:
    if not python.exists():
        return False
    found = subprocess.run([python, "-c", "import model_signing"], capture_output=True, check=False)
    return found.returncode == 0


def python_with_model_signing(venv: Path) -> Path:
    """An interpreter that can import model-signing.

    Raises:
        PeerMissingError: It is not there and can't be installed.
    """
    python = venv / "bin" / "python"
    if _has(python):
        return python
    for command in (
        [sys.executable, "-m", "venv", str(venv)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerMissingError(f"model-signing can't be installed: {done.stderr[-_TOLD_CHARACTERS:]}")
    if not _has(python):
        raise PeerMissingError("model-signing was installed but can't be imported")
    return python
