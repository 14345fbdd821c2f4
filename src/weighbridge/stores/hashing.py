"""Every hash of a file in one pass over its bytes.

SHA-256 and BLAKE3 identify, MD5 is where DVC keeps the bytes, and Git's SHA-1 is computed only for a file whose source
promised a Git blob id. MD5 is the slowest, so that it has a thread of its own; hashlib and blake3 release the
interpreter lock. Nothing here reads or writes a file.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from dataclasses import dataclass
from typing import Any, Self

from blake3 import blake3

BLOCK_BYTES = 1 << 20
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Hashes:
    """The hashes of some bytes, in hexadecimal digits; ``git`` is empty unless it was asked for."""

    sha256: str
    blake3: str
    md5: str
    git: str = ""

    def keeps(self, promise: str) -> bool:
        """Whether these bytes are what a source promised, see `weighbridge.core.listing.RemoteFile`."""
        return promise in {"", f"sha256:{self.sha256}", f"git:{self.git}"}

    def named_like(self, promise: str) -> str:
        """The hash that a promise can be compared with."""
        return f"git:{self.git}" if promise.startswith("git:") else f"sha256:{self.sha256}"


class _Lane:
    """A thread that feeds some hashes, a few blocks behind."""

    def __init__(self, hashes: list[Any]) -> None:
        self._hashes = hashes
        self._blocks: queue.Queue[bytes | None] = queue.Queue(_DEPTH)
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="weighbridge-hash", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (block := self._blocks.get()) is not None:
            # A lane that failed goes on taking blocks, so that nobody waits for it for ever.
            if self._failed is None:
                try:
                    for one in self._hashes:
                        one.update(block)
                except BaseException as error:  # noqa: BLE001 - raised again where the hashes are asked for
                    self._failed = error

    def put(self, block: bytes) -> None:
        self._blocks.put(block)

    def close(self) -> None:
        self._blocks.put(None)
        self._thread.join()

    def check(self) -> None:
        """Raise what went wrong in the thread."""
        if self._failed is not None:
            raise self._failed


class OnePass:
    """Takes the bytes of one file in order; `finish` gives the hashes. Use as a context, so that its threads end.

    Args:
        size: Bytes that the file will have.
        git: Whether to compute the Git blob id too.
    """

    def __init__(self, size: int, *, git: bool) -> None:
        self._sha256 = hashlib.sha256()
        self._blake3 = blake3()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._git = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False) if git else None
        self._size = size
        self._lanes: list[_Lane] = []
        self._inline: list[Any] = []

    def __enter__(self) -> Self:
        """Itself; threads start only for a file that is worth them."""
        others: list[Any] = [self._sha256, self._blake3] + ([self._git] if self._git else [])
        if self._size > BLOCK_BYTES:
            self._lanes = [_Lane([self._md5]), _Lane(others)]
        else:
            self._inline = [self._md5, *others]
        return self

    def __exit__(self, *_: object) -> None:
        """End the threads."""
        for lane in self._lanes:
            lane.close()
        self._lanes = []

    def update(self, block: bytes) -> None:
        """Take the next bytes; blocks of about `BLOCK_BYTES` are best."""
        for lane in self._lanes:
            lane.put(block)
        if not self._lanes:
            for one in self._inline:
                one.update(block)

    def finish(self) -> Hashes:
        """The hashes of all bytes taken; nothing may be taken after this."""
        lanes = self._lanes
        self.__exit__()
        for lane in lanes:
            lane.check()
        git = self._git.hexdigest() if self._git else ""
        return Hashes(self._sha256.hexdigest(), self._blake3.hexdigest(), self._md5.hexdigest(), git)
