"""A workspace in memory."""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from weighbridge.core.lock import lock_pins, lock_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.core.pin import Pin


class MemoryWorkspace:
    """A `weighbridge.core.ports.Workspace`; `locks` and `intents` may be changed to lie."""

    def __init__(self) -> None:
        self.locks: dict[str, str] = {}
        self.intents: dict[str, dict[str, object]] = {}
        self.denied: list[str] = []
        self.memory: dict[str, bytes] = {}
        self._held: dict[str, RLock] = {}

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.locks))

    def pins(self, name: str) -> tuple[Pin, ...]:
        return lock_pins(self.locks[name]) if name in self.locks else ()

    def write_pins(self, name: str, pins: Sequence[Pin]) -> bool:
        before = self.locks.get(name)
        self.locks.pop(name, None)
        if pins:
            self.locks[name] = lock_text(pins)
        return self.locks.get(name) != before

    def write_intent(self, name: str, values: Mapping[str, object] | None) -> bool:
        before = self.intents.get(name)
        self.intents.pop(name, None)
        if values is not None:
            stays = {"remote": before["remote"]} if before and "remote" in before else {}
            self.intents[name] = {**stays, **values}
        return self.intents.get(name) != before

    def write_intents(self, intents: Mapping[str, Mapping[str, object] | None]) -> bool:
        changed = [self.write_intent(name, values) for name, values in intents.items()]
        return any(changed)

    def recall(self, name: str) -> bytes | None:
        return self.memory.get(name)

    def remember(self, name: str, data: bytes) -> None:
        self.memory[name] = data

    def deny_source(self, pattern: str) -> bool:
        is_new = pattern not in self.denied
        self.denied += [pattern] if is_new else []
        return is_new

    @contextmanager
    def exclusive(self, scope: str) -> Iterator[None]:
        with self._held.setdefault(scope, RLock()):
            yield
