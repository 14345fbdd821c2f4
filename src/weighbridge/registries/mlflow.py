"""MLflow's model registry, embedded (SQLite) or a server: a view of signed state for those who know MLflow.

Nothing read from here is evidence. Aliases, tags and stages follow what Weighbridge is told, and are put back
when they were edited by hand; versions are never deleted, apart from a duplicate that two writers made at once.
"""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from weighbridge.core.divergence import LEGACY
from weighbridge.core.errors import RegistryError
from weighbridge.core.ref import require_name
from weighbridge.core.registered import RegistryTags
from weighbridge.registries import mlflow_tags as shown
from weighbridge.registries.mlflow_connect import connect, hurried, is_absent
from weighbridge.registries.mlflow_errors import failure, translated
from weighbridge.registries.mlflow_read import NO_STAGE, find_model, owners, view_of
from weighbridge.registries.sqlite_file import held, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow import MlflowClient
    from mlflow.entities.model_registry import RegisteredModel

    from weighbridge.core.pin import Pin
    from weighbridge.core.registered import RegistryView

_ARCHIVED = "Archived"


class MlflowRegistry:
    """The `Registry` port on MLflow 3.

    Args:
        uri: ``sqlite:////absolute/path.db`` (made with its folder when absent), or the URI of an MLflow server.
        legacy_stages: Whether `point` also moves MLflow's deprecated stages ``Staging`` and ``Production``.
    """

    def __init__(self, uri: str, *, legacy_stages: bool = False) -> None:
        self._uri = uri
        self._legacy_stages = legacy_stages
        self._connected: MlflowClient | None = None

    @property
    def legacy_stages(self) -> bool:
        """Whether MLflow's deprecated stages are moved."""
        return self._legacy_stages

    @property
    def _client(self) -> MlflowClient:
        if self._connected is None:
            self._connected = connect(self._uri)
        return self._connected

    @contextmanager
    def _working(self, doing: str, *, alone: bool = False) -> Iterator[MlflowClient]:
        client = self._client
        guard: AbstractContextManager[None] = nullcontext()
        if alone and self._uri.startswith("sqlite:"):
            guard = held(sqlite_path(self._uri))
        with translated(doing), guard:
            yield client

    def register(self, pin: Pin) -> tuple[str, bool]:
        """The version for a pin, made if there is none, and whether anything changed.

        Tags of ours that were edited or removed by hand are put back, tags in our name that are not ours are
        dropped; other tags and the descriptions are left to people.

        Raises:
            RegistryError: MLflow failed, or the model is not ours (code ``foreign-model``).
        """
        require_name(pin.name)
        with self._working(f"register {pin.name}", alone=True) as client:
            changed = self._ensure_model(client, pin)
            version = self._view(client, pin.name).version_of(pin.digest)
            if version is None:
                version, made = self._create_version(client, pin)
                changed = changed or made
            return version, self._put_back(client, pin, version) or changed

    def point(self, name: str, stage: str, digest: str) -> bool:
        """Let the stage's alias (and legacy stage) name the version of a digest; True if anything changed.

        Raises:
            RegistryError: No version stands for the digest (code ``not-registered``), it was removed (code
                ``version-removed``), the model is not ours, or MLflow failed.
        """
        with self._working(f"point {name}@{stage}", alone=True) as client:
            view = view_of(client, self._owned(client, name))
            version = self._live_version(view, digest)
            changed = view.aliases.get(stage) != version
            if changed:
                client.set_registered_model_alias(name, stage, version)
            return self._enter_stage(client, view, stage, version) or changed

    def unpoint(self, name: str, stage: str) -> bool:
        """Take the stage's alias (and legacy stage) away; True if there was one.

        Raises:
            RegistryError: The model is not ours, or MLflow failed.
        """
        with self._working(f"take {name}@{stage} away", alone=True) as client:
            view = view_of(client, self._owned(client, name))
            changed = stage in view.aliases
            if changed:
                client.delete_registered_model_alias(name, stage)
            return self._leave_stage(client, view, stage) or changed

    def retire(self, name: str, digest: str) -> bool:
        """Mark the version of a digest as removed and drop its aliases; True if anything changed.

        Raises:
            RegistryError: The model is not ours, or MLflow failed.
        """
        with self._working(f"retire a version of {name}", alone=True) as client:
            view = view_of(client, self._owned(client, name))
            changed = False
            for item in view.versions:
                if item.digest != digest:
                    continue
                for alias in (alias for alias, version in view.aliases.items() if version == item.version):
                    client.delete_registered_model_alias(name, alias)
                    changed = True
                if item.tags.get(shown.REMOVED) != shown.YES:
                    client.set_model_version_tag(name, item.version, shown.REMOVED, shown.YES)
                    changed = True
                if self._legacy_stages and item.stage:
                    _transition(client, name, item.version, NO_STAGE)
                    changed = True
            return changed

    def retag(self, name: str, version: str | None, tags: Mapping[str, str | None]) -> None:
        """Write tags of a version, or of the registered model for None; a tag without a value is taken away.

        Raises:
            RegistryError: The model is not ours, there is no such version, or MLflow failed.
        """
        with self._working(f"write tags of {name}", alone=True) as client:
            self._owned(client, name)
            for key, value in tags.items():
                if version is None and value is None:
                    client.delete_registered_model_tag(name, key)
                elif version is None:
                    client.set_registered_model_tag(name, key, value)
                elif value is None:
                    client.delete_model_version_tag(name, version, key)
                else:
                    client.set_model_version_tag(name, version, key, value)

    def unstage(self, name: str, version: str) -> None:
        """Take a version out of MLflow's deprecated stages, whether we move them or not.

        Raises:
            RegistryError: The model is not ours, there is no such version, or MLflow failed.
        """
        with self._working(f"take version {version} of {name} out of its stage", alone=True) as client:
            self._owned(client, name)
            _transition(client, name, version, NO_STAGE)

    def tags(self, pin: Pin) -> RegistryTags:
        """The tags that MLflow gets for a pin; nobody is asked."""
        return RegistryTags(shown.version_tags(pin), shown.model_tags(pin), {shown.REMOVED: shown.YES})

    def names(self) -> Mapping[str, str]:
        """Every registered model with its project, in bounded time: a server that does not answer soon is an error.

        Raises:
            RegistryError: MLflow failed.
        """
        if self._connected is None and is_absent(self._uri):
            return {}
        client = self._client
        with translated("list registered models"), hurried():
            return owners(client)

    def view(self, name: str) -> RegistryView | None:
        """What MLflow shows; None if it has no such model. A model that is not ours is shown as well.

        Raises:
            RegistryError: MLflow failed.
        """
        require_name(name)
        if self._connected is None and is_absent(self._uri):
            return None
        with self._working(f"read {name}") as client:
            model = find_model(client, name)
            return view_of(client, model) if model else None

    def _ensure_model(self, client: MlflowClient, pin: Pin) -> bool:
        model = find_model(client, pin.name)
        created = model is None
        if model is None:
            with translated("create the model"):
                model = _create_model(client, pin)
        _require_ours(pin.name, model.tags, project=pin.project)
        wanted = shown.model_tags(pin)
        stale = {key: value for key, value in wanted.items() if model.tags.get(key) != value}
        for key, value in stale.items():
            client.set_registered_model_tag(pin.name, key, value)
        return created or bool(stale)

    def _create_version(self, client: MlflowClient, pin: Pin) -> tuple[str, bool]:
        made = client.create_model_version(
            pin.name,
            source=shown.source_of(pin.digest),
            tags=shown.version_tags(pin),
            description=shown.version_description(pin),
            await_creation_for=0,
        )
        mine = str(made.version)
        oldest = self._view(client, pin.name).version_of(pin.digest)
        if oldest is None or oldest == mine:
            return mine, True
        # Two writers without a common lock made one digest twice. Both see both: the older stays, the newer goes.
        with suppress(RegistryError), translated("drop a duplicate version"):
            client.delete_model_version(pin.name, mine)
        return oldest, False

    def _view(self, client: MlflowClient, name: str) -> RegistryView:
        return view_of(client, client.get_registered_model(name))

    def _put_back(self, client: MlflowClient, pin: Pin, version: str) -> bool:
        found = next(item.tags for item in self._view(client, pin.name).versions if item.version == version)
        wanted = shown.version_tags(pin)
        wrong = {key: value for key, value in wanted.items() if found.get(key) != value}
        for key, value in wrong.items():
            client.set_model_version_tag(pin.name, version, key, value)
        invented = [key for key in found if key.startswith(shown.OWN) and key not in wanted]
        for key in invented:
            client.delete_model_version_tag(pin.name, version, key)
        return bool(wrong or invented)

    def _owned(self, client: MlflowClient, name: str) -> RegisteredModel:
        model = find_model(client, require_name(name))
        if model is None:
            raise failure("registry-missing", f"MLflow has no registered model {name!r}")
        _require_ours(name, model.tags)
        return model

    def _live_version(self, view: RegistryView, digest: str) -> str:
        version = view.version_of(digest)
        hint = f"run `weighbridge register {view.name}`, then approve again"
        if version is None:
            raise RegistryError(f"no version of {view.name} stands for {digest}", code="not-registered", hint=hint)
        tags = next(item.tags for item in view.versions if item.version == version)
        if shown.REMOVED in tags:
            raise RegistryError(f"version {version} of {view.name} was removed", code="version-removed", hint=hint)
        return version

    def _enter_stage(self, client: MlflowClient, view: RegistryView, stage: str, version: str) -> bool:
        legacy = LEGACY.get(stage)
        if not self._legacy_stages or legacy is None:
            return False
        inside = [item.version for item in view.versions if item.stage == legacy]
        # One by one: `archive_existing_versions` fails in MLflow on PostgreSQL, where its version is text to psycopg.
        for other in inside:
            if other != version:
                _transition(client, view.name, other, _ARCHIVED)
        if version not in inside:
            _transition(client, view.name, version, legacy)
        return inside != [version]

    def _leave_stage(self, client: MlflowClient, view: RegistryView, stage: str) -> bool:
        legacy = LEGACY.get(stage)
        if not self._legacy_stages or legacy is None:
            return False
        inside = [item.version for item in view.versions if item.stage == legacy]
        for version in inside:
            _transition(client, view.name, version, NO_STAGE)
        return bool(inside)


