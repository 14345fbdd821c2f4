"""Caches for tests: looked through and judged, and a cache that the real client filled from a test Hub."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.pins import make_pin

from weighbridge.caches.look import Look, look
from weighbridge.caches.places import recognised
from weighbridge.caches.purge import purge
from weighbridge.caches.read import hash_all
from weighbridge.core.cached import Entry, Knowledge, KnownPin, State, judge
from weighbridge.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from huggingface_hub import HfApi
    from tests.fakes.hub import FakeHub

WEIGHTS = bytes(range(256)) * 20
FILES = {"config.json": b"{}", "model.safetensors": WEIGHTS, "sub/vocab.txt": b"a\nb\n"}
NEWER = {**FILES, "model.safetensors": WEIGHTS + b"newer"}


@dataclass
class Check:
    """A folder, looked through."""

    look: Look
    entries: tuple[Entry, ...]
    read: list[int]

    @property
    def states(self) -> dict[str, str]:
        """By the name that programs use, or the file's own."""
        return {(item.file.uses[0].name if item.file.uses else item.file.path): item.state for item in self.entries}

    def purge(self) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
        return purge(self.look, [item.file for item in self.entries if item.state is State.REVOKED])


class Counting(Silent):
    """Counts what is read."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def advance(self, size_bytes: int) -> None:
        self.read.append(size_bytes)


def check(folder: Path, *pins: KnownPin) -> Check:
    (place,) = recognised([folder])
    found, known, progress = look(place), Knowledge.of(pins), Counting()
    (files,) = hash_all([found], known.needed, progress)
    return Check(found, judge(files, known), progress.read)


def pinned(files: Mapping[str, bytes], *, says: str = "", commit: str = "1" * 40, name: str = "tiny") -> KnownPin:
    pin = make_pin(name, files=files, source=f"hf:org/{name}", revision=commit)
    return KnownPin(pin, {"production": says}, revoked=says == "revoked")


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Hub:
    """A Hub, and a cache that the real client filled from it."""

    api: HfApi
    server: FakeHub
    cache: Path
    made: set[str] = field(default_factory=set)

    def commit(self, files: Mapping[str, bytes], repository: str = "org/tiny") -> str:
        """Publish and download."""
        repo = self.server.repo(repository) if repository in self.made else self.server.create_repo(repository)
        self.made.add(repository)
        commit = repo.commit(dict(files))
        self.api.snapshot_download(repository, cache_dir=self.cache)
        return commit

    def snapshot(self, commit: str, repository: str = "org/tiny") -> Path:
        return self.cache / f"models--{repository.replace('/', '--')}" / "snapshots" / commit


def flip(path: Path) -> None:
    """One other byte in a file of the same size."""
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(bytes(data))
