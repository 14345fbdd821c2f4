"""Keeping: received bytes become objects, a folder and, last of all, a pointer that Git can see.

Each step is durable before the next begins and does nothing where it was done before, so that a killed `keep` leaves
nothing half-done under a final name and the next one ends the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core import paths
from weighbridge.core.digest import short
from weighbridge.core.errors import StoreError, UsageError
from weighbridge.core.manifest import FileEntry
from weighbridge.core.pin import PinnedFile
from weighbridge.stores import folder, ignores, objects, pointer
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.stores.folder import Fault
    from weighbridge.stores.layout import Layout
    from weighbridge.stores.reception import Received
    from weighbridge.stores.remotes import Remotes


def _pinned(item: Received) -> PinnedFile:
    entry = FileEntry(item.file.path, item.file.size, item.hashes.sha256, item.hashes.blake3)
    return PinnedFile(entry, item.hashes.md5, item.file.promise)


class DvcIntake:
    """Received files that wait to be kept, see `weighbridge.core.ports.Intake`.

    Args:
        layout: Where to keep them.
        received: The files, sorted.
        remotes: Of which the pointer names one, unless it is the default one.
    """

    def __init__(self, layout: Layout, received: tuple[Received, ...], remotes: Remotes) -> None:
        self._layout = layout
        self._received = received
        self._remotes = remotes
        self.files = tuple(_pinned(item) for item in received)

    def path(self, path: str) -> Path:
        """Where the bytes of one received file can be read."""
        item = next((item for item in self._received if item.file.path == path), None)
        if item is None:
            raise UsageError(f"{path!r} was not received", code="not-received", hint="ask for a path of `files`")
        kept = self._layout.object(item.hashes.md5)
        return item.path if item.path.exists() else kept

    def keep(self, pin: Pin) -> None:
        """Give the bytes their final names; see `weighbridge.core.ports.Intake.keep`."""
        if pin.files != self.files:
            raise UsageError(
                "the pin has other files than were received",
                code="pin-differs",
                hint="make the pin from the files that were received",
            )
        paths.check(file.entry.path for file in pin.files)
        from weighbridge.stores import state  # noqa: PLC0415 - imports DVC

        # So that no `dvc gc` runs between the first object and the pointer that keeps it.
        with state.dvc_lock(self._layout):
            objects.place(self._layout, self._received)
            objects.place_directory(self._layout, pin)
            with disk("note that the model is not pushed yet"):
                durable.make_folder(self._layout.unpushed(pin).parent)
                self._layout.unpushed(pin).touch()
            settle(self._layout, pin, self._remotes.of(pin))


def ignore(layout: Layout, pin: Pin) -> bool:
    """Let Git ignore a pin's folder, as `dvc add` does; True if it did not."""
    path = layout.models / pin.name / ".gitignore"
    with disk("make the model's folder"):
        durable.make_folder(path.parent)
    return ignores.add(path, [f"/{short(pin.digest)}"], scratch=layout.scratch)


def write_pointer(layout: Layout, pin: Pin, remote: str | None) -> bool:
    """Write a pin's pointer, unless one that names the same bytes is there; True if it was written.

    One that names another remote than it should is written anew: whether that one has the bytes is not known.
    """
    path = layout.pointer(pin)
    with disk("write the pointer"):
        if path.is_symlink():
            durable.remove(path)
        elif path.is_file() and pointer.fault(pin, data := path.read_bytes()) is None:
            if pointer.remote_fault(pin, data, remote) is None:
                return False
            durable.make_folder(layout.unpushed(pin).parent)
            layout.unpushed(pin).touch()
        durable.make_folder(path.parent)
        return durable.replace(path, pointer.text(pin, remote=remote).encode(), scratch=layout.scratch)


def settle(layout: Layout, pin: Pin, remote: str | None, wrong: list[Fault] | None = None) -> bool:
    """Bring folder, ignore file, state and pointer in line with a pin whose objects are good; True if any changed.

    Args:
        layout: The project.
        pin: What should be there.
        remote: The remote that the pointer names; None for the default one.
        wrong: The folder's faults, if they are known already.

    Raises:
        StoreError: The disk failed.
    """
    with layout.lock():
        changed = ignore(layout, pin)
        changed |= folder.settle(layout, pin, wrong)
        if not layout.folder(pin).is_dir():
            raise StoreError("the model's folder vanished while it was being made", code="cache-changed")
        from weighbridge.stores import state  # noqa: PLC0415 - imports DVC

        state.remember(layout, pin)
        return write_pointer(layout, pin, remote) or changed
