"""One file of an approved model, opened so that what is read is what was approved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.errors import UsageError
from weighbridge.custody.loading import Loading
from weighbridge.wiring.loading import governed

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, BinaryIO

    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.pin import Pin

WEIGHTS = ".safetensors"


@dataclass(frozen=True, slots=True)
class Located:
    """A pin that may run, and where its files stand; whoever opens one compares its bytes with the entry.

    Args:
        pin: The signed pin.
        folder: Its files; not verified yet.
    """

    pin: Pin
    folder: Path

    def entry(self, path: str) -> FileEntry:
        """A file of the pin.

        Raises:
            UsageError: It has no such file (code ``no-such-file``).
        """
        found = next((file.entry for file in self.pin.files if file.entry.path == path), None)
        if found is None:
            raise UsageError(
                f"{self.pin.name} has no file {path!r}",
                code="no-such-file",
                hint="name a file of the model by its path below the model's folder",
            )
        return found

    def weights(self) -> list[FileEntry]:
        """Its safetensors files.

        Raises:
            UsageError: It has none (code ``no-such-file``).
        """
        found = [file.entry for file in self.pin.files if file.entry.path.endswith(WEIGHTS)]
        if not found:
            raise UsageError(
                f"{self.pin.name} has no {WEIGHTS} file",
                code="no-such-file",
                hint="open another of its files with weighbridge.open_verified, or load its folder",
            )
        return found


def locate(name: str, stage: str | None) -> Located:
    """What may run, by the same rules as `weighbridge.load`.

    Raises:
        DeniedError: It is not approved.
        IntegrityError: The evidence is not what was signed; for a consumer, the bytes are not what was approved.
        ConfigError: There is no project here, and WEIGHBRIDGE_STORE is not set.
    """
    giver = governed().giver
    if isinstance(giver, Loading):
        # Only what is opened is read; a consumer's copy may have to be fetched first.
        _, pin = giver.admit(name, stage)
        return Located(pin, giver.store.path(pin))
    return Located(*giver.load(name, stage))


def open_verified(name: str, path: str, *, stage: str | None = None, stream: bool = False) -> BinaryIO:
    """See `weighbridge.open_verified`."""
    from weighbridge.stores import opened  # noqa: PLC0415  beside its siblings

    located = locate(name, stage)
    entry = located.entry(path)
    return (opened.stream if stream else opened.sealed)(located.folder / path, entry)


def verified_safetensors(
    name: str, path: str | None, *, stage: str | None, framework: str, mapped: bool
) -> dict[str, Any]:
    """See `weighbridge.verified_safetensors`."""
    from weighbridge import tensors  # noqa: PLC0415  not needed where nothing is loaded
    from weighbridge.stores import opened  # noqa: PLC0415  beside its siblings

    located = locate(name, stage)
    entries = located.weights() if path is None else [located.entry(path)]
    take = opened.mapped if mapped else opened.in_memory
    return tensors.views([take(located.folder / entry.path, entry) for entry in entries], name, framework)
