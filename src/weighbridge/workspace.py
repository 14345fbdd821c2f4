"""The project's reviewed files: locks of models and the intents in weighbridge.toml.

Writing keeps comments and order of weighbridge.toml. Pointers and pipeline are the store's; evidence is the ledger's.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.errors import ConfigError, StoreError
from weighbridge.core.lock import lock_pins, lock_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from weighbridge.core.pin import Pin

LOCK_FILE = "lock.json"
STATE_FOLDER = ".weighbridge"


class FolderWorkspace:
    """Locks and intents in a folder, as Git sees them.

    Args:
        root: The project's folder.
        config: Its weighbridge.toml.
        models: The folder of models.
    """

    def __init__(self, root: Path, config: Path, models: Path) -> None:
        self._root = root
        self._config = config
        self._models = models

    def names(self) -> tuple[str, ...]:
        """Every name with a lock, sorted."""
        return tuple(sorted(path.parent.name for path in self._models.glob(f"*/{LOCK_FILE}")))

    def pins(self, name: str) -> tuple[Pin, ...]:
        """The live pins of a model; none if it has no lock.

        Raises:
            IntegrityError: The lock is damaged, or is that of another model.
        """
        path = self._models / name / LOCK_FILE
        try:
            return tuple(pin for pin in lock_pins(path.read_bytes()) if self._belongs(pin, name))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(f"{path.name} of {name} can't be read: {error.strerror}", code="unreadable") from error

    @staticmethod
    def _belongs(pin: Pin, name: str) -> bool:
        if pin.name != name:
            raise ConfigError(
                f"the lock of {name} holds a pin of {pin.name}", code="bad-lock", hint="restore it from Git"
            )
        return True

    def write_pins(self, name: str, pins: Sequence[Pin]) -> bool:
        """Make these the live pins; an empty sequence removes the lock. True if anything changed.

        Raises:
            StoreError: The disk failed; the lock is as it was.
        """
        path = self._models / name / LOCK_FILE
        with _disk(f"the lock of {name}"):
            if pins:
                return durable.replace(path, lock_text(pins).encode("utf-8"))
            if not path.exists():
                return False
            path.unlink()
            durable.sync_folder(path.parent)
            return True

    def write_intent(self, name: str, values: Mapping[str, object] | None) -> bool:
        """Write ``[models.<name>]`` of weighbridge.toml, or take it away with None; True if anything changed.

        Its ``remote``, which people alone write, stays.

        Raises:
            StoreError: The disk failed; the file is as it was.
        """
        return self.write_intents({name: values})

    def write_intents(self, intents: Mapping[str, Mapping[str, object] | None]) -> bool:
        """Write several as `write_intent` does: the file is replaced once, for all of them; True if anything changed.

        Raises:
            StoreError: The disk failed; the file is as it was.
        """
        return self.write_config(self._edited("models", intents, stays=("remote",)))

    def person_text(self, name: str, values: Mapping[str, object]) -> str:
        """weighbridge.toml as it would be with this ``[people.<name>]``; nothing is written."""
        return self._edited("people", {name: values})

    def recall(self, name: str) -> bytes | None:
        """What this clone alone remembers under a file's name; None if it never did.

        Raises:
            StoreError: The disk failed.
        """
        with _disk(f"{STATE_FOLDER}/{name}"):
            try:
                return (self._root / STATE_FOLDER / name).read_bytes()
            except FileNotFoundError:
                return None

    def remember(self, name: str, data: bytes) -> None:
        """Keep it durably in place of what was there.

        Raises:
            StoreError: The disk failed; it is as it was.
        """
        with _disk(f"{STATE_FOLDER}/{name}"):
            durable.replace(self._root / STATE_FOLDER / name, data)

    def deny_source(self, pattern: str) -> bool:
        """Add a pattern to ``policy.denied_sources`` of weighbridge.toml; True if it was not there.

        Raises:
            StoreError: The disk failed; the file is as it was.
        """
        import tomlkit  # noqa: PLC0415  only for writing

        with _disk("weighbridge.toml"):
            document = tomlkit.parse(self._config.read_text(encoding="utf-8"))
        policy = document.setdefault("policy", tomlkit.table())
        known = policy.setdefault("denied_sources", tomlkit.array())
        if pattern in known:
            return False
        known.append(pattern)
        return self.write_config(tomlkit.dumps(document))

    def write_config(self, text: str) -> bool:
        """Write weighbridge.toml, whole or not at all; True if anything changed.

        Raises:
            StoreError: The disk failed; the file is as it was.
        """
        with _disk("weighbridge.toml"):
            return durable.replace(self._config, text.encode("utf-8"))

    def _edited(self, group: str, edits: Mapping[str, Mapping[str, object] | None], stays: Sequence[str] = ()) -> str:
        import tomlkit  # noqa: PLC0415  only for writing

        with _disk("weighbridge.toml"):
            document = tomlkit.parse(self._config.read_text(encoding="utf-8"))
        if group not in document:
            document[group] = tomlkit.table(is_super_table=True)
        tables = document[group]
        if not isinstance(tables, dict):
            raise ConfigError(f"{group} must be a table", code="bad-type")
        for name, values in edits.items():
            if values is None:
                tables.pop(name, None)
                continue
            known = dict(tables[name].unwrap()) if name in tables else {}
            wanted = {**{key: known[key] for key in stays if key in known}, **values}
            if name not in tables or known != wanted:
                tables[name] = wanted
        return tomlkit.dumps(document)

    @contextmanager
    def exclusive(self, scope: str) -> Iterator[None]:
        """Let no other process of this project do the same at once; it waits.

        Args:
            scope: A model's name, or ``project`` for the files that all models share.
        """
        folder = self._root / STATE_FOLDER / "locks"
        with _disk("a process lock"):
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / scope, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def _disk(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{what} can't be written: {error.strerror}",
            code="disk",
            hint="free space or fix the disk, then run it again",
        ) from error
