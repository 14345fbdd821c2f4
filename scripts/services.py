"""Install what the tests against real servers need: ``python3 scripts/services.py .venv-services``.

In that folder the tests' own environment, with S3, SeaweedFS and model-signing, and inside it a second one,
``mlflow-server``, with the full MLflow: people's commands run on mlflow-skinny, and so do those of the tests. Beside
it, one environment for each client of the Hub that speaks its protocol in a way of its own, and one for oras.
PostgreSQL comes from Debian if it is not there, without the cluster that Debian would start; so do a registry of
containers and skopeo. Runs with the standard library of Python 3.11.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent
CLUSTERS = Path("/etc/postgresql-common/createcluster.conf")
DEBIAN = Path("/usr/lib/postgresql")
# By the name of their environment: Python before and after 1.0, and one that brings the client written in Rust.
HUB_CLIENTS = {
    "hub-0": ("huggingface_hub[cli]==0.36.2", "hf_xet"),
    "hub-1": ("huggingface_hub==1.33.0",),
    "hub-rust": ("embed-anything==0.7.1",),
}
# Programs of Debian that are taken as they are, by the package that brings them.
PROGRAMS = {"docker-registry": "docker-registry", "skopeo": "skopeo"}
# Another client of registries, which asks for versions of libraries of its own.
REGISTRY_CLIENTS = {"oras": ("oras==0.2.43",)}


def run(*command: str | Path) -> None:
    """Run a command; ends the program if it fails."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run([str(part) for part in command], check=False, cwd=ROOT, env=quiet).returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}")


def install(tests: Path, folder: Path, packages: Iterable[str]) -> None:
    """Make an environment of its own for some packages."""
    python, uv = folder / "bin" / "python", tests / "bin" / "uv"
    if not python.exists():
        venv.create(folder, with_pip=not uv.exists(), symlinks=True)
    installer = (uv, "pip", "install", "--python", python) if uv.exists() else (python, "-m", "pip", "install")
    run(*installer, "--quiet", *packages)


def extra(name: str) -> list[str]:
    """What an extra of the project asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [str(package) for package in project["optional-dependencies"][name]]


def install_postgresql() -> None:
    """Install PostgreSQL unless it is there."""
    if shutil.which("initdb") or list(DEBIAN.glob("*/bin/initdb")):
        return
    if not shutil.which("apt-get"):
        sys.exit("PostgreSQL's initdb is not on PATH: install PostgreSQL")
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql-common")
    settings = CLUSTERS.read_text(encoding="utf-8") if CLUSTERS.exists() else ""
    CLUSTERS.write_text(f"{settings}\ncreate_main_cluster = false\n", encoding="utf-8")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql")


def install_programs() -> None:
    """Install a registry of containers and a program that copies images, unless they are there."""
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        sys.exit(f"not on PATH: {', '.join(missing)}: install them")
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def main() -> None:
    """Install everything."""
    tests = Path(sys.argv[1]).resolve()
    run(sys.executable, ROOT / "scripts" / "setup.py", tests, "gs", "s3", "ssh", "services", "publisher")
    install(tests, tests / "mlflow-server", extra("server"))
    for name, packages in {**HUB_CLIENTS, **REGISTRY_CLIENTS}.items():
        install(tests, tests / name, packages)
    install_postgresql()
    install_programs()


if __name__ == "__main__":
    main()
