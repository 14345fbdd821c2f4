"""Pins of the Hub with their bytes on disk, to serve them by a gate and a loopback server."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from tests.fakes.hub.blobs import blob_of, goes_to_lfs
from tests.fakes.pins import make_pin
from weighbridge.core.errors import IntegrityError
from weighbridge.gates.hub import Approved, HubGate, Refused
from weighbridge.running.loopback import Limits, Loopback

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from weighbridge.core.http import Answer, FileRange, Request
    from weighbridge.core.pin import Pin

REPO = "org/tiny"
COMMIT, OTHER_COMMIT = "a1" * 20, "b2" * 20
WEIGHTS = bytes(range(256)) * 300
FILES: Mapping[str, bytes] = {
    "README.md": b"# Tiny\n",
    "config.json": b'{"model_type": "bert"}\n',
    "empty.txt": b"",
    "model.safetensors": WEIGHTS,
    "onnx/deep/model.onnx": b"onnx" * 99,
    "onnx/notes.txt": "für später\n".encode(),
}


def hub_pin(
    files: Mapping[str, bytes] = FILES,
    *,
    name: str = "tiny",
    repo: str = REPO,
    follow: str = "main",
    revision: str = COMMIT,
    metadata: Mapping[str, object] | None = None,
) -> Pin:
    """A pin whose files have the promises that the Hub would have given: Git blob ids, or SHA-256 where it is LFS."""
    said = {"licence": "mit", "tags": ["bert"], "library": "transformers", "last_modified": "2026-03-01T12:00:00.000Z"}
    pin = make_pin(
        name,
        files=files,
        source=f"hf:{repo}",
        follow=follow,
        revision=revision,
        metadata=said if metadata is None else metadata,  # type: ignore[arg-type]
    )
    promised = []
    for file in pin.files:
        path, data = file.entry.path, files[file.entry.path]
        is_lfs = goes_to_lfs(path, len(data))
        promised.append(file if is_lfs else replace(file, promise=f"git:{blob_of(path, data).etag}"))
    return replace(pin, files=tuple(promised))


@dataclass
class Shelf:
    """Pinned folders, and what was asked for, opened and denied.

    Args:
        root: Where the bytes lie, one folder for each digest.
    """

    root: Path
    asked: list[Request] = field(default_factory=list)
    opened: list[FileRange] = field(default_factory=list)
    denied: list[tuple[str, str, str, str]] = field(default_factory=list)
    crashes: list[BaseException] = field(default_factory=list)
    pins: dict[str, Pin] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)

    def put(self, pin: Pin, files: Mapping[str, bytes] = FILES) -> Pin:
        """Lay out the bytes of a pin."""
        for path, data in files.items():
            place = self.path(pin.digest, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        self.pins[pin.digest] = pin
        return pin

    def adopt(self, pin: Pin, folder: Path) -> Pin:
        """Serve a folder that somebody else pinned."""
        self.pins[pin.digest], self.folders[pin.digest] = pin, folder
        return pin

    def path(self, digest: str, path: str) -> Path:
        """Where a file lies."""
        return self.folders.get(digest, self.root / digest.removeprefix("sha256:")) / path

    def open_verified(self, wanted: FileRange) -> BinaryIO:
        """Open a file whose bytes are those of its pin."""
        self.opened.append(wanted)
        place = self.path(wanted.digest, wanted.path)
        entry = next(file.entry for file in self.pins[wanted.digest].files if file.entry.path == wanted.path)
        if hashlib.sha256(place.read_bytes()).hexdigest() != entry.sha256:
            raise IntegrityError(f"{wanted.path} is not what was pinned", code="bytes-differ", hint="weighbridge pull")
        return place.open("rb")

    def note_denied(self, repo: str, revision: str, path: str, reason: str) -> None:
        """Remember what was denied."""
        self.denied.append((repo, revision, path, reason))

    def loopback(
        self,
        gate: HubGate,
        *,
        open_verified: Callable[[FileRange], BinaryIO] | None = None,
        sock: socket.socket | None = None,
        limits: Limits | None = None,
    ) -> Loopback:
        """A server of this shelf; not yet started."""

        def answer(request: Request) -> Answer:
            self.asked.append(request)
            return gate.answer(request)

        return Loopback(
            answer=answer,
            open_verified=open_verified or self.open_verified,
            failed=gate.failed,
            on_denied=self.note_denied,
            on_crash=self.crashes.append,
            sock=sock,
            limits=limits,
        )


def gate_of(*pins: Pin, refused: Iterable[Refused] = ()) -> HubGate:
    """A gate that serves pins for production."""
    return HubGate([Approved.of(pin) for pin in pins], refused, stage="production")
