"""The cache of the Hugging Face clients: blobs by hash, and snapshots of commits that link to them.

``models--org--name/blobs/<etag>`` holds the bytes: 64 digits are a SHA-256, 40 the id of a Git blob. The client trusts
them by size alone (huggingface_hub 2.4). Since 2.x, blobs may be links to ``blobs/<2 digits>/<xet hash>`` of the whole
cache; a xet hash is none that can be computed here.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weighbridge.caches.beneath import opened
from weighbridge.caches.kind import Folder
from weighbridge.core.cached import Promise, Use

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.caches.walk import Tree

REPOSITORY = re.compile(r"(models|datasets|spaces)--.+")
_BLOB = re.compile(r"(?:models|datasets|spaces)--[^/]+/blobs/([0-9a-f]{64}|[0-9a-f]{40})")
_SNAPSHOT = re.compile(r"(models|datasets|spaces)--([^/]+)/snapshots/([^/]+)/(.+)", re.DOTALL)
_RECORD = re.compile(
    r"(?:models|datasets|spaces)--[^/]+/(?:refs|\.no_exist|trees)/.+"
    r"|\.locks/.+|CACHEDIR\.TAG|version\.txt|blobs/\.huggingface-shared-blobs|blobs/[0-9a-f]{2}/[0-9a-f]{64}\.(?:refs|lock)"
)
_COMMIT_LENGTH = 40


@dataclass(frozen=True, slots=True)
class HuggingFace(Folder):
    """A ``hub`` folder."""

    kind: ClassVar[str] = "huggingface"
    title: ClassVar[str] = "Hugging Face cache"

    def promise(self, name: str) -> Promise | None:
        """The hash that a blob is called by."""
        found = _BLOB.fullmatch(name)
        if not found:
            return None
        return Promise("git" if len(found[1]) == _COMMIT_LENGTH else "sha256", found[1])

    def use(self, name: str) -> Use | None:
        """A file of a snapshot; nobody opens a blob by its hash."""
        found = _SNAPSHOT.fullmatch(name)
        if not found:
            return None
        kind, repository, commit, path = found.groups()
        # Data sets and spaces have their own name spaces; a repository's name never holds two dashes in a row.
        source = f"hf:{repository.replace('--', '/')}" if kind == "models" else ""
        return Use(name, source, commit, path) if source else Use(name)

    def is_record(self, name: str) -> bool:
        """Refs, listings, locks and notes of what does not exist."""
        return _RECORD.fullmatch(name) is not None

    def group(self, name: str) -> str:
        """The repository, as the Hub calls it."""
        kind, dashes, repository = name.partition("/")[0].partition("--")
        prefix = "" if kind == "models" else f"{kind}/"
        return prefix + repository.replace("--", "/") if dashes else kind

    def leftovers(self, tree: Tree, gone: Collection[str]) -> list[str]:
        """Refs, listings and notes of commits of which no file is left: the client calls such a cache corrupted."""
        touched = {(name.partition("/")[0], found[3]) for name in gone if (found := _SNAPSHOT.fullmatch(name))}
        staying = [name for name in (*tree.files, *tree.links) if name not in gone]
        empty = {
            (repository, commit)
            for repository, commit in touched
            if not any(name.startswith(f"{repository}/snapshots/{commit}/") for name in staying)
        }
        return [name for name in staying if any(_is_about(tree, name, *item) for item in empty)]


def _is_about(tree: Tree, name: str, repository: str, commit: str) -> bool:
    if name == f"{repository}/trees/{commit}.json" or name.startswith(f"{repository}/.no_exist/{commit}/"):
        return True
    if not name.startswith(f"{repository}/refs/") or name not in tree.files:
        return False
    try:
        with opened(tree.root, name) as handle:
            return os.read(handle, _COMMIT_LENGTH + 2).strip() == os.fsencode(commit)
    except OSError:
        return False
