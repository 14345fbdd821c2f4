"""Install the frameworks that load approved models: ``python3 scripts/fronts.py .venv-fronts``.

Inside it a second environment, ``another``, has torch and transformers but no Weighbridge. The folders of wheels that
pip is configured with are handed to uv, which does not read pip's configuration: torch's build for processors alone may
lie there, a tenth of what uv would download without it.
Runs with the standard library of Python 3.11.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def wheel_folders() -> list[str]:
    """The values of ``find-links`` in pip's configuration, its environment variables among them."""
    asked = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    found: dict[str, None] = {}
    for line in asked.stdout.splitlines():
        key, _, value = line.partition("=")
        if key.rpartition(".")[2] == "find-links":
            found |= dict.fromkeys(str(ast.literal_eval(value)).split())
    return list(found)


def run(*command: str | Path) -> None:
    """Run a command; ends the program if it fails."""
    if subprocess.run([str(part) for part in command], check=False, cwd=ROOT).returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}")


def main() -> None:
    """Install everything."""
    tests = Path(sys.argv[1]).resolve()
    # uv separates these with commas, pip with white space.
    os.environ.setdefault("UV_FIND_LINKS", ",".join(wheel_folders()))
    run(sys.executable, ROOT / "scripts" / "setup.py", tests, "fronts")
    another, uv = tests / "another", tests / "bin" / "uv"
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    frameworks = [item for item in wanted["fronts"] if item.startswith(("torch==", "transformers["))]
    if not (another / "bin" / "python").exists():
        venv.create(another, with_pip=not uv.exists(), symlinks=True)
    python = another / "bin" / "python"
    installer = (uv, "pip", "install", "--python", python) if uv.exists() else (python, "-m", "pip", "install")
    run(*installer, "--quiet", *frameworks)


if __name__ == "__main__":
    main()
