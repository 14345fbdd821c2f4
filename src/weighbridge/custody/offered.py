"""What those who only load stand on: a store that nobody believes, copies of their own, and what was found in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import timedelta
    from pathlib import Path

    from weighbridge.core.checkpoint import Checkpoint
    from weighbridge.core.errors import StoreError
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress
    from weighbridge.core.record import Record


class PublishedStore(Protocol):
    """What was published beside the bytes, and the bytes; nothing from here is trusted."""

    def document(self, key: str) -> bytes | None:
        """A small document; None if there is none.

        Raises:
            StoreError: The store can't be reached.
        """

    def read(self, md5: str) -> Iterator[bytes]:
        """The bytes of an object.

        Raises:
            StoreError: The store does not have it (code ``remote-missing``), or can't be reached.
        """


class Copies(Protocol):
    """This machine's copies of models and evidence."""

    def exclusive(self, scope: str) -> AbstractContextManager[None]:
        """Let no other process of this user do the same at once; it waits."""

    def recall(self, key: str) -> bytes | None:
        """A document as it was kept; None if it never was."""

    def keep(self, key: str, data: bytes) -> None:
        """Keep a document durably in place of the former one."""

    def folder(self, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress, *, paranoid: bool) -> Path:
        """The folder of a pin's bytes, verified in this call, fetched where need be.

        Args:
            pin: The signed pin.
            read: Gives the unverified bytes of an object by its MD5.
            progress: Told of every byte.
            paranoid: Read every byte, though the file was found right before and has not changed since.

        Raises:
            IntegrityError: The store's bytes are not the pin's (code ``remote-differs``).
            StoreError: The store or the disk failed.
        """


@dataclass(frozen=True, slots=True)
class Heads:
    """A checkpoint that may be believed.

    Args:
        said: What it says.
        age: How long ago it was made.
    """

    said: Checkpoint
    age: timedelta

    def head(self, name: str, stage: str) -> str | None:
        """The head of a stage; None if there is none."""
        return self.said.heads.get(name, {}).get(stage)

    def names(self, digest: str) -> list[str]:
        """Every name that the digest was pinned under."""
        return sorted(pin.name for pin in self.said.pins if pin.digest == digest)

    def digests(self, name: str) -> list[str]:
        """Every digest that was pinned under the name."""
        return sorted(pin.digest for pin in self.said.pins if pin.name == name)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of one model beside the heads.

    Args:
        heads: The checkpoint.
        record: The bundle, replayed.
        document: The bundle as published.
        is_whole: Whether it ends where the checkpoint does.
        failure: Why a kept copy stands in for the store's; None if it does not.
    """

    heads: Heads
    record: Record
    document: bytes
    is_whole: bool
    failure: StoreError | None
