"""Generated models: safetensors files of pseudo-random numbers, made and hashed once."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.fakes.hub.blobs import DiskFile

if TYPE_CHECKING:
    from pathlib import Path

_TENSOR_BYTES = 32 << 20
_CARD = b"---\nlicense: apache-2.0\nlibrary_name: transformers\n---\n# Generated\n"


def _header(size: int) -> bytes:
    """A safetensors header for so many bytes of half-precision numbers; padded as the format asks for."""
    tensors: dict[str, Any] = {}
    for number, start in enumerate(range(0, size, _TENSOR_BYTES)):
        end = min(size, start + _TENSOR_BYTES)
        tensors[f"layer.{number}.weight"] = {
            "dtype": "F16",
            "shape": [(end - start) // 2],
            "data_offsets": [start, end],
        }
    text = json.dumps(tensors).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _write(path: Path, size: int, seed: int) -> DiskFile:
    random, hasher = np.random.default_rng(seed), hashlib.sha256()
    with path.open("wb") as file:
        data = _header(size)
        hasher.update(data)
        file.write(data)
        for at in range(0, size, _TENSOR_BYTES):
            data = random.bytes(min(_TENSOR_BYTES, size - at))
            hasher.update(data)
            file.write(data)
    return DiskFile(path, path.stat().st_size, hasher.hexdigest())


def weights(folder: Path, size: int, shards: int) -> dict[str, DiskFile]:
    """Safetensors files that together have about this size; those of an earlier call are used again.

    Args:
        folder: Where to keep them.
        size: Bytes of numbers.
        shards: How many files.
    """
    part = size // shards // 2 * 2
    place = folder / "weights" / f"{part}x{shards}"
    index = place / "index.json"
    names = [f"model-{number:05}-of-{shards:05}.safetensors" for number in range(1, shards + 1)]
    if index.exists():
        known = json.loads(index.read_text(encoding="utf-8"))
        return {name: DiskFile(place / name, known[name]["size"], known[name]["sha256"]) for name in names}
    place.mkdir(parents=True, exist_ok=True)
    made = {name: _write(place / name, part, seed) for seed, name in enumerate(names)}
    known = {name: {"size": file.size, "sha256": file.sha256} for name, file in made.items()}
    index.write_text(json.dumps(known), encoding="utf-8")
    return made


def small_files() -> dict[str, bytes]:
    """What stands beside weights."""
    vocabulary = {f"token{number}": number for number in range(30_000)}
    return {
        "README.md": _CARD,
        "config.json": b'{"architectures": ["GeneratedModel"], "model_type": "generated"}\n',
        "generation_config.json": b'{"do_sample": false}\n',
        "tokenizer.json": json.dumps({"version": "1.0", "model": {"type": "WordLevel", "vocab": vocabulary}}).encode(),
        "tokenizer_config.json": b'{"tokenizer_class": "PreTrainedTokenizerFast"}\n',
    }
