"""`pull`: in a project, or from a store alone, as containers do."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.core.errors import UsageError
from weighbridge.core.outcome import PinOutcome
from weighbridge.custody.ground import fitting
from weighbridge.wiring.consumer import open_consumer
from weighbridge.wiring.project import open_project, user_cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.core.ports import Progress


def pull(
    names: Sequence[str], *, stage: str | None, digest: str | None, to: Path | None, progress: Progress | None = None
) -> tuple[PinOutcome, ...]:
    """Make the bytes of models good again here, or write a verified copy of one elsewhere.

    Where WEIGHBRIDGE_STORE is set, there is no project: the head of a stage is fetched from that store, under the trust
    file, into this user's cache or to a folder.

    Args:
        names: Governed names; none for all of the project.
        stage: Only what this stage allows.
        digest: Those bytes alone, all or the beginning of a digest; needs one name and a stage.
        to: A folder for a plain copy; else the project's own folders, or the cache.
        progress: Is told how far long work is.

    Raises:
        DeniedError: The stage does not allow it.
        IntegrityError: Bytes or evidence are not what was signed.
        UsageError: No such model, digest or stage, or not one model where there must be one.
    """
    if digest is not None and (len(names) != 1 or stage is None):
        raise UsageError("--digest takes one model and a stage", hint="name one model and a --stage")
    if os.environ.get("WEIGHBRIDGE_STORE"):
        return (_from_store(names, stage, digest, to, progress),)
    custody = open_project(progress=progress).custody
    if digest is None:
        return custody.pull(names, stage=stage, to=to)
    (name,) = custody.names(names)
    pin = custody.admit(name, stage, fitting(custody.record(name).pins, digest, name))[1]
    return (PinOutcome(pin, custody.store.restore(pin, custody.progress, to=to)),)


def _from_store(
    names: Sequence[str], stage: str | None, digest: str | None, to: Path | None, progress: Progress | None
) -> PinOutcome:
    from weighbridge.stores.placed import Placed  # noqa: PLC0415  not needed in a project

    if len(names) != 1:
        raise UsageError("a store is asked for one model", hint="name one model; WEIGHBRIDGE_STORE is set")
    consumer = open_consumer(progress=progress)
    if to is None:
        return PinOutcome(consumer.load(names[0], stage, digest)[0], changed=False)
    placed = Placed(user_cache_folder(), to)
    pin, _ = replace(consumer, copies=placed).load(names[0], stage, digest)
    return PinOutcome(pin, placed.changed)
