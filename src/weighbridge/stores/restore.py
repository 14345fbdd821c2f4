"""Making a pin good again: from the cache where its objects are right, else from the remote.

Damaged objects go to quarantine before better ones take their names, under a new inode, so that a hard link to a
damaged file is never left in a model's folder. What the remote sends is hashed before it gets a name.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.digest import short
from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.core.listing import RemoteFile
from weighbridge.core.progress import Silent
from weighbridge.stores import folder, intake, localremote, objects, reception
from weighbridge.stores.fastread import same_bytes
from weighbridge.stores.faults import disk, no_remote
from weighbridge.stores.stream import MISMATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from weighbridge.core.pin import Pin, PinnedFile
    from weighbridge.core.ports import Progress
    from weighbridge.stores.layout import Layout
    from weighbridge.stores.remotes import Remotes


def _unique(pin: Pin) -> list[PinnedFile]:
    return list({file.md5: file for file in pin.files}.values())


def _same_inode(one: Path, other: Path) -> bool:
    try:
        return os.path.samestat(one.stat(), other.stat())
    except OSError:
        return False


def _bad_objects(layout: Layout, pin: Pin, good: set[str], progress: Progress) -> list[PinnedFile]:
    """Files whose object is missing or damaged; damaged ones are set aside.

    Args:
        layout: The project.
        pin: Whose objects.
        good: Paths of the folder that were just found right.
        progress: Told of every byte read.
    """
    bad = []
    for file in _unique(pin):
        path = layout.object(file.md5)
        if file.entry.path in good and _same_inode(path, layout.folder(pin) / file.entry.path):
            continue
        with disk("read DVC's cache"):
            what = same_bytes(path, file.entry, "blake3", progress)
        if what is None:
            continue
        bad.append(file)
        if what != "is missing":
            objects.quarantine(layout, path, f"{file.md5}-damaged")
    return bad


def _differs(remote: str, where: str, error: IntegrityError) -> IntegrityError:
    return IntegrityError(
        f"the DVC remote {remote!r} has other bytes than were pinned: {error.message}",
        code="remote-differs",
        hint=f"find out who changed {where}; then move it away and `dvc push` from a machine that has good bytes",
        details={**error.details, "object": where},
    )


def _from_remote(
    layout: Layout, pin: Pin, bad: list[PinnedFile], remotes: Remotes, progress: Progress, jobs: int
) -> None:
    settings = remotes.settings(layout.settings, pin)
    if settings is None:
        raise no_remote()
    from weighbridge.stores.remote import Remote  # noqa: PLC0415 - imports DVC

    md5s = {file.entry.path: file.md5 for file in bad}
    files = [RemoteFile(file.entry.path, file.entry.size, f"sha256:{file.entry.sha256}") for file in bad]
    with Remote(layout.root, settings.name) as there:

        def read(file: RemoteFile, offset: int) -> Iterator[bytes]:
            return there.read(md5s[file.path], offset)

        transfer = reception.start(read, progress)
        try:
            with reception.receive(layout, files, transfer, key=f"restore {pin.digest}", jobs=jobs) as received:
                objects.place(layout, received)
        except IntegrityError as error:
            if error.code != MISMATCH:
                raise
            raise _differs(settings.name, there.where(md5s[str(error.details["path"])]), error) from error


def _from_folder(
    layout: Layout, pin: Pin, bad: Iterable[PinnedFile], good: set[str], progress: Progress
) -> list[PinnedFile]:
    """Make objects from right files of the folder; gives those that had none."""
    rest = []
    for file in bad:
        source = layout.folder(pin) / file.entry.path
        if file.entry.path not in good or source.is_symlink():
            rest.append(file)
            continue
        target = layout.object(file.md5)
        with disk("put a file into DVC's cache"):
            temporary = layout.own("scratch") / f"{file.md5}-{os.getpid()}"
            temporary.unlink(missing_ok=True)
            localremote.copy_verified(source, temporary, file.entry, progress)
            durable.make_folder(target.parent, layout.folder_mode)
            durable.rename(temporary, target)
    return rest


def restore(layout: Layout, pin: Pin, progress: Progress, *, remotes: Remotes, jobs: int) -> bool:
    """Make folder, objects and pointer of a pin good; see `weighbridge.core.ports.Store.restore`."""
    progress.begin(f"check {pin.name}", pin.size)
    try:
        wrong = folder.faults(layout, pin, progress)
    finally:
        progress.end()
    named = {fault.path for fault in wrong}
    good = set() if "" in named else {file.entry.path for file in pin.files} - named
    bad = _bad_objects(layout, pin, good, Silent())
    changed = bool(wrong or bad)
    # First what makes `dvc gc` keep the objects, then the objects.
    changed |= objects.place_directory(layout, pin)
    with layout.lock():
        changed |= intake.ignore(layout, pin)
        changed |= intake.write_pointer(layout, pin, remotes.of(pin))
    bad = _from_folder(layout, pin, bad, good, Silent())
    if bad:
        _from_remote(layout, pin, bad, remotes, progress, jobs)
    if changed:
        intake.settle(layout, pin, remotes.of(pin), wrong)
    return changed


def copy_out(layout: Layout, pin: Pin, progress: Progress, to: Path, *, remotes: Remotes, jobs: int) -> bool:
    """Write a plain verified copy to a folder that is empty or absent.

    Raises:
        StoreError: The folder is not empty (code ``not-empty``), or the disk or remote failed.
        IntegrityError: The remote has other bytes.
    """
    with disk("look at the target folder"):
        if to.is_symlink() or (to.exists() and (not to.is_dir() or any(to.iterdir()))):
            raise StoreError(f"{to} is not an empty folder", code="not-empty", hint="name a folder that does not exist")
    bad = _bad_objects(layout, pin, set(), Silent())
    if bad:
        _from_remote(layout, pin, bad, remotes, progress, jobs)
    progress.begin(f"copy {pin.name}", pin.size)
    temporary = to.absolute().with_name(f".{to.name}.{short(pin.digest)}-{os.getpid()}")
    try:
        with disk("write the copy"):
            durable.make_folder(temporary)
            for file in pin.files:
                target = temporary / file.entry.path
                target.parent.mkdir(parents=True, exist_ok=True)
                localremote.copy_verified(layout.object(file.md5), target, file.entry, progress)
                target.chmod(0o644)
            durable.rename(temporary, to.absolute())
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        progress.end()
    return True


def check_objects(layout: Layout, pin: Pin, progress: Progress) -> None:
    """Read every object of a pin.

    Raises:
        IntegrityError: An object is damaged or missing (code ``bytes-differ``).
        StoreError: The disk failed.
    """
    with disk("read DVC's cache"):
        found = {
            file.entry.path: same_bytes(layout.object(file.md5), file.entry, "blake3", progress) for file in pin.files
        }
    problems = [f"{path}: {what} in DVC's cache" for path, what in found.items() if what]
    if problems:
        raise IntegrityError(
            f"{pin.name} is damaged in DVC's cache: {problems[0]}",
            code="bytes-differ",
            hint=f"run: weighbridge pull {pin.name}",
            details={"problems": problems},
        )
