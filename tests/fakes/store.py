"""A store in plain folders, and the bytes and projects that store tests share."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from weighbridge.core import paths
from weighbridge.core.errors import IntegrityError, StoreError, UsageError
from weighbridge.core.listing import RemoteFile
from weighbridge.core.manifest import FileEntry
from weighbridge.core.pin import Pin, PinnedFile
from weighbridge.core.ports import StoreProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.core.ports import Intake, Opener, Progress


class Counter:
    """Progress that remembers; `done` and `total` are bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.total = self.done = self.open = 0
        self.whats: list[str] = []

    def begin(self, what: str, total_bytes: int) -> None:
        self.whats.append(what)
        self.total += total_bytes
        self.open += 1

    def advance(self, size_bytes: int) -> None:
        with self._lock:
            self.done += size_bytes

    def end(self) -> None:
        self.open -= 1


class Origin:
    """A source's files; remembers what was read, and may be told to lie or to break.

    Args:
        files: Bytes by path.
        kind: What it promises: ``sha256``, ``git`` or nothing.
        chunk: Bytes of each piece that `read` yields.
    """

    def __init__(self, files: Mapping[str, bytes], *, kind: str = "sha256", chunk: int = 1 << 16) -> None:
        self.files = dict(files)
        self.chunk = chunk
        self.listing = [RemoteFile(path, len(data), self._promise(kind, data)) for path, data in self.files.items()]
        self.reads: list[tuple[str, int]] = []
        self.moved = 0
        self.break_after: dict[str, int] = {}

    @staticmethod
    def _promise(kind: str, data: bytes) -> str:
        if kind == "git":
            return "git:" + hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return f"sha256:{hashlib.sha256(data).hexdigest()}" if kind else ""

    def read(self, file: RemoteFile, offset: int) -> Iterator[bytes]:
        self.reads.append((file.path, offset))
        data = self.files[file.path]
        end = self.break_after.get(file.path, len(data))
        for start in range(offset, end, self.chunk):
            piece = data[start : min(start + self.chunk, end)]
            self.moved += len(piece)
            yield piece
        if end < len(data):
            raise StoreError("the connection broke", code="broken-on-purpose")


def pin_of(files: tuple[PinnedFile, ...], name: str = "minilm", **changes: str) -> Pin:
    """A pin of received files."""
    given = {"project": "project", "source": "hf:org/minilm", "follow": "main", "revision": "1" * 40, **changes}
    return Pin(name=name, files=files, omitted=(), identity={}, metadata={}, references={}, **given)


