"""`weighbridge init`: an empty or used folder becomes a project. Running it again changes nothing."""

from __future__ import annotations

import getpass
import re
import secrets
import subprocess
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.config import CONFIG_FILE, CONFIG_SCHEMA
from weighbridge.core.errors import StoreError
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import key_folder, open_project

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.signers.keyfolder import KeyInfo

TEMPLATES = ("solo", "team")

_STAGES = {
    "solo": """\
[stages.production]
approvals = 1
adder_may_approve = true    # one person: verdicts say "separation: none"
""",
    "team": """\
[stages.staging]
approvals = 1
adder_may_approve = false

[stages.production]
approvals = 2
adder_may_approve = false
after = "staging"
""",
}


def _slug(text: str, fallback: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or fallback


def _git_config(root: Path, key: str) -> str:
    try:
        found = subprocess.run(  # noqa: S603  a fixed command
            ["git", "config", key],  # noqa: S607  the user's own Git
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return found.stdout.strip()


def _person(root: Path) -> tuple[str, str]:
    """Id and name of whoever starts the project."""
    name = _git_config(root, "user.name")
    return _slug(name or getpass.getuser(), "owner"), name


def _key(label: str) -> tuple[KeyInfo, bool]:
    """This user's key, and whether it had to be made."""
    keys = key_folder()
    found = keys.list()
    return (found[0], False) if found else (keys.new(label, now()), True)


def _config_text(project: str, template: str, person: str, name: str, key: KeyInfo) -> str:
    return f"""\
# What this project wants of third-party models. Reviewed in Git; docs/configuration.md explains every key.
schema = "{CONFIG_SCHEMA}"
project = "{project}"

{_STAGES[template]}
[people.{person}]
name = {_toml_text(name)}
roles = ["adder", "approver"]
keys = [{{ id = "{key.key.id}", public = "{key.key.public}" }}]
"""


def _toml_text(text: str) -> str:
    import tomlkit  # noqa: PLC0415  only init writes text by hand

    return tomlkit.string(text).as_string()


def found(root: Path, template: str) -> list[str]:
    """Make a project of a folder; says in words what was changed, nothing if all was there.

    Raises:
        StoreError: Git, DVC or the disk failed.
        ConfigError: There is a weighbridge.toml and it is wrong.
    """
    from weighbridge.stores.project import initialise  # noqa: PLC0415  imports DVC

    changed = []
    config = root / CONFIG_FILE
    if not config.exists():
        person, name = _person(root)
        key, made = _key(person)
        if made:
            changed.append(f"made the key {key.key.id[:16]} for {person}")
        project = f"{_slug(root.name, 'models')}-{secrets.token_hex(3)}"
        text = _config_text(project, template, person, name, key)
        try:
            durable.create(config, text.encode("utf-8"))
        except OSError as error:
            raise StoreError(f"{CONFIG_FILE} can't be written: {error.strerror}", code="disk") from error
        changed.append(f"wrote {CONFIG_FILE}: project {project}")
    project_here = open_project(root)
    changed += initialise(root)
    if project_here.custody.pipeline():
        changed.append(f"wrote {project_here.settings.models_folder}/dvc.yaml")
    return changed
