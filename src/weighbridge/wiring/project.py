"""A project on disk: found, read and wired."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.config import CONFIG_FILE, Settings, read_settings, read_trust
from weighbridge.core.digest import of_bytes
from weighbridge.core.errors import ConfigError, StoreError
from weighbridge.core.progress import Silent
from weighbridge.wiring.clock import now
from weighbridge.wiring.root import find_root
from weighbridge.wiring.sourcing import Sources
from weighbridge.workspace import STATE_FOLDER, FolderWorkspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeVar

    from weighbridge.core.canonical import Json
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Inspector, Progress, PublicKey, Registry, Signer
    from weighbridge.core.ref import Ref
    from weighbridge.core.selection import Selection
    from weighbridge.custody.ground import Ground
    from weighbridge.custody.loading import Loading
    from weighbridge.custody.verbs import Custody
    from weighbridge.ledgers.journal import Journal
    from weighbridge.signers.keyfolder import KeyFolder
    from weighbridge.stores.remotes import Remotes

    _Verbs = TypeVar("_Verbs", bound=Ground)

SYSTEM_TRUST = Path("/etc/weighbridge/trust.toml")
CHECKPOINT_LASTS = timedelta(days=365)


def user_config_folder() -> Path:
    """Where this user's keys stand, by the XDG base directory specification."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "weighbridge"


def user_cache_folder() -> Path:
    """Where this user's loaded models stand, by the XDG base directory specification, which ignores relative paths."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "weighbridge"


def journal(root: Path | None, folder: Path | None = None) -> Journal:
    """The records of runs.

    Args:
        root: The project that keeps them; None where they are with this user's state (XDG base directories).
        folder: Records from elsewhere, instead.
    """
    from weighbridge.ledgers.journal import Journal  # noqa: PLC0415  beside its siblings

    if folder is not None:
        return Journal(folder)
    if root is not None:
        return Journal(root / STATE_FOLDER / "runs")
    base = os.environ.get("XDG_STATE_HOME", "")
    state = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
    return Journal(state / "weighbridge" / "runs")


def is_paranoid() -> bool:
    """Whether this environment wants every byte read at every load: WEIGHBRIDGE_PARANOID is neither empty nor 0."""
    return os.environ.get("WEIGHBRIDGE_PARANOID", "") not in {"", "0"}


def key_folder(passphrase: str | None = None, *, asks: bool = False) -> KeyFolder:
    """This user's keys.

    Args:
        passphrase: Encrypts new keys; None for that of WEIGHBRIDGE_KEY_PASSPHRASE, if it is set.
        asks: Whether a person at a terminal is asked for the passphrase of an encrypted key.
    """
    from weighbridge.signers.keyfolder import KeyFolder  # noqa: PLC0415  imports cryptography

    def secret() -> str | None:
        return passphrase or os.environ.get("WEIGHBRIDGE_KEY_PASSPHRASE") or (_asked() if asks else None)

    return KeyFolder(user_config_folder() / "keys", secret)


def _asked() -> str | None:
    """What a person types where an encrypted key is opened at a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return getpass.getpass("passphrase of the key: ")


def write_file(path: Path, data: bytes) -> bool:
    """Write a file that a user named, whole or not at all; True if anything changed.

    Raises:
        StoreError: It can't be written (code ``disk``).
    """
    try:
        return durable.replace(path, data)
    except OSError as error:
        raise StoreError(f"{path} can't be written: {error.strerror}", code="disk") from error


def trust_file() -> Path | None:
    """The trust file that this machine sets, if any."""
    named = os.environ.get("WEIGHBRIDGE_TRUST")
    if named:
        return Path(named)
    return SYSTEM_TRUST if SYSTEM_TRUST.is_file() else None


def read_trust_file(path: Path) -> Policy:
    """The policy of a trust file.

    Raises:
        ConfigError: It can't be read, or is malformed.
    """
    try:
        data = path.read_bytes()
        return read_trust(data.decode("utf-8"), of_bytes(data))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the trust file {path} can't be read: {error}",
            code="bad-trust",
            hint="correct WEIGHBRIDGE_TRUST, or get the trust file from the project's owners",
        ) from error


def verify_signature(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """`weighbridge.signers.verify.verify_signature`, imported when the first signature is checked."""
    from weighbridge.signers.verify import verify_signature as check  # noqa: PLC0415  imports cryptography

    return check(key, message, signature)


def evaluate(expression: str, document: Mapping[str, Json]) -> bool:
    """`weighbridge.expressions.evaluate`, imported when the first expression is evaluated."""
    from weighbridge.expressions import evaluate as holds  # noqa: PLC0415  imports the engine

    return holds(expression, document)


@dataclass(frozen=True, slots=True)
class Project:
    """A project, ready for its verbs.

    Args:
        root: Its folder.
        settings: Its weighbridge.toml.
        custody: Its verbs.
        workspace: Its reviewed files.
    """

    root: Path
    settings: Settings
    custody: Custody
    workspace: FolderWorkspace

    @property
    def follows(self) -> Mapping[str, Ref]:
        """The reference that each model follows."""
        return {name: intent.ref for name, intent in self.settings.models.items()}

    @property
    def intents(self) -> Mapping[str, tuple[Ref, Selection]]:
        """What each model follows, and which files of it."""
        return {name: (intent.ref, intent.selection) for name, intent in self.settings.models.items()}

    @property
    def models(self) -> Path:
        """The folder of models."""
        return self.root / self.settings.models_folder


def remotes(settings: Settings) -> Remotes:
    """Which DVC remote holds which model."""
    from weighbridge.stores.remotes import Remotes  # noqa: PLC0415  beside its siblings

    return Remotes({name: intent.remote for name, intent in settings.models.items() if intent.remote}, settings.remotes)


def mlflow_uri(root: Path, settings: Settings) -> str:
    """The registry's URI; a relative SQLite path is relative to the project."""
    prefix = "sqlite:///"
    uri = settings.mlflow_uri or f"{prefix}{STATE_FOLDER}/mlflow.db"
    if uri.startswith(prefix) and not uri.startswith(prefix + "/"):
        return f"{prefix}{root / uri.removeprefix(prefix)}"
    return uri


def _config_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path.name} can't be read: {error}",
            code="unreadable-config",
            hint="restore it from Git, or mend its mode",
        ) from error


