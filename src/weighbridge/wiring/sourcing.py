"""Sources by scheme, made when a reference asks for one; with those that weighbridge.toml names.

A source of somebody else's is named as ``package.module:object`` and never discovered: nothing that is merely installed
is started. It is imported for the verbs that ask sources, when the first reference of its scheme is met.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, cast

from weighbridge.core.errors import ConfigError
from weighbridge.wiring.clock import now
from weighbridge.workspace import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from weighbridge.core.ports import Source


class Sources(Mapping[str, "Source"]):
    """Every source that a project may ask.

    Args:
        root: The project's folder.
        allowed: The policy's patterns of sources.
        named: ``package.module:object`` by scheme.

    Raises:
        ConfigError: A scheme of ours is named again (code ``bad-value``).
    """

    def __init__(self, root: Path, allowed: Sequence[str], named: Mapping[str, str] | None = None) -> None:
        self._made: dict[str, Source] = {}
        self._makers: dict[str, Callable[[], Source]] = {
            "api": lambda: _vendors(allowed),
            "hf": _hugging_face,
            "file": lambda: _folder(root),
            "https": lambda: _web("https", allowed),
            "http": lambda: _web("http", allowed),
            **{scheme: partial(_objects, scheme, allowed) for scheme in ("s3", "gs", "az", "ssh")},
            "oci": lambda: _registry(root, allowed),
            "torchhub": lambda: _torch_hub(allowed),
        }
        for scheme, where in (named or {}).items():
            if scheme in self._makers:
                raise ConfigError(
                    f"sources.{scheme} names a source that Weighbridge has itself",
                    code="bad-value",
                    hint="choose another scheme for it",
                )
            self._makers[scheme] = partial(plugin, scheme, where)

    def __getitem__(self, scheme: str) -> Source:
        """The source of a scheme."""
        if scheme not in self._made:
            self._made[scheme] = self._makers[scheme]()
        return self._made[scheme]

    def __iter__(self) -> Iterator[str]:
        """Every scheme."""
        return iter(self._makers)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._makers)


def plugin(scheme: str, where: str) -> Source:
    """The source that an object makes: a class, or a function without arguments.

    Args:
        scheme: The scheme that it is to serve.
        where: ``package.module:object``.

    Raises:
        ConfigError: It can't be imported or made, or is no source of that scheme (code ``bad-source``).
    """
    module, _, name = where.partition(":")
    try:
        made = getattr(import_module(module), name)()
    except Exception as error:  # whatever the other's code raises, the user wants to know where
        raise ConfigError(
            f"sources.{scheme}: {where} can't be had: {type(error).__name__}: {error}",
            code="bad-source",
            hint="install what has it beside Weighbridge, or correct the name in weighbridge.toml",
        ) from error
    lacking = [part for part in ("resolve", "read") if not callable(getattr(made, part, None))]
    if lacking or getattr(made, "scheme", None) != scheme:
        what = f"has no {' and no '.join(lacking)}" if lacking else f"serves {getattr(made, 'scheme', None)!r}"
        raise ConfigError(
            f"sources.{scheme}: {where} is no source of {scheme}: it {what}",
            code="bad-source",
            hint="docs/sources.md says what a source of your own must have",
        )
    return cast("Source", made)


def _hugging_face() -> Source:
    from weighbridge.sources.huggingface import HuggingFaceSource  # noqa: PLC0415  imports huggingface_hub

    return HuggingFaceSource()


def _vendors(allowed: Sequence[str]) -> Source:
    from weighbridge.sources.api import ApiSource  # noqa: PLC0415  imports urllib3

    return ApiSource(allowed=allowed, clock=now)


def _web(scheme: str, allowed: Sequence[str]) -> Source:
    from weighbridge.sources.url import UrlSource  # noqa: PLC0415  imports urllib3

    return UrlSource(scheme, allowed=allowed)


def _objects(scheme: str, allowed: Sequence[str]) -> Source:
    from weighbridge.sources.objects import ObjectSource  # noqa: PLC0415  only for such references

    return ObjectSource(scheme, allowed=allowed)


def _registry(root: Path, allowed: Sequence[str]) -> Source:
    from weighbridge.sources.oci import OciSource  # noqa: PLC0415  imports urllib3

    return OciSource(spool=root / STATE_FOLDER / "spool", allowed=allowed)


def _torch_hub(allowed: Sequence[str]) -> Source:
    from weighbridge.sources.torchhub import TorchHubSource  # noqa: PLC0415  imports urllib3

    return TorchHubSource(allowed=allowed)


def _folder(root: Path) -> Source:
    from weighbridge.sources.folder import FolderSource  # noqa: PLC0415  only for file: references

    return FolderSource(root)
