"""Peers that Weighbridge itself does not need: installed into environments of their own when first asked for."""

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


def _has(python: Path, module: str) -> bool:
    if not python.exists():
        return False
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([python, "-I", "-c", code], capture_output=True, check=False).returncode == 0


def python_with(venv: Path, module: str, *packages: str) -> Path:
    """An interpreter of an environment that holds a module.

    Args:
        venv: Where the environment is, or will be.
        module: What has to be there.
        packages: What to install if it is not.

    Raises:
        PeerMissingError: It is not there and can't be installed.
    """
    python = venv / "bin" / "python"
    if _has(python, module):
        return python
    for command in (
        [sys.executable, "-m", "venv", str(venv)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerMissingError(f"{packages[0]} can't be installed: {done.stderr[-_TOLD_CHARACTERS:]}")
    if not _has(python, module):
        raise PeerMissingError(f"{packages[0]} was installed but {module} is not there")
    return python


def python_with_model_signing(venv: Path) -> Path:
    """An interpreter that can import model-signing.

    Raises:
        PeerMissingError: It is not there and can't be installed.
    """
    return python_with(venv, "model_signing.hashing", *PACKAGES)
