"""A cache of DVC 3: objects that are named by their MD5.

DVC believes an object by its mode and never hashes it again. Files of any project may share an object, and its name
says nothing of what it was: no program opens it by that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weighbridge.caches.kind import Folder
from weighbridge.core.cached import Promise

if TYPE_CHECKING:
    from weighbridge.core.cached import Use

_OBJECT = re.compile(r"files/md5/([0-9a-f]{2})/([0-9a-f]{30})(\.dir)?")
_OWN = ("weighbridge/index/", "weighbridge/scratch/", "runs/")
_LOCK = re.compile(r"weighbridge/incoming/[^/]+\.lock")


@dataclass(frozen=True, slots=True)
class DvcCache(Folder):
    """A cache folder, or a remote, which looks the same."""

    kind: ClassVar[str] = "dvc"
    title: ClassVar[str] = "DVC cache"

    def promise(self, name: str) -> Promise | None:
        """The MD5 that an object is called by, also a list of files."""
        found = _OBJECT.fullmatch(name)
        return Promise("md5", found[1] + found[2]) if found else None

    def use(self, name: str) -> Use | None:
        """None for an object."""
        # Named through the class: a dataclass with slots is made anew, so that `super` would find the old one.
        return None if _OBJECT.fullmatch(name) else Folder.use(self, name)

    def is_unfinished(self, name: str) -> bool:
        """What DVC, or Weighbridge, is still writing."""
        is_incoming = name.startswith("weighbridge/incoming/") and not _LOCK.fullmatch(name)
        return is_incoming or name.endswith((".incomplete", ".tmp"))

    def is_record(self, name: str) -> bool:
        """Lists of files, what pipelines made of what, bundles, indexes and locks."""
        return name.endswith(".dir") or name.startswith(_OWN) or bool(_LOCK.fullmatch(name)) or _is_document(name)

    def group(self, name: str) -> str:
        """All objects are in one."""
        return "objects" if _OBJECT.fullmatch(name) else Folder.group(self, name)


def _is_document(name: str) -> bool:
    return name.startswith("weighbridge/") and name.endswith(".json")
