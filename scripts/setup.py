"""Make the virtual environment: ``python3 scripts/setup.py .venv [EXTRA…]``.

Uses uv, which is quick, and falls back to pip, which is everywhere. Runs with the standard library of Python 3.11.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

OLDEST = (3, 11)


def run(*command: str | Path) -> bool:
    """Run a command and tell whether it succeeded."""
    return subprocess.run([str(part) for part in command], check=False).returncode == 0


def main() -> int:
    """Make the environment and install the project with its development extra."""
    if sys.version_info < OLDEST:
        print(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1]).resolve()
    python = folder / "bin" / "python"
    if not python.exists():
        try:
            venv.create(folder, with_pip=True, symlinks=True)
        except subprocess.CalledProcessError:
            print("this Python can't make environments: apt-get install python3-venv", file=sys.stderr)
            return 1
    target = f".[{','.join(['dev', *sys.argv[2:]])}]"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if run(*pip, "uv") and run(folder / "bin" / "uv", "pip", "install", "--quiet", "--python", python, "-e", target):
        return 0
    print("uv did not install the project; trying pip", file=sys.stderr)
    return 0 if run(*pip, "-e", target) else 1


if __name__ == "__main__":
    sys.exit(main())