def _create_model(client: MlflowClient, pin: Pin) -> RegisteredModel:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - heavy, and loaded by now

    try:
        return client.create_registered_model(
            pin.name, tags=shown.model_tags(pin), description=shown.model_description(pin)
        )
    except MlflowException as error:
        # Another writer was quicker: what it made is judged like any model found.
        found = find_model(client, pin.name) if error.error_code == "RESOURCE_ALREADY_EXISTS" else None
        if found is None:
            raise
        return found


def _require_ours(name: str, tags: Mapping[str, str], *, project: str | None = None) -> None:
    owner = tags.get(shown.PROJECT)
    if owner and project in {None, owner}:
        return
    whose = f"belongs to project {owner!r}" if owner else "was not made by Weighbridge"
    raise RegistryError(
        f"MLflow's registered model {name!r} {whose}",
        code="foreign-model",
        hint="govern the model under another name: `weighbridge add REF --name OTHER`",
        details={"name": name, "project": owner or ""},
    )


def _transition(client: MlflowClient, name: str, version: str, stage: str) -> None:
    with warnings.catch_warnings():
        # Deprecated by MLflow since 2.9, and the reason why legacy_stages has to be switched on.
        warnings.simplefilter("ignore", FutureWarning)
        client.transition_model_version_stage(name, version, stage)
