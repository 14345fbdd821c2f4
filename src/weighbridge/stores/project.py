"""Making a folder a project in which DVC can keep models: Git, DVC, a default remote, and what Git ignores.

What a team has already is left as it is. Importing this module imports DVC, which takes half a second.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any

from dvc.exceptions import DvcException
from dvc.repo import Repo

from weighbridge import durable
from weighbridge.core.errors import StoreError
from weighbridge.stores import ignores, settings
from weighbridge.stores.faults import disk
from weighbridge.stores.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

REMOTE = "weighbridge"
_REMOTE_FOLDER = ".weighbridge/remote"
_GIT_IGNORED = ("/.weighbridge/", "*.weighbridge-tmp")


def _git_root(root: Path) -> Path | None:
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)


def _init_git(root: Path) -> None:
    git = shutil.which("git")
    if git is None:
        raise StoreError("git is not installed", code="no-git", hint="install Git, then run the command again")
    done = subprocess.run([git, "init", "--quiet", str(root)], capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command; the only argument is the project's own folder
    if done.returncode:
        raise StoreError(f"git init failed: {done.stderr.strip()}", code="git-failed", hint="run it by hand")


def _init_dvc(root: Path, git_root: Path) -> None:
    try:
        with quiet():
            made: Any = Repo.init(str(root), subdir=git_root != root)
            made.close()
    except DvcException as error:
        raise StoreError(f"dvc init failed: {error}", code="dvc-failed", hint="run `dvc init` by hand") from error


def _set(root: Path, section: dict[str, dict[str, Any]]) -> None:
    """Write into the project's own configuration, as `dvc config` does."""
    try:
        with quiet(), closing(Repo(str(root))) as repo, repo.config.edit("repo") as config:
            for name, values in section.items():
                for key, value in values.items():
                    old = config.setdefault(name, {}).get(key)
                    config[name][key] = {**old, **value} if isinstance(old, dict) else value
    except DvcException as error:
        raise StoreError(
            f"DVC's configuration is refused: {error}", code="dvc-config", hint="see `dvc config`"
        ) from error


def _add_remote(root: Path, folder: Path | None) -> str:
    # DVC reads a relative path from the working folder, and writes it down relative to its own.
    url = str(folder.absolute()) if folder else os.path.relpath(root / _REMOTE_FOLDER)
    with disk("make the DVC remote"):
        durable.make_folder(folder.absolute() if folder else root / _REMOTE_FOLDER)
    _set(root, {"core": {"remote": REMOTE}, "remote": {REMOTE: {"url": url, "verify": True}}})
    return f"DVC remote {REMOTE} ({folder or _REMOTE_FOLDER}), verified, is the default"


def _remote_changes(root: Path, folder: Path | None) -> list[str]:
    found = settings.read(root)
    default = found.remote(None)
    if default is None:
        return [_add_remote(root, folder)]
    if default.name == REMOTE and not default.verify:
        _set(root, {"remote": {REMOTE: {"verify": True}}})
        return [f"DVC remote {REMOTE} is verified"]
    return []


def advice(root: Path) -> list[str]:
    """What a team may want to change in its own DVC settings; nothing is changed for it."""
    default = settings.read(root).remote(None)
    if default is None or default.verify:
        return []
    return [
        f"stock DVC does not verify what it pulls from {default.name!r}: dvc remote modify {default.name} verify true"
    ]


def initialise(root: Path, *, remote_url: Path | None = None, models_dir: str = "models") -> list[str]:
    """Make a folder ready; gives what was changed, in words. A second call changes nothing.

    Args:
        root: The project's folder; may be empty, in a Git repository, or have DVC and models already.
        remote_url: The folder of the default remote, if there is none yet; ``.weighbridge/remote`` by default.
        models_dir: The folder of the models, relative to the root.

    Raises:
        StoreError: Git or DVC refused, or the disk failed.
    """
    root = root.absolute()
    changes = []
    with disk("make the project's folder"):
        durable.make_folder(root)
    git_root = _git_root(root)
    if git_root is None:
        _init_git(root)
        git_root = root
        changes.append("Git repository")
    if not (root / ".dvc").is_dir():
        _init_dvc(root, git_root)
        changes.append("DVC")
        _set(root, {"core": {"analytics": False}})
    elif settings.read(root).telemetry:
        _set(root, {"core": {"analytics": False}})
        changes.append("DVC's telemetry is off")
    changes += _remote_changes(root, remote_url)
    scratch = root / ".dvc" / "tmp"
    with disk("prepare the project"):
        durable.make_folder(scratch)
    if ignores.add(root / ".gitignore", _GIT_IGNORED, scratch=scratch):
        changes.append(".gitignore")
    attributes = (f"{models_dir}/*/evidence/** -text", f"{models_dir}/*/lock.json eol=lf")
    if ignores.add(root / ".gitattributes", attributes, scratch=scratch):
        changes.append(".gitattributes")
    return changes
