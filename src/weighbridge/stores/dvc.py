"""The store of bytes: the cache and the remotes of DVC 3, behind `weighbridge.core.ports.Store`.

Each verb has a module beside this one; this one joins them.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.digest import short
from weighbridge.stores import (
    documents,
    ignores,
    intake,
    localremote,
    pipeline,
    problems,
    providing,
    reception,
    restore,
    verify,
)
from weighbridge.stores.dropped import Dropped
from weighbridge.stores.faults import disk, no_remote
from weighbridge.stores.intake import DvcIntake
from weighbridge.stores.layout import Layout
from weighbridge.stores.pointer import directory_id
from weighbridge.stores.remotes import Remotes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weighbridge.core.listing import RemoteFile
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Intake, Opener, Progress, StoreProblem

DEFAULT_JOBS = 4
DEFAULT_REMOTES = Remotes()


class DvcStore:
    """DVC's cache and remote of one project.

    Args:
        root: The folder that has ``.dvc``.
        models_dir: The folder of the models, relative to it.
        jobs: How many files are received at a time.
        remotes: Which DVC remote holds which model.
        private: Where this user's own copies and notes stand; without it there are none.
    """

    def __init__(
        self,
        root: Path,
        models_dir: str = "models",
        *,
        jobs: int = DEFAULT_JOBS,
        remotes: Remotes = DEFAULT_REMOTES,
        private: Path | None = None,
    ) -> None:
        self._layout = Layout(root, models_dir)
        self._private = private
        self._dropped = Dropped(self._layout)
        self._jobs = jobs
        self._remotes = remotes

    @contextmanager
    def receive(self, files: Sequence[RemoteFile], read: Opener, progress: Progress, *, key: str) -> Iterator[Intake]:
        """Take in files in one pass."""
        # A name that is wrong must be said before a byte moves, and whose bytes these are is not known yet.
        self._remotes.all_settings(self._layout.settings)
        transfer = reception.start(read, progress)
        with reception.receive(self._layout, files, transfer, key=key, jobs=self._jobs) as received:
            yield DvcIntake(self._layout, received, self._remotes)

    def path(self, pin: Pin) -> Path:
        """The folder of a pin's bytes."""
        return self._layout.folder(pin)

    def verify(self, pin: Pin, progress: Progress, *, algorithm: str = "blake3", pointer: bool = True) -> None:
        """Read every byte of a pin's folder and compare it."""
        verify.verify(self._layout, pin, progress, algorithm=algorithm, check_pointer=pointer)

    def provide(self, pin: Pin, progress: Progress, *, paranoid: bool = False) -> Path:
        """The folder of a pin's bytes, verified in this call, which no other user can change."""
        return providing.provide(self._layout, pin, progress, private=self._private, paranoid=paranoid)

    def restore(self, pin: Pin, progress: Progress, *, to: Path | None = None) -> bool:
        """Make a pin's folder and pointer good again, or write a verified copy."""
        if to is not None:
            return restore.copy_out(self._layout, pin, progress, to, remotes=self._remotes, jobs=self._jobs)
        return restore.restore(self._layout, pin, progress, remotes=self._remotes, jobs=self._jobs)

    def push(self, pin: Pin, progress: Progress) -> bool:
        """Copy a pin's bytes to the remote."""
        settings = self._remotes.settings(self._layout.settings, pin)
        if settings is None:
            raise no_remote()
        named = self._remotes.of(pin)
        if named is not None:
            with self._layout.lock():
                intake.write_pointer(self._layout, pin, named)
        progress.begin(f"push {pin.name}", pin.size)
        try:
            if settings.folder is not None:
                changed = localremote.push(self._layout, settings.folder, pin, progress)
            else:
                from weighbridge.stores.remote import Remote  # noqa: PLC0415 - imports DVC

                restore.check_objects(self._layout, pin, progress)

                with Remote(self._layout.root, settings.name) as there:
                    changed = there.push(directory_id(pin), progress)
        finally:
            progress.end()
        with disk("note the push"):
            durable.remove(self._layout.unpushed(pin))
        return changed

    def remove(self, pin: Pin) -> bool:
        """Take a pin's folder and pointer away."""
        folder = self._layout.folder(pin)
        with self._layout.lock(), disk("remove the model's folder"):
            changed = durable.remove(self._layout.pointer(pin))
            if folder.exists():
                trash = self._layout.scratch / "trash"
                shutil.rmtree(trash, ignore_errors=True)
                durable.rename(folder, trash)
                shutil.rmtree(trash, ignore_errors=True)
                changed = True
            scratch = self._layout.scratch
            ignores.drop(folder.parent / ".gitignore", f"/{short(pin.digest)}", scratch=scratch)
        return changed

    def pipeline(self, pins: Sequence[Pin]) -> bool:
        """Let the stages of ``models/dvc.yaml`` stand behind exactly these pins."""
        return pipeline.write(self._layout, pins)

    def ignored(self, name: str, path: str) -> bool:
        """Whether DVC would drop a file of a model."""
        return self._dropped(name, path)

    def problems(self, pins: Sequence[Pin]) -> tuple[StoreProblem, ...]:
        """What is wrong with kept pins, from names and pointers alone."""
        return problems.problems(self._layout, pins, self._remotes)

    def publish(self, key: str, data: bytes) -> None:
        """Put a small document beside the bytes, in every remote that holds models."""
        documents.publish(self._layout, self._remotes, key, data)

    def published(self, key: str) -> bytes | None:
        """A small document from beside the bytes."""
        return documents.published(self._layout, self._remotes, key)
