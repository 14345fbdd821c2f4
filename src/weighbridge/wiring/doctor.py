"""`weighbridge doctor`: what a support person would ask first."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from weighbridge.core.errors import WeighbridgeError
from weighbridge.wiring.project import key_folder, mlflow_uri, open_project, trust_file
from weighbridge.wiring.root import find_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.canonical import Json

_LOW_SPACE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at.

    Args:
        what: The thing.
        good: Whether it is as it should be.
        text: What was found, and the next step if it is not good.
    """

    what: str
    good: bool
    text: str

    def to_json(self) -> dict[str, Json]:
        """The check's published JSON."""
        return {"what": self.what, "good": self.good, "text": self.text}


def _system() -> str:
    if sys.platform not in {"linux", "darwin"}:
        raise WeighbridgeError(f"{sys.platform} is not supported", hint="use Linux, macOS or WSL")
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"


def _tools() -> str:
    if shutil.which("git") is None:
        raise WeighbridgeError("git is not on PATH", hint="install Git")
    names = ("weighbridge", "dvc", "mlflow-skinny", "huggingface_hub", "blake3", "cryptography")
    return ", ".join(f"{name} {version(name)}" for name in names)


def _project() -> str:
    project = open_project()
    stages = ", ".join(stage.name for stage in project.settings.policy.stages) or "no stage"
    return f"{project.settings.policy.project}, {len(project.workspace.names())} models, stages: {stages}"


def _key() -> str:
    policy = open_project().custody.policy
    owned = [(info.key.id[:16], owner) for info in key_folder().list() if (owner := policy.owner(info.key.id))]
    if not owned:
        raise WeighbridgeError(
            "this project trusts no key of yours", hint="weighbridge keys new, then weighbridge keys trust PERSON"
        )
    return "; ".join(f"{key} of {owner.id}, roles: {', '.join(sorted(owner.roles))}" for key, owner in owned)


def _trust() -> str:
    path = trust_file()
    return f"trust file {path}" if path else open_project().custody.policy.trust


def _problems() -> str:
    found = [problem for item in open_project().custody.status([]) for problem in item.problems]
    if found:
        raise WeighbridgeError(f"{found[0].message} (of {len(found)})", hint=found[0].hint)
    return "no problem with pins, pointers, cache or remote"


def _registry() -> str:
    project = open_project()
    project.custody.registry().view("no-such-model")
    return f"answers at {mlflow_uri(project.root, project.settings)}"


def _hub() -> str:
    return os.environ.get("HF_ENDPOINT") or "https://huggingface.co"


def _disk() -> str:
    free = shutil.disk_usage(find_root() or ".").free
    if free < _LOW_SPACE_BYTES:
        raise WeighbridgeError(f"{free} bytes free", hint="free some space: models are large")
    return f"{free >> 30} GiB free"


def _look(what: str, look: Callable[[], str]) -> Examined:
    try:
        return Examined(what, good=True, text=look())
    except WeighbridgeError as error:
        return Examined(what, good=False, text=f"{error.message}; next: {error.hint}")


def examine() -> tuple[Examined, ...]:
    """Look at everything, whatever fails."""
    looks = {
        "system": _system,
        "tools": _tools,
        "project": _project,
        "key": _key,
        "trust": _trust,
        "models": _problems,
        "registry": _registry,
        "hub": _hub,
        "disk": _disk,
    }
    return tuple(_look(what, look) for what, look in looks.items())
