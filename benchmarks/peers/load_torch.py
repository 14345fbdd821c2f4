"""Load approved weights as torch's tensors, verified and not, in turn; run by an interpreter that has torch.

Prints the seconds of each way as JSON. It runs in the folder of the project that governs the model.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3
from safetensors.torch import load_file

import weighbridge

if TYPE_CHECKING:
    from collections.abc import Callable


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    found = work()
    taken = time.perf_counter() - start
    # Giving memory back is no part of loading.
    del found
    return taken


def main(name: str, stage: str, file: str, rounds: int) -> None:
    """Do each once unmeasured, and then so many times."""
    path = Path(file)
    data = path.read_bytes()
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: weighbridge.verified_safetensors(name, stage=stage, framework="torch"),
        "load_file, read": lambda: load_file(path, backend="pread"),
        "BLAKE3": lambda: blake3(data, max_threads=blake3.AUTO).digest(),
        "ours, mapped": lambda: weighbridge.verified_safetensors(name, stage=stage, framework="torch", mapped=True),
        "load_file": lambda: load_file(path),
    }
    found: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, work in ways.items():
            taken = _seconds(work)
            if number:
                found[way].append(taken)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