ENVIRONMENT = {
    **os.environ,
    "DVC_NO_ANALYTICS": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def dvc(root: Path, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real DVC in a project."""
    program = str(Path(sys.executable).with_name("dvc"))
    done = subprocess.run(
        [program, *arguments],
        cwd=root,
        env={**ENVIRONMENT, **dict(os.environ), "DVC_NO_ANALYTICS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def git(root: Path, *arguments: str) -> str:
    """Run the real Git in a project."""
    done = subprocess.run(["git", *arguments], cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _pinned(file: RemoteFile, data: bytes) -> PinnedFile:
    entry = FileEntry(file.path, len(data), hashlib.sha256(data).hexdigest(), blake3(data).hexdigest())
    return PinnedFile(entry, hashlib.md5(data, usedforsecurity=False).hexdigest(), file.promise)


def _promised(file: RemoteFile, data: bytes) -> bool:
    kind = file.promise.partition(":")[0]
    return len(data) == file.size and Origin._promise(kind, data) == file.promise


def hexdigest(data: bytes, algorithm: str) -> str:
    """The hash by which a store's `verify` compares."""
    return str(blake3(data).hexdigest()) if algorithm == "blake3" else hashlib.sha256(data).hexdigest()


class _FolderIntake:
    def __init__(self, store: FolderStore, staging: Path, files: tuple[PinnedFile, ...]) -> None:
        self._store = store
        self._staging = staging
        self.files = files

    def path(self, path: str) -> Path:
        if path not in {file.entry.path for file in self.files}:
            raise UsageError(f"{path!r} was not received", code="not-received")
        return self._staging / hashlib.sha256(path.encode()).hexdigest()

    def keep(self, pin: Pin) -> None:
        if pin.files != self.files:
            raise UsageError("the pin has other files than were received", code="pin-differs")
        paths.check(file.entry.path for file in pin.files)
        blobs = {file.entry.sha256: self.path(file.entry.path).read_bytes() for file in self.files}
        self._store.put(self._store.blobs, blobs)
        self._store.lay_out(pin)


class FolderStore:
    """A `weighbridge.core.ports.Store` without DVC: blobs by SHA-256 in one folder, the remote in another.

    Args:
        root: The project's folder.
        remote: The remote's folder; None for a project without one.
    """

    def __init__(self, root: Path, remote: Path | None) -> None:
        self.root = root
        self.blobs = root / ".blobs"
        self.dropped: set[tuple[str, str]] = set()
        self._remote = remote

    @contextmanager
    def receive(self, files: Sequence[RemoteFile], read: Opener, progress: Progress, *, key: str) -> Iterator[Intake]:
        if len({file.path for file in files}) != len(files):
            raise IntegrityError("the source lists a path twice", code="bad-path")
        staging = self.root / ".staging" / hashlib.sha256(key.encode()).hexdigest()
        staging.mkdir(parents=True, exist_ok=True)
        progress.begin("receive", sum(file.size for file in files))
        received = []
        try:
            for file in files:
                data = self._receive(staging, file, read)
                progress.advance(len(data))
                received.append(_pinned(file, data))
        except IntegrityError:
            shutil.rmtree(staging)
            raise
        finally:
            progress.end()
        yield _FolderIntake(self, staging, tuple(sorted(received, key=lambda file: file.entry.path.encode())))

    def _receive(self, staging: Path, file: RemoteFile, read: Opener) -> bytes:
        for blob in self.blobs.glob("*"):
            if file.promise and _promised(file, blob.read_bytes()):
                (staging / hashlib.sha256(file.path.encode()).hexdigest()).write_bytes(blob.read_bytes())
                return blob.read_bytes()
        path = staging / hashlib.sha256(file.path.encode()).hexdigest()
        for again in (bool(file.promise) and path.exists(), False):
            data = path.read_bytes() if again else b""
            try:
                if len(data) < file.size:
                    for chunk in read(file, len(data)):
                        data += chunk
            except StoreError:
                path.write_bytes(data)
                raise
            path.write_bytes(data)
            if _promised(file, data):
                return data
            if not again:
                break
        raise IntegrityError(
            f"{file.path!r} is not what was promised", code="promise-mismatch", details={"path": file.path}
        )

    def put(self, folder: Path, blobs: Mapping[str, bytes]) -> bool:
        folder.mkdir(parents=True, exist_ok=True)
        missing = {name: data for name, data in blobs.items() if not (folder / name).exists()}
        for name, data in missing.items():
            (folder / name).write_bytes(data)
        return bool(missing)

    def lay_out(self, pin: Pin) -> None:
        shutil.rmtree(self.path(pin), ignore_errors=True)
        self._copy(pin, self.path(pin))
        self.pointer(pin).write_text(pin.digest)

    def _copy(self, pin: Pin, to: Path) -> None:
        for file in pin.files:
            target = to / file.entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.blobs / file.entry.sha256, target)

    def path(self, pin: Pin) -> Path:
        return self.root / "models" / pin.name / pin.digest.removeprefix("sha256:")[:12]

    def pointer(self, pin: Pin) -> Path:
        return self.path(pin).with_suffix(".dvc")

    def _differences(self, pin: Pin, algorithm: str) -> list[str]:
        folder = self.path(pin)
        there = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if not path.is_dir() or path.is_symlink()
        }
        found = [
            f"{path}: is a file that the pin does not have"
            for path in set(there) - {file.entry.path for file in pin.files}
        ]
        for file in pin.files:
            path = there.get(file.entry.path)
            if path is None:
                found.append(f"{file.entry.path}: is missing")
            elif path.is_symlink():
                found.append(f"{file.entry.path}: is not a plain file")
            elif (digest := hexdigest(path.read_bytes(), algorithm)) != (wanted := getattr(file.entry, algorithm)):
                found.append(f"{file.entry.path}: has other bytes: {algorithm} {digest} instead of {wanted}")
        return sorted(found)

    def verify(self, pin: Pin, progress: Progress, *, algorithm: str = "blake3", pointer: bool = True) -> None:
        if algorithm not in {"blake3", "sha256"}:
            raise UsageError(f"can't verify with {algorithm!r}", code="bad-algorithm")
        progress.begin("verify", pin.size)
        found = self._differences(pin, algorithm)
        progress.end()
        good = self.pointer(pin).is_file() and self.pointer(pin).read_text() == pin.digest
        found += ["pointer: names other bytes"] if pointer and not good else []
        if found:
            code = "bytes-differ" if self.path(pin).is_dir() else "folder-missing"
            raise IntegrityError(f"{pin.name} is not what was pinned", code=code, details={"problems": found})

    def provide(self, pin: Pin, progress: Progress, *, paranoid: bool = False) -> Path:
        self.verify(pin, progress, pointer=False)
        assert isinstance(paranoid, bool)
        return self.path(pin)

    def _fetch(self, pin: Pin) -> None:
        for file in pin.files:
            blob = self.blobs / file.entry.sha256
            if blob.exists() and hashlib.sha256(blob.read_bytes()).hexdigest() == file.entry.sha256:
                continue
            blob.unlink(missing_ok=True)
            if self._remote is None:
                raise StoreError("no remote", code="no-remote")
            source = self._remote / file.entry.sha256
            if not source.exists():
                raise StoreError("the remote does not have it", code="remote-missing")
            data = source.read_bytes()
            if hashlib.sha256(data).hexdigest() != file.entry.sha256:
                raise IntegrityError("the remote has other bytes", code="remote-differs")
            self.put(self.blobs, {file.entry.sha256: data})

    def restore(self, pin: Pin, progress: Progress, *, to: Path | None = None) -> bool:
        if to is not None:
            if to.exists() and any(to.iterdir()):
                raise StoreError(f"{to} is not an empty folder", code="not-empty")
            self._fetch(pin)
            self._copy(pin, to)
            return True
        try:
            self.verify(pin, progress)
        except IntegrityError:
            self._fetch(pin)
            self.lay_out(pin)
            return True
        return False

    def push(self, pin: Pin, progress: Progress) -> bool:
        if self._remote is None:
            raise StoreError("no remote", code="no-remote")
        progress.begin("push", pin.size)
        blobs = {file.entry.sha256: (self.blobs / file.entry.sha256).read_bytes() for file in pin.files}
        progress.end()
        return self.put(self._remote, blobs)

    def remove(self, pin: Pin) -> bool:
        there = self.path(pin).exists() or self.pointer(pin).exists()
        shutil.rmtree(self.path(pin), ignore_errors=True)
        self.pointer(pin).unlink(missing_ok=True)
        return there

    def pipeline(self, pins: Sequence[Pin]) -> bool:
        path = self.root / "models" / "pipeline"
        before = path.read_text() if path.is_file() else ""
        after = "".join(f"{pin.name} {pin.digest}\n" for pin in sorted(pins, key=lambda pin: (pin.name, pin.digest)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(after)
        return before != after

    def ignored(self, name: str, path: str) -> bool:
        return (name, path) in self.dropped

    def problems(self, pins: Sequence[Pin]) -> tuple[StoreProblem, ...]:
        found = []
        for pin in pins:
            if not self.pointer(pin).exists():
                found.append(StoreProblem("gc-would-drop", pin.name, pin.digest, "its pointer is missing", "pull it"))
            if not self.path(pin).is_dir():
                found.append(StoreProblem("folder-missing", pin.name, pin.digest, "its folder is missing", "pull it"))
            if self._remote and not all((self._remote / file.entry.sha256).exists() for file in pin.files):
                found.append(StoreProblem("remote-missing", pin.name, pin.digest, "the remote lacks it", "push it"))
        return tuple(found)

    def _document(self, key: str) -> Path:
        if paths.fault(key):
            raise UsageError(f"{key!r} can't name a document", code="bad-key")
        if self._remote is None:
            raise StoreError("no remote", code="no-remote")
        return self._remote / "documents" / key

    def publish(self, key: str, data: bytes) -> None:
        path = self._document(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def published(self, key: str) -> bytes | None:
        path = self._document(key)
        return path.read_bytes() if path.is_file() else None