def trusted_policy(settings: Settings) -> Policy:
    """Local trust, or the trust file that this machine sets.

    Raises:
        ConfigError: The trust file is about another project.
    """
    path = trust_file()
    if path is None or settings.catalog:
        # With a catalogue, that file is about the catalogue's project.
        return settings.policy
    policy = read_trust_file(path)
    if policy.project != settings.policy.project:
        raise ConfigError(
            f"the trust file {path} is about project {policy.project!r}, this is {settings.policy.project!r}",
            code="bad-trust",
            hint="set WEIGHBRIDGE_TRUST to this project's trust file; its owners have it",
        )
    return policy


def _found(start: Path | None) -> tuple[Path, Settings]:
    root = find_root(start)
    if root is None:
        raise ConfigError(
            f"no {CONFIG_FILE} here or above", code="no-project", hint="make a project in this folder: weighbridge init"
        )
    return root, read_settings(_config_text(root / CONFIG_FILE))


def settings_of(root: Path) -> Settings:
    """What a project's weighbridge.toml says.

    Args:
        root: The project's folder.

    Raises:
        ConfigError: Its weighbridge.toml is wrong.
    """
    return read_settings(_config_text(root / CONFIG_FILE))


def open_project(start: Path | None = None, *, progress: Progress | None = None) -> Project:
    """The project around a folder.

    Args:
        start: The folder, or one below it; None for the working folder.
        progress: Is told how far long work is.

    Raises:
        ConfigError: There is none, or its weighbridge.toml is wrong.
    """
    from weighbridge.custody.verbs import Custody  # noqa: PLC0415  programs that load need few of them

    root, settings = _found(start)
    workspace = FolderWorkspace(root, root / CONFIG_FILE, root / settings.models_folder)
    return Project(root, settings, _wired(Custody, root, settings, workspace, progress), workspace)


def open_loading(*, progress: Progress | None = None, paranoid: bool = False) -> tuple[Path, Settings, Loading]:
    """The project around the working folder, for a program that loads: its folder, settings and verbs.

    Args:
        progress: Is told how far long work is.
        paranoid: Read every byte at each load; also where WEIGHBRIDGE_PARANOID says so.

    Raises:
        ConfigError: There is none, or its weighbridge.toml is wrong.
    """
    from weighbridge.custody.loading import Loading  # noqa: PLC0415  beside its siblings

    root, settings = _found(None)
    workspace = FolderWorkspace(root, root / CONFIG_FILE, root / settings.models_folder)
    return root, settings, _wired(Loading, root, settings, workspace, progress, paranoid=paranoid)


def _wired(
    verbs: type[_Verbs],
    root: Path,
    settings: Settings,
    workspace: FolderWorkspace,
    progress: Progress | None,
    *,
    paranoid: bool = False,
) -> _Verbs:
    policy = trusted_policy(settings)

    @cache
    def registry() -> Registry:
        from weighbridge.registries.mlflow import MlflowRegistry  # noqa: PLC0415  imports MLflow

        return MlflowRegistry(mlflow_uri(root, settings), legacy_stages=settings.legacy_stages)

    @cache
    def inspector() -> Inspector:
        from weighbridge.checks.publisher import Publishers  # noqa: PLC0415  starts processes
        from weighbridge.wiring.examining import inspector as wired  # noqa: PLC0415  starts processes

        return wired(Publishers(policy.publishers))

    @cache
    def signer(key: str | None) -> Signer:
        return key_folder(asks=True).get(key)

    from weighbridge.ledgers.folder import FolderLedger  # noqa: PLC0415  beside its siblings
    from weighbridge.stores.dvc import DvcStore  # noqa: PLC0415  beside its siblings

    sources = Sources(root, policy.rules.sources, settings.sources)
    unknown = sorted(set(settings.remotes) - set(sources))
    if unknown:
        raise ConfigError(
            f"dvc.remotes names {', '.join(unknown)}:, and models come from nowhere of that kind",
            code="bad-value",
            hint=f"choose among {', '.join(sources)}",
        )
    return verbs(
        policy=policy,
        workspace=workspace,
        sources=sources,
        store=DvcStore(root, settings.models_folder, private=user_cache_folder(), remotes=remotes(settings)),
        registry=registry,
        ledger=FolderLedger(root / settings.models_folder),
        inspector=inspector,
        signer=signer,
        verify_signature=verify_signature,
        clock=now,
        progress=progress or Silent(),
        checkpoint_lasts=CHECKPOINT_LASTS,
        evaluate=evaluate,
        paranoid=paranoid or is_paranoid(),
    )
