"""DVC's own database may be broken: then DVC can't be used, which is said, and what only saves time is left out."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from dvc.repo import Repo
from tests.fakes.store import Counter, Origin, pin_of

from weighbridge.core.errors import StoreError
from weighbridge.stores import state
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import initialise

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin

FILES = {"config.json": b"{}"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    initialise(tmp_path / "project")
    return tmp_path / "project"


def kept(root: Path) -> Pin:
    origin = Origin(FILES)
    with DvcStore(root).receive(origin.listing, origin.read, Counter(), key="minilm") as intake:
        pin = pin_of(intake.files)
        intake.keep(pin)
    return pin


def broken(tmp_path: Path) -> list[Path]:
    """Make every database of DVC's unreadable; gives them."""
    found = [path for path in (tmp_path / "site").rglob("cache.db") if path.is_file()]
    for path in found:
        for side in path.parent.glob("cache.db-*"):
            side.unlink()
        path.write_bytes(b"no database" * 1000)
    return found


def test_a_broken_database_refuses_the_next_add_and_loses_nothing(root: Path, tmp_path: Path) -> None:
    pin = kept(root)
    assert broken(tmp_path)
    with pytest.raises(StoreError) as error:
        kept(root)
    assert error.value.code == "dvc-failed"
    assert "dvc status" in error.value.hint
    DvcStore(root).verify(pin, Counter())
    for path in broken(tmp_path):
        path.unlink()
    assert kept(root) == pin


def test_noting_in_a_broken_database_is_left_out(root: Path, tmp_path: Path) -> None:
    pin = kept(root)
    assert broken(tmp_path)
    state.remember(DvcStore(root)._layout, pin)
    DvcStore(root).verify(pin, Counter())


def test_a_database_that_breaks_under_the_lock_undoes_no_work(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def close(_self: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(Repo, "close", close)
    pin = kept(root)
    DvcStore(root).verify(pin, Counter())
    monkeypatch.undo()
    assert kept(root) == pin
