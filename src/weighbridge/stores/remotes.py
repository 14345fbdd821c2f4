"""Which of DVC's remotes holds which model: the model's own, else that of its source, else DVC's default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.pin import Pin
    from weighbridge.stores.settings import DvcSettings, RemoteSettings


@dataclass(frozen=True, slots=True)
class Remotes:
    """Names of DVC remotes, as weighbridge.toml gives them.

    Args:
        models: By the governed name of a model.
        schemes: By the scheme of a source, for models that have none of their own.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    schemes: Mapping[str, str] = field(default_factory=dict)

    def of(self, pin: Pin) -> str | None:
        """The remote of a pin; None for DVC's default one."""
        return self.models.get(pin.name) or self.schemes.get(pin.source.partition(":")[0])

    @property
    def names(self) -> tuple[str, ...]:
        """Every remote that is named, sorted."""
        return tuple(sorted({*self.models.values(), *self.schemes.values()}))

    def settings(self, dvc: DvcSettings, pin: Pin) -> RemoteSettings | None:
        """What DVC knows of a pin's remote; None if the pin has none of its own and there is no default.

        Raises:
            ConfigError: DVC does not know the named one (code ``unknown-remote``).
        """
        name = self.of(pin)
        if name is not None:
            require(dvc, name)
        return dvc.remote(name)

    def all_settings(self, dvc: DvcSettings) -> tuple[RemoteSettings, ...]:
        """The default remote, if there is one, and every named one.

        Raises:
            ConfigError: DVC does not know one of them (code ``unknown-remote``).
        """
        for name in self.names:
            require(dvc, name)
        found = (dvc.remote(None), *(dvc.remote(name) for name in self.names))
        return tuple({item.name: item for item in found if item is not None}.values())


def require(dvc: DvcSettings, name: str) -> None:
    """Refuse a remote that DVC does not know.

    Raises:
        ConfigError: It does not (code ``unknown-remote``).
    """
    if name not in dvc.remotes:
        raise ConfigError(
            f"weighbridge.toml names the DVC remote {name!r}, and DVC has none of that name",
            code="unknown-remote",
            hint=f"add it: dvc remote add {name} URL && dvc remote modify {name} verify true; or correct the name",
        )
