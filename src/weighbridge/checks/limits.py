"""Limits: how much memory, disk and time a process that reads hostile files may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may use.

    Args:
        memory_bytes: Address space.
        file_bytes: Size of each file it writes: archives are unpacked into unnamed ones.
        open_files: Files open at once.
        processes: Processes and threads of this user; None leaves them alone.
        base_seconds: Time for a file of no bytes.
        bytes_per_second: The slowest examination that is waited for.
        start_seconds: Time until it must be ready.
    """

    memory_bytes: int = 2 << 30
    file_bytes: int = 1 << 30
    open_files: int = 64
    processes: int | None = 0
    base_seconds: float = 60.0
    bytes_per_second: int = 20_000_000
    start_seconds: float = 120.0

    def seconds(self, size_bytes: int) -> float:
        """How long a file of that size may take."""
        return self.base_seconds + size_bytes / self.bytes_per_second
