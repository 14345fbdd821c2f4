"""A working copy of the world in which one change at a time is made, probed and taken back."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tests.tampering.probes import Asked, Questions, probe
from tests.tampering.registry import TABLES
from tests.tampering.world import DATABASE, NAMES, PROJECT, SEEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.tampering.mutation import Mutation
    from tests.tampering.world import World

FRESH = "fresh"
LOCKED_SECONDS = 30


class Sandbox:
    """The copy; links into the cache are broken in it, so that each file is changed alone.

    Args:
        world: What is copied.
        folder: Where to; must not exist.
    """

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.base = folder / "now"
        self._pristine = folder / "pristine"
        shutil.copytree(world.base, self.base)
        for name in ("seen", "bundle-seen"):
            probe(name, Asked(self.base, NAMES, world.contents))
        shutil.copytree(self.base, self._pristine)
        self._before: dict[tuple[str, tuple[str, ...], bool], Questions] = {}

    def before(self, mutation: Mutation) -> dict[str, Questions]:
        """What the same probes say of the untouched copy."""
        names, registry = mutation.names or NAMES, bool(mutation.registry)
        for name in mutation.probes:
            if (name, names, registry) not in self._before:
                self._before[name, names, registry] = self._ask(name, names, registry=registry)
        return {name: self._before[name, names, registry] for name in sorted(mutation.probes)}

    def _ask(self, name: str, names: tuple[str, ...], *, registry: bool = False) -> Questions:
        world = self.world
        asked = Asked(self.base, names, world.contents, registry, FRESH, world.allowed, world.former)
        try:
            return probe(name, asked)
        finally:
            self._clean(name)

    def _clean(self, name: str) -> None:
        """Take away what a probe may have written."""
        shutil.rmtree(self.base / FRESH, ignore_errors=True)
        if name.endswith("seen"):
            shutil.rmtree(self.base / SEEN)
            shutil.copytree(self._pristine / SEEN, self.base / SEEN)
        if name == "pull":
            shutil.rmtree(self.base / PROJECT / ".dvc")
            shutil.copytree(self._pristine / PROJECT / ".dvc", self.base / PROJECT / ".dvc")

    def ask(self, mutation: Mutation) -> dict[str, Questions]:
        """What each probe says of the changed copy."""
        names = mutation.names or NAMES
        with self.changed(mutation):
            return {name: self._ask(name, names, registry=bool(mutation.registry)) for name in sorted(mutation.probes)}

    @contextmanager
    def changed(self, mutation: Mutation) -> Iterator[Path]:
        """The copy with a change, which is taken back afterwards."""
        try:
            for path, data in mutation.files.items():
                write(self.base / path, data)
            if mutation.registry:
                gc.collect()
                with (
                    closing(sqlite3.connect(self.base / DATABASE, timeout=LOCKED_SECONDS)) as connection,
                    connection,
                ):
                    for statement in mutation.registry:
                        connection.execute(statement)
            yield self.base
        finally:
            self._take_back(mutation.files)
            if mutation.registry:
                self._restore_registry()

    def _restore_registry(self) -> None:
        """Every row as it was, through the database's own locks: MLflow keeps connections to the file."""
        # A session of MLflow's that an error left open holds a lock until it is collected.
        gc.collect()
        with closing(sqlite3.connect(self.base / DATABASE, timeout=LOCKED_SECONDS)) as here:
            here.execute("ATTACH ? AS good", (str(self._pristine / DATABASE),))
            with here:
                for table in TABLES:
                    columns = ", ".join(row[1] for row in here.execute(f"PRAGMA table_info({table})"))
                    here.execute(f"DELETE FROM {table}")  # noqa: S608  a fixed name
                    here.execute(f"INSERT INTO {table} (rowid, {columns}) SELECT rowid, {columns} FROM good.{table}")  # noqa: S608

    def _take_back(self, files: Mapping[str, bytes | None]) -> None:
        for path in files:
            good, here = self._pristine / path, self.base / path
            write(here, good.read_bytes() if good.is_file() else None)
            if good.is_file():
                shutil.copystat(good, here)


def write(path: Path, data: bytes | None) -> None:
    """Put other bytes in a file's place; one that was there keeps its mode and times. None deletes it."""
    if data is None:
        path.unlink(missing_ok=True)
        return
    before = path.stat() if path.is_file() else None
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if before:
        path.chmod(before.st_mode)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
