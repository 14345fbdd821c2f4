"""What DVC's own configuration says, read without importing DVC: the cache, its sharing and the remotes.

The levels and their order are DVC's: system, user, project, local. Nothing is written here.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMOTE = re.compile(r"""'?remote "(.+?)"'?""")
_URL = re.compile(r"\w+://")
_TRUE = {"1", "t", "true", "y", "yes", "on"}
# DVC verifies what it fetches from these without being asked (dvc 3.67, DEFAULT_VERIFY).
_VERIFIED_SCHEMES = ("gdrive://", "oss://")


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """One DVC remote.

    Args:
        name: Its name in DVC's configuration.
        url: Its address; an absolute path for a local folder.
        verify: Whether DVC hashes what it fetches from it.
    """

    name: str
    url: str
    verify: bool

    @property
    def folder(self) -> Path | None:
        """The folder of a local remote; None for any other kind."""
        if self.url.startswith("file://"):
            return Path(self.url.removeprefix("file://"))
        return None if _URL.match(self.url) else Path(self.url)


@dataclass(frozen=True, slots=True)
class DvcSettings:
    """What the stores need of DVC's configuration.

    Args:
        cache: The cache folder, absolute.
        shared: Whether the cache belongs to a group of users (``cache.shared = group``).
        default_remote: The name of the default remote; empty if there is none.
        telemetry: Whether DVC's own commands report their use.
        remotes: Every remote by name.
    """

    cache: Path
    shared: bool = False
    default_remote: str = ""
    telemetry: bool = True
    remotes: Mapping[str, RemoteSettings] = field(default_factory=dict)

    def remote(self, name: str | None) -> RemoteSettings | None:
        """A remote by name, or the default one; None if there is none."""
        return self.remotes.get(name or self.default_remote)


def _levels(root: Path) -> list[Path]:
    import platformdirs  # noqa: PLC0415 - DVC's own way to find its folders; start-up must not pay for it

    system = os.environ.get("DVC_SYSTEM_CONFIG_DIR") or platformdirs.site_config_dir("dvc", "iterative")
    user = os.environ.get("DVC_GLOBAL_CONFIG_DIR") or platformdirs.user_config_dir("dvc", "iterative")
    return [Path(system) / "config", Path(user) / "config", root / ".dvc" / "config", root / ".dvc" / "config.local"]


def _load(path: Path) -> dict[str, Any]:
    # DVC's own parser, published without types; start-up must not pay for it.
    from configobj import ConfigObj, ConfigObjError  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"can't read {path}: {error}", code="dvc-config") from error
    try:
        return dict(ConfigObj(text.splitlines()).dict())
    except ConfigObjError as error:
        raise ConfigError(f"{path} is not a DVC configuration: {error}", code="dvc-config") from error


def _anchor(url: str, folder: Path) -> str:
    if _URL.match(url):
        return url
    return os.path.normpath(folder / Path(url).expanduser())


def _merge(found: dict[str, dict[str, str]], level: dict[str, Any], folder: Path) -> None:
    for title, section in level.items():
        if not isinstance(section, dict):
            continue
        values = {str(key).lower(): str(value) for key, value in section.items()}
        for key in ("url", "dir"):
            if key in values:
                values[key] = _anchor(values[key], folder)
        found.setdefault(str(title), {}).update(values)


def _all(root: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in _levels(root):
        _merge(found, _load(path), path.parent)
    return found


def read(root: Path) -> DvcSettings:
    """DVC's configuration of a project.

    Raises:
        ConfigError: A configuration file can't be read.
    """
    found = _all(root)
    remotes = {}
    for title, section in found.items():
        named = _REMOTE.fullmatch(title)
        if named and "url" in section:
            verified = "true" if section["url"].startswith(_VERIFIED_SCHEMES) else "false"
            verify = section.get("verify", verified).lower() in _TRUE
            remotes[named[1]] = RemoteSettings(named[1], section["url"], verify)
    core = found.get("core", {})
    cache = found.get("cache", {})
    return DvcSettings(
        cache=Path(cache.get("dir") or root / ".dvc" / "cache"),
        shared=cache.get("shared") == "group",
        default_remote=core.get("remote", ""),
        telemetry=core.get("analytics", "true").lower() in _TRUE,
        remotes=remotes,
    )
