"""What a pin needs beside its own files: found without running anything, and linked to the pins that hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.core.reaching import reference_of, repository_of
from weighbridge.custody.loading import Loading

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.core.pin import Pin


# What loaders read settings from. A larger file is looked at by the inspection alone, which denies what it reaches for.
_SETTINGS: Final = (".json", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".txt", "modelfile")
_MAX_SETTINGS_BYTES: Final = 4 << 20


class Referring(Loading):
    """Knows which pins need which."""

    __slots__ = ()

    def needs(self, pin: Pin) -> tuple[str, ...]:
        """What the configuration of a kept pin makes loaders fetch from elsewhere, as it stands there, sorted.

        An inspection that is on record is believed; else the small files of settings are looked into now.
        """
        known = self.record(pin.name).inspections.get(pin.digest)
        if known:
            return known.inspection.facts.get("references", ())
        files = {file.entry.path: file.entry.size for file in pin.files if file.entry.size <= _MAX_SETTINGS_BYTES}
        settings = {path: size for path, size in files.items() if path.lower().endswith(_SETTINGS)}
        if not settings:
            return ()
        found = self.inspector().inspect(
            self.store.path(pin),
            settings,
            source=pin.source,
            metadata=pin.metadata,
            progress=self.progress,
            scanners=(),
        )
        return found.facts.get("references", ())

    def governing(self) -> dict[str, str]:
        """The governed name of each repository of the Hub that has live pins, by the repository in small letters."""
        pins = [pin for name in self.workspace.names() for pin in self.workspace.pins(name)]
        return {repository: pin.name for pin in reversed(pins) if (repository := repository_of(pin.source))}

    def links(self, pin: Pin) -> dict[str, str]:
        """The newest pin of each governed model that a pin needs: digests by governed name."""
        wanted = [text.lower() for text in self.needs(pin) if reference_of(text)]
        names = self.governing() if wanted else {}
        found = {names.get(repository) for repository in wanted}
        return {name: self.candidate(name).digest for name in sorted(filter(None, found)) if name != pin.name}

    def linked(self, pin: Pin) -> frozenset[str]:
        """The repositories, in small letters, that a pin's references hold."""
        records = {name: self.record(name).pins.get(digest) for name, digest in pin.references.items()}
        return frozenset(repository_of(known.pin.source) for known in records.values() if known)

    def unlinked(self, pin: Pin) -> tuple[str, ...]:
        """What a pin needs and its references do not hold."""
        held = self.linked(pin)
        return tuple(text for text in self.needs(pin) if text.lower() not in held)

    def leaning(self, names: Collection[str]) -> tuple[str, ...]:
        """Other governed models of which a live pin needs one of these, near or far, sorted."""
        needed = {
            name: {other for pin in self.workspace.pins(name) for other in pin.references}
            for name in self.workspace.names()
        }
        found, size = set(names), -1
        while len(found) != size:
            size = len(found)
            found |= {name for name, others in needed.items() if not others.isdisjoint(found)}
        return tuple(sorted(found.difference(names)))
