"""What a registry shows of a model: versions, aliases and tags. A view: nothing in it is evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version as the registry shows it.

    Args:
        version: The registry's own version.
        digest: The digest in its source; None where the source is not Weighbridge's.
        tags: Its tags.
        stage: The legacy stage, such as ``Production``; empty for none.
    """

    version: str
    digest: str | None
    tags: Mapping[str, str] = field(default_factory=dict)
    stage: str = ""


@dataclass(frozen=True, slots=True)
class RegistryTags:
    """What the registry writes of a pin.

    Args:
        version: On the version that stands for it.
        model: On the registered model.
        removed: On the version beside the others, once the pin is no longer governed.
    """

    version: Mapping[str, str]
    model: Mapping[str, str]
    removed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegistryView:
    """What the registry shows of one model: a view, never evidence.

    Args:
        name: The governed name.
        versions: All versions, oldest first.
        aliases: Version by alias.
        owner: The project that the registered model is tagged with; empty for none.
        tags: The registered model's own tags.
    """

    name: str
    versions: tuple[RegisteredVersion, ...]
    aliases: Mapping[str, str]
    owner: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def version_of(self, digest: str) -> str | None:
        """The oldest version that stands for a digest."""
        return next((item.version for item in self.versions if item.digest == digest), None)

    def pointing(self, digest: str) -> frozenset[str]:
        """The aliases that name a digest, by whichever of its versions: a second one, made by hand, counts too."""
        versions = {item.version for item in self.versions if item.digest == digest}
        return frozenset(alias for alias, version in self.aliases.items() if version in versions)
