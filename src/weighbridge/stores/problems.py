"""What is wrong with kept pins by names and pointers alone.

Nothing is hashed, no network is asked and DVC is not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.ports import StoreProblem
from weighbridge.stores import localremote, pointer
from weighbridge.stores.faults import disk
from weighbridge.stores.verify import pointer_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.core.pin import Pin
    from weighbridge.stores.layout import Layout
    from weighbridge.stores.remotes import Remotes
    from weighbridge.stores.settings import DvcSettings, RemoteSettings


def _problem(pin: Pin, code: str, message: str, hint: str) -> StoreProblem:
    return StoreProblem(code, pin.name, pin.digest, f"{pin.name}: {message}", hint)


def _here(layout: Layout, pin: Pin) -> Iterator[StoreProblem]:
    pull = f"run: weighbridge pull {pin.name}"
    wrong = pointer_fault(layout, pin)
    if wrong == "is missing":
        yield _problem(pin, "gc-would-drop", "its pointer is missing, so that `dvc gc` would drop its bytes", pull)
    elif wrong:
        yield _problem(pin, "pointer-edited", f"its pointer {wrong}", pull)
    if not layout.folder(pin).is_dir():
        yield _problem(pin, "folder-missing", "its folder is missing", pull)
    objects = [*(file.md5 for file in pin.files), pointer.directory_id(pin)]
    missing = [md5 for md5 in objects if not layout.object(md5).is_file()]
    if missing:
        message = f"{len(missing)} of {len(objects)} objects are missing from DVC's cache"
        yield _problem(pin, "object-missing", message, pull)


def _there(layout: Layout, pin: Pin, remote: RemoteSettings) -> Iterator[StoreProblem]:
    push = f"push it: dvc push {layout.pointer(pin).relative_to(layout.root)}"
    if not remote.verify:
        hint = f"run: dvc remote modify {remote.name} verify true"
        yield _problem(pin, "remote-unverified", f"stock DVC does not verify what it pulls from {remote.name!r}", hint)
    if remote.folder is not None:
        if not localremote.has(remote.folder, pin):
            yield _problem(pin, "remote-missing", f"the remote {remote.name!r} does not have all of it", push)
    elif layout.unpushed(pin).exists():
        push = f"run the command that added it again, without --no-push: weighbridge add … --name {pin.name}"
        yield _problem(pin, "remote-missing", f"it was never pushed from here to {remote.name!r}", push)


def _named(layout: Layout, pin: Pin, remote: str | None, dvc: DvcSettings) -> Iterator[StoreProblem]:
    """Whether DVC knows the remote that weighbridge.toml names, and the pointer names it too."""
    if remote is not None and remote not in dvc.remotes:
        message = f"weighbridge.toml names the DVC remote {remote!r}, and DVC has none of that name"
        yield _problem(pin, "unknown-remote", message, f"add it: dvc remote add {remote} URL; or correct the name")
    if pointer_fault(layout, pin) is None:
        wrong = pointer.remote_fault(pin, layout.pointer(pin).read_bytes(), remote)
        if wrong:
            hint = f"send it there: run the command that added it again: weighbridge add … --name {pin.name}"
            yield _problem(pin, "pointer-remote", f"its pointer {wrong}", hint)


def _orphans(layout: Layout, pins: Sequence[Pin]) -> Iterator[StoreProblem]:
    for pin in {pin.name: pin for pin in pins}.values():
        known = {layout.pointer(other).name for other in pins if other.name == pin.name}
        folder = layout.models / pin.name
        for path in sorted(folder.glob("*.dvc")) if folder.is_dir() else []:
            if path.name not in known:
                where = path.relative_to(layout.root)
                message = f"no pin stands behind the pointer {where}"
                hint = f"if nobody needs it: dvc remove {where}"
                yield StoreProblem("orphan-pointer", pin.name, "", f"{pin.name}: {message}", hint)


def problems(layout: Layout, pins: Sequence[Pin], remotes: Remotes) -> tuple[StoreProblem, ...]:
    """See `weighbridge.core.ports.Store.problems`.

    Raises:
        StoreError: The disk failed.
        ConfigError: DVC's configuration can't be read.
    """
    found: list[StoreProblem] = []
    dvc = layout.settings
    with disk("look at the project"):
        for pin in pins:
            found += _here(layout, pin)
            found += _named(layout, pin, remotes.of(pin), dvc)
            settings = dvc.remote(remotes.of(pin))
            if settings is not None:
                found += _there(layout, pin, settings)
        found += _orphans(layout, pins)
    return tuple(found)
