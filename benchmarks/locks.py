"""The locks of a thousand models read with every check, against reading the same text as JSON without any."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

from benchmarks.result import Row, seconds, within
from weighbridge.core.listing import RemoteFile
from weighbridge.core.lock import lock_pins, lock_text
from weighbridge.core.manifest import FileEntry
from weighbridge.core.pin import Pin, PinnedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.result import Bench

MODELS, FILES, LIMIT_SECONDS = 1000, 30, 0.300


def _file(model: int, number: int) -> PinnedFile:
    sha256 = hashlib.sha256(f"{model} {number}".encode()).hexdigest()
    path = f"weights/model-{number:05}-of-{FILES:05}.safetensors"
    return PinnedFile(FileEntry(path, 4 << 30, sha256, sha256[::-1]), sha256[:32], f"sha256:{sha256}")


def lock_of(model: int) -> str:
    """The lock of one model with one live pin."""
    pin = Pin(
        project="bench",
        name=f"model-{model}",
        source=f"hf:acme/model-{model}",
        follow="main",
        revision=f"{model:040x}",
        files=tuple(_file(model, number) for number in range(FILES)),
        omitted=(RemoteFile("pytorch_model.bin", 7, "git:" + "2" * 40),),
        identity={"id": f"{model:024x}", "owner": "acme"},
        metadata={"licence": "apache-2.0", "gated": False},
        references={},
    )
    return lock_text([pin])


def _timed(texts: list[bytes], work: Callable[[bytes], object]) -> float:
    start = time.perf_counter()
    for text in texts:
        work(text)
    return time.perf_counter() - start


def measure(bench: Bench) -> list[Row]:
    """Both, in turn."""
    texts = [lock_of(model).encode() for model in range(MODELS)]
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(bench.rounds):
        ours.append(_timed(texts, lock_pins))
        peer.append(_timed(texts, json.loads))
    cost, best, most, kept = within(ours, LIMIT_SECONDS, 1e-3, "ms")
    return [
        Row(
            f"locks of {MODELS} models x {FILES} files parsed",
            cost,
            f"json.loads without a check: {seconds(peer)}",
            best,
            most,
            kept,
            "the checks of each entry, and each digest computed again, in Python",
            {"ours": ours, "json": peer},
        )
    ]
