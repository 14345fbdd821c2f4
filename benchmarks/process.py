"""Commands and what they cost.

Bytes are those that programs asked the kernel to read and write (``rchar`` and ``wchar`` of ``/proc/<pid>/io``), copies
inside the kernel included: with a page cache, what reaches the disk depends on the memory that happens to be free.
What programs receive over the network or read through mapped memory is no part of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import meter
from benchmarks.result import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Cost:
    """What commands cost, with everything that they started.

    Args:
        seconds: Of the wall clock.
        cpu_seconds: Of all cores.
        read_bytes: Asked for from files.
        written_bytes: Given to files.
        stored_bytes: Written to the disk, or waiting for it.
        memory_bytes: The largest resident set of one process.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    read_bytes: int = 0
    written_bytes: int = 0
    stored_bytes: int = 0
    memory_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(
            self.seconds + other.seconds,
            self.cpu_seconds + other.cpu_seconds,
            self.read_bytes + other.read_bytes,
            self.written_bytes + other.written_bytes,
            self.stored_bytes + other.stored_bytes,
            max(self.memory_bytes, other.memory_bytes),
        )


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Cost:
    """Run one command to its end.

    Raises:
        BenchmarkError: It failed, or this system does not count bytes.
    """
    if not Path("/proc/self/io").exists():
        raise BenchmarkError("bytes read and written are counted on Linux only")
    with tempfile.TemporaryDirectory() as folder:
        report, output = Path(folder, "report.json"), Path(folder, "output.txt")
        with output.open("wb") as file:
            subprocess.run(
                [sys.executable, "-I", meter.__file__, str(report), *command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            )
        said = output.read_text(encoding="utf-8", errors="replace")[-_SHOWN_CHARACTERS:]
        if not report.exists():
            raise BenchmarkError(f"{command[0]} could not be started: {said}")
        found = json.loads(report.read_text(encoding="ascii"))
        if found.pop("code"):
            raise BenchmarkError(f"{' '.join(map(str, command))} failed: {said}")
    return Cost(**found)


def flush() -> None:
    """Let nothing that was written before wait for the disk while the next command is measured."""
    os.sync()
