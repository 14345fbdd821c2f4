"""A registry in memory: the `Registry` port without MLflow, and hands that do what people do in MLflow's pages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING

from weighbridge.core.digest import PREFIX, is_digest
from weighbridge.core.errors import RegistryError
from weighbridge.core.ports import RegisteredVersion, RegistryView
from weighbridge.core.ref import require_name

if TYPE_CHECKING:
    from weighbridge.core.pin import Pin

REMOVED = "weighbridge.removed"
PROJECT = "weighbridge.project"
SOURCE = "weighbridge://sha256/"


@dataclass
class _Model:
    tags: dict[str, str]
    versions: list[RegisteredVersion] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)


class MemoryRegistry:
    """The `Registry` port in memory; two of them share nothing.

    Set ``failure`` to an error and every call raises it.
    """

    def __init__(self) -> None:
        self.failure: RegistryError | None = None
        self._models: dict[str, _Model] = {}
        self._lock = RLock()

    def register(self, pin: Pin) -> tuple[str, bool]:
        require_name(pin.name)
        self._check()
        with self._lock:
            created = pin.name not in self._models
            model = self._models.setdefault(pin.name, _Model({PROJECT: pin.project}))
            if model.tags.get(PROJECT) != pin.project:
                raise RegistryError(f"{pin.name} is not ours", code="foreign-model", hint="use another name")
            found = next((item for item in model.versions if item.digest == pin.digest), None)
            if found is None:
                self.create_version(pin.name, SOURCE + pin.digest.removeprefix(PREFIX), self._tags(pin))
                return str(len(model.versions)), True
            theirs = {key: value for key, value in found.tags.items() if not key.startswith("weighbridge.")}
            tags = {**theirs, **self._tags(pin)}
            if tags != found.tags:
                self._swap(model, replace(found, tags=tags))
            return found.version, created or tags != found.tags

    def point(self, name: str, stage: str, digest: str) -> bool:
        with self._lock:
            model = self._owned(name)
            found = next((item for item in model.versions if item.digest == digest), None)
            if found is None:
                raise RegistryError(f"{digest} is not registered", code="not-registered", hint="register it")
            if REMOVED in found.tags:
                raise RegistryError(f"{digest} was removed", code="version-removed", hint="register it")
            changed = model.aliases.get(stage) != found.version
            model.aliases[stage] = found.version
            return changed

    def unpoint(self, name: str, stage: str) -> bool:
        with self._lock:
            return self._owned(name).aliases.pop(stage, None) is not None

    def retire(self, name: str, digest: str) -> bool:
        with self._lock:
            model, changed = self._owned(name), False
            for found in [item for item in model.versions if item.digest == digest]:
                for alias in [key for key, version in model.aliases.items() if version == found.version]:
                    del model.aliases[alias]
                    changed = True
                if found.tags.get(REMOVED) != "true":
                    self._swap(model, replace(found, tags={**found.tags, REMOVED: "true"}))
                    changed = True
            return changed

    def view(self, name: str) -> RegistryView | None:
        require_name(name)
        self._check()
        with self._lock:
            model = self._models.get(name)
            return RegistryView(name, tuple(model.versions), dict(model.aliases)) if model else None

    def create_model(self, name: str, tags: dict[str, str]) -> None:
        """A registered model made by hand."""
        self._models[name] = _Model(dict(tags))

    def create_version(self, name: str, source: str, tags: dict[str, str]) -> None:
        """A version made by hand."""
        model = self._models[name]
        digest = PREFIX + source.removeprefix(SOURCE)
        known = digest if source.startswith(SOURCE) and is_digest(digest) else None
        model.versions.append(RegisteredVersion(str(len(model.versions) + 1), known, dict(tags)))

    def set_tag(self, name: str, version: str, key: str, value: str) -> None:
        """A version's tag edited by hand."""
        model = self._models[name]
        found = model.versions[int(version) - 1]
        self._swap(model, replace(found, tags={**found.tags, key: value}))

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """An alias moved by hand."""
        self._models[name].aliases[alias] = version

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _owned(self, name: str) -> _Model:
        require_name(name)
        self._check()
        model = self._models.get(name)
        if model is None:
            raise RegistryError(f"no model {name}", code="registry-missing", hint="register it")
        if PROJECT not in model.tags:
            raise RegistryError(f"{name} is not ours", code="foreign-model", hint="use another name")
        return model

    def _swap(self, model: _Model, item: RegisteredVersion) -> None:
        model.versions[int(item.version) - 1] = item

    def _tags(self, pin: Pin) -> dict[str, str]:
        return {
            "source": "huggingface" if pin.ref.scheme == "hf" else pin.ref.scheme,
            "model_id": pin.ref.name,
            "content_hash": pin.digest,
            "governance_tier": "third-party",
            PROJECT: pin.project,
        }
