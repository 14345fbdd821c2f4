"""A registry in memory: the `Registry` port without MLflow, and hands that do what people do in MLflow's pages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING

from weighbridge.core.digest import PREFIX, is_digest
from weighbridge.core.divergence import LEGACY, OWN_TAGS
from weighbridge.core.errors import RegistryError
from weighbridge.core.ref import require_name
from weighbridge.core.registered import RegisteredVersion, RegistryTags, RegistryView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.pin import Pin

REMOVED = "weighbridge.removed"
PROJECT = "weighbridge.project"
REF = "weighbridge.ref"
SOURCE = "weighbridge://sha256/"


@dataclass
class _Model:
    tags: dict[str, str]
    made: int = 0
    versions: list[RegisteredVersion] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)


class MemoryRegistry:
    """The `Registry` port in memory; two of them share nothing.

    Set ``failure`` to an error and every call raises it.
    """

    def __init__(self, *, legacy_stages: bool = False) -> None:
        self.failure: RegistryError | None = None
        self.asked = 0
        self._legacy_stages = legacy_stages
        self._models: dict[str, _Model] = {}
        self._lock = RLock()

    @property
    def legacy_stages(self) -> bool:
        return self._legacy_stages

    def tags(self, pin: Pin) -> RegistryTags:
        source = "huggingface" if pin.ref.scheme == "hf" else pin.ref.scheme
        version = {
            "source": source,
            "model_id": pin.ref.name,
            "content_hash": pin.digest,
            "governance_tier": "third-party",
            PROJECT: pin.project,
            OWN_TAGS + "name": pin.name,
        }
        model = {PROJECT: pin.project, REF: pin.source, "governance_tier": "third-party"}
        return RegistryTags(version, model, {REMOVED: "true"})

    def register(self, pin: Pin) -> tuple[str, bool]:
        require_name(pin.name)
        self._check()
        with self._lock:
            tags = self.tags(pin)
            created = pin.name not in self._models
            model = self._models.setdefault(pin.name, _Model({PROJECT: pin.project}))
            if model.tags.get(PROJECT) != pin.project:
                raise RegistryError(f"{pin.name} is not ours", code="foreign-model", hint="use another name")
            created |= not tags.model.items() <= model.tags.items()
            model.tags |= tags.model
            found = next((item for item in model.versions if item.digest == pin.digest), None)
            if found is None:
                self.create_version(pin.name, SOURCE + pin.digest.removeprefix(PREFIX), dict(tags.version))
                return model.versions[-1].version, True
            theirs = {key: value for key, value in found.tags.items() if not key.startswith(OWN_TAGS)}
            wanted = {**theirs, **tags.version}
            if wanted != found.tags:
                self._swap(model, replace(found, tags=wanted))
            return found.version, created or wanted != found.tags

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
            legacy = LEGACY.get(stage) if self._legacy_stages else None
            inside = [item.version for item in model.versions if legacy and item.stage == legacy]
            if legacy and inside != [found.version]:
                self.set_stage(name, found.version, legacy)
                changed = True
            return changed

    def unpoint(self, name: str, stage: str) -> bool:
        with self._lock:
            model = self._owned(name)
            changed = model.aliases.pop(stage, None) is not None
            for item in model.versions:
                if self._legacy_stages and item.stage and item.stage == LEGACY.get(stage):
                    self._swap(model, replace(item, stage=""))
                    changed = True
            return changed

    def retire(self, name: str, digest: str) -> bool:
        with self._lock:
            model, changed = self._owned(name), False
            for found in [item for item in model.versions if item.digest == digest]:
                for alias in [key for key, version in model.aliases.items() if version == found.version]:
                    del model.aliases[alias]
                    changed = True
                kept = "" if self._legacy_stages else found.stage
                marked = replace(found, tags={**found.tags, REMOVED: "true"}, stage=kept)
                if marked != found:
                    self._swap(model, marked)
                    changed = True
            return changed

    def retag(self, name: str, version: str | None, tags: Mapping[str, str | None]) -> None:
        with self._lock:
            model = self._owned(name)
            found = model.tags if version is None else dict(self._version(model, version).tags)
            for key, value in tags.items():
                if value is None:
                    found.pop(key, None)
                else:
                    found[key] = value
            if version is not None:
                self._swap(model, replace(self._version(model, version), tags=found))

    def unstage(self, name: str, version: str) -> None:
        with self._lock:
            model = self._owned(name)
            self._swap(model, replace(self._version(model, version), stage=""))

    def names(self) -> Mapping[str, str]:
        self._check()
        with self._lock:
            return {name: model.tags.get(PROJECT, "") for name, model in self._models.items()}

    def view(self, name: str) -> RegistryView | None:
        require_name(name)
        self._check()
        with self._lock:
            model = self._models.get(name)
            if model is None:
                return None
            owner = model.tags.get(PROJECT, "")
            return RegistryView(name, tuple(model.versions), dict(model.aliases), owner, dict(model.tags))

    def create_model(self, name: str, tags: dict[str, str]) -> None:
        """A registered model made by hand."""
        self._models[name] = _Model(dict(tags))

    def create_version(self, name: str, source: str, tags: dict[str, str]) -> None:
        """A version made by hand."""
        model = self._models[name]
        digest = PREFIX + source.removeprefix(SOURCE)
        known = digest if source.startswith(SOURCE) and is_digest(digest) else None
        model.made += 1
        model.versions.append(RegisteredVersion(str(model.made), known, dict(tags)))

    def delete_version(self, name: str, version: str) -> None:
        """A version deleted by hand; its aliases go with it."""
        model = self._models[name]
        model.versions.remove(self._version(model, version))
        for alias in [key for key, value in model.aliases.items() if value == version]:
            del model.aliases[alias]

    def delete_model(self, name: str) -> None:
        """A registered model deleted by hand."""
        del self._models[name]

    def copy_version(self, name: str, version: str, target: str) -> None:
        """A version copied by hand, with its tags; a target that is not there is made."""
        tags = dict(self._version(self._models[name], version).tags)
        if target not in self._models:
            self.create_model(target, {})
        self.create_version(target, f"models:/{name}/{version}", tags)

    def set_tag(self, name: str, version: str | None, key: str, value: str) -> None:
        """A tag of a version, or of the registered model for None, edited by hand."""
        model = self._models[name]
        if version is None:
            model.tags[key] = value
            return
        found = self._version(model, version)
        self._swap(model, replace(found, tags={**found.tags, key: value}))

    def delete_tag(self, name: str, version: str | None, key: str) -> None:
        """A tag taken away by hand."""
        model = self._models[name]
        if version is None:
            del model.tags[key]
            return
        found = self._version(model, version)
        self._swap(model, replace(found, tags={k: v for k, v in found.tags.items() if k != key}))

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """An alias moved by hand."""
        self._models[name].aliases[alias] = version

    def delete_alias(self, name: str, alias: str) -> None:
        """An alias taken away by hand."""
        del self._models[name].aliases[alias]

    def set_stage(self, name: str, version: str, stage: str) -> None:
        """A version moved to a deprecated stage by hand; who was in it is archived."""
        model = self._models[name]
        for item in [item for item in model.versions if item.stage == stage]:
            self._swap(model, replace(item, stage="Archived"))
        self._swap(model, replace(self._version(model, version), stage=stage))

    def _check(self) -> None:
        self.asked += 1
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

    def _version(self, model: _Model, version: str) -> RegisteredVersion:
        found = next((item for item in model.versions if item.version == version), None)
        if found is None:
            raise RegistryError(f"no version {version}", code="registry-missing", hint="register it")
        return found

    def _swap(self, model: _Model, item: RegisteredVersion) -> None:
        at = next(index for index, other in enumerate(model.versions) if other.version == item.version)
        model.versions[at] = item
