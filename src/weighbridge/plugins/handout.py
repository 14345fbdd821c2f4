"""What MLflow is given of a verified folder: its files, and beside them the MLmodel derived from the pin.

Everything handed out is a verified copy; nothing here judges, and nothing here knows MLflow's interfaces.
"""

from __future__ import annotations

import logging
import os
import platform
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from weighbridge.core import paths
from weighbridge.core.digest import PREFIX, is_digest
from weighbridge.core.errors import IntegrityError, NotFoundError, UsageError
from weighbridge.plugins import flavours
from weighbridge.plugins.verified_copy import alias_file, copy_file, read_file, write_file

if TYPE_CHECKING:
    from weighbridge.core.manifest import FileEntry
    from weighbridge.core.pin import Pin

_SCHEME = "weighbridge://"
_META = "registered_model_meta"
_MAX_SHOWN = 3
_log = logging.getLogger(__name__)


def locate(uri: str, path: str | None) -> tuple[str, str]:
    """The digest that a URI and a path together name, and the path inside the model.

    MLflow cuts ``weighbridge://sha256/<hex>/a/b`` at any slash, so only both together are looked at.

    Raises:
        UsageError: No digest is named (code ``bad-digest``), or the path leads elsewhere (code ``bad-path``).
    """
    whole = "/".join(part for part in (uri.removeprefix(_SCHEME).rstrip("/"), path or "") if part)
    algorithm, _, rest = whole.partition("/")
    name, _, inside = rest.partition("/")
    if not uri.startswith(_SCHEME) or algorithm != "sha256" or not is_digest(PREFIX + name):
        raise UsageError(
            f"{uri!r} names no digest",
            code="bad-digest",
            hint="the source of a version is weighbridge://sha256/ and 64 hexadecimal digits",
        )
    inside = inside.removesuffix("/")
    fault = paths.fault(inside) if inside else None
    if fault:
        raise UsageError(f"the path {path!r} {fault}", code="bad-path", hint="name a file or folder of the model")
    return PREFIX + name, inside


@dataclass(frozen=True)
class Handout:
    """The verified folder of a pin, ready to be copied out.

    Args:
        pin: The signed pin.
        folder: The verified folder of its bytes.
        mlflow_version: Of the MLflow that asks.
    """

    pin: Pin
    folder: Path
    mlflow_version: str

    def refuse_reserved(self) -> None:
        """Refuse a model that brings a file that MLflow would take for its own.

        Raises:
            IntegrityError: It does (code ``foreign-mlmodel``).
        """
        found = [path for path in self._entries if flavours.is_reserved(path)]
        if found:
            raise IntegrityError(
                f"{self.pin.name} brings {found[0]}, which MLflow would take for its own and whose code it would run",
                code="foreign-mlmodel",
                hint="load it with weighbridge.load, or add it again with --exclude for this file",
                details={"paths": found},
            )

    @cached_property
    def _entries(self) -> dict[str, FileEntry]:
        return {file.entry.path: file.entry for file in self.pin.files}

    @cached_property
    def _derived(self) -> flavours.Derived:
        documents = {
            path: read_file(entry, self.folder / path)
            for path, entry in self._entries.items()
            if flavours.is_document(path) and entry.size <= flavours.MAX_DOCUMENT_BYTES
        }
        return flavours.derive(
            self.pin, documents, mlflow_version=self.mlflow_version, python_version=platform.python_version()
        )

    @cached_property
    def _mlmodel(self) -> bytes | None:
        derived = self._derived.mlmodel
        return None if derived is None else yaml.safe_dump(dict(derived), default_flow_style=False).encode()

    def children(self, inside: str) -> dict[str, int | None]:
        """The names directly below a folder, sorted: sizes in bytes of files, None for folders."""
        sizes = {path: entry.size for path, entry in self._entries.items()}
        if self._mlmodel is not None:
            sizes[flavours.MLMODEL] = len(self._mlmodel)
        prefix = f"{inside}/" if inside else ""
        found: dict[str, int | None] = {}
        for path in sorted(sizes):
            if path.startswith(prefix):
                name, slash, _ = path[len(prefix) :].partition("/")
                found[name] = None if slash else sizes[path]
        return found

    def is_file(self, inside: str) -> bool:
        """Whether a path names a file rather than a folder or nothing."""
        return inside in self._entries or (inside == flavours.MLMODEL and self._mlmodel is not None)

    def write(self, inside: str, target: Path) -> None:
        """Write a file, or a folder with all below it, to a target of that kind.

        Raises:
            NotFoundError: The model has no such path (code ``no-such-path``).
            IntegrityError: A byte is not what was pinned; the folder is then incomplete and must not be used.
            StoreError: The disk failed or is full.
            UsageError: The target holds other files (code ``destination-not-empty``).
        """
        if inside in self._entries:
            copy_file(self._entries[inside], self.folder / inside, target)
        elif inside == flavours.MLMODEL and self._mlmodel is not None:
            write_file(self._mlmodel, target)
        else:
            self._write_folder(inside, target)

    def _write_folder(self, inside: str, target: Path) -> None:
        prefix = f"{inside}/" if inside else ""
        wanted = {path[len(prefix) :]: entry for path, entry in self._entries.items() if path.startswith(prefix)}
        if not wanted:
            why = f": {self._derived.reason}" if inside == flavours.MLMODEL else ""
            raise NotFoundError(
                f"{self.pin.name} has no {inside!r}{why}", code="no-such-path", hint="list its files with `weighbridge`"
            )
        links = self._derived.links if not inside else {}
        mlmodel = self._mlmodel if not inside else None
        extra = {flavours.MLMODEL, _META} if mlmodel is not None else set()
        _refuse_mixture(target, {*wanted, *links, *extra})
        for path, entry in wanted.items():
            copy_file(entry, self.folder / entry.path, target / path)
        for alias, original in links.items():
            alias_file(target / original, target / alias)
        if mlmodel is not None:
            write_file(mlmodel, target / flavours.MLMODEL)
        elif not inside:
            _log.info("no MLmodel for %s, so MLflow's loaders can't load it: %s", self.pin.name, self._derived.reason)


def _refuse_mixture(target: Path, expected: set[str]) -> None:
    """Refuse a destination with files that we do not write: what is returned must be exactly what was verified."""
    found: list[str] = []
    for folder, folders, files in os.walk(target):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        inside = Path(folder).relative_to(target)
        found.extend(str(inside / name) for name in links)
        found.extend(str(inside / name) for name in files if (inside / name).as_posix() not in expected)
    if found:
        shown = ", ".join(sorted(found)[:_MAX_SHOWN])
        raise UsageError(
            f"{target} holds files that are not of this model: {shown}",
            code="destination-not-empty",
            hint="name an empty folder, so that nothing unverified is mixed in",
            details={"paths": sorted(found)},
        )
