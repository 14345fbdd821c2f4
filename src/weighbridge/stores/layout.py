"""Where everything stands: the project's folders and, beside DVC's objects, the folders that are Weighbridge's own.

DVC lists a cache by two-letter folders, so that `dvc gc` never sees what stands below ``weighbridge/``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge import durable
from weighbridge.core.digest import short
from weighbridge.stores import settings
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.stores.settings import DvcSettings

OWN = "weighbridge"
_SHARED_FOLDER = 0o2775


class Layout:
    """Names and folders of one project; making the object touches nothing.

    Args:
        root: The folder that has ``.dvc``.
        models_dir: The folder of the models, relative to it.
    """

    def __init__(self, root: Path, models_dir: str) -> None:
        self.root = root.absolute()
        self.models = self.root / models_dir

    @cached_property
    def settings(self) -> DvcSettings:
        """DVC's configuration."""
        return settings.read(self.root)

    @property
    def cache(self) -> Path:
        """DVC's cache folder."""
        return self.settings.cache

    @property
    def folder_mode(self) -> int | None:
        """Permission bits for new folders in the cache; None for what the umask says."""
        return _SHARED_FOLDER if self.settings.shared else None

    def object(self, md5: str) -> Path:
        """Where the cache keeps an object; ``md5`` may end in ``.dir``."""
        return self.cache / "files" / "md5" / md5[:2] / md5[2:]

    def folder(self, pin: Pin) -> Path:
        """The folder of a pin's bytes."""
        return self.models / pin.name / short(pin.digest)

    def pointer(self, pin: Pin) -> Path:
        """The DVC pointer of a pin."""
        return self.models / pin.name / f"{short(pin.digest)}.dvc"

    def own(self, *parts: str) -> Path:
        """A folder of Weighbridge's own in the cache, made if need be."""
        folder = self.cache.joinpath(OWN, *parts)
        durable.make_folder(folder, self.folder_mode)
        return folder

    @property
    def scratch(self) -> Path:
        """A folder in the project that neither Git nor DVC looks into, made if need be."""
        folder = self.root / ".dvc" / "tmp" / OWN
        durable.make_folder(folder)
        return folder

    def incoming(self, key: str) -> Path:
        """Where files that arrive under a key are staged: per user, since users may share a cache."""
        return self.own("incoming", f"{os.getuid()}-{hashlib.sha256(key.encode()).hexdigest()[:32]}")

    def unpushed(self, pin: Pin) -> Path:
        """Stands while a pin that was kept here has not been pushed from here."""
        return self.root / ".dvc" / "tmp" / OWN / f"unpushed-{pin.name}-{short(pin.digest)}"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one process at a time change the project's folders."""
        with disk("lock the project"):
            handle = os.open(self.scratch / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            with disk("lock the project"):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
