"""What a load hands out: the pin's own folder, or a private copy where another user could write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter, Origin, pin_of

from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import initialise

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin

FILES = {"config.json": b"{}", "sub/weights.safetensors": bytes(range(256)) * 100}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    root = tmp_path / "project"
    initialise(root)
    return root


@pytest.fixture
def pin(root: Path) -> Pin:
    origin = Origin(FILES)
    with DvcStore(root).receive(origin.listing, origin.read, Counter(), key="k") as intake:
        found = pin_of(intake.files)
        intake.keep(found)
    return found


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_that_nobody_else_can_change_is_given_itself(root: Path, pin: Pin, tmp_path: Path) -> None:
    store = DvcStore(root, private=tmp_path / "private")
    assert store.provide(pin, Counter()) == store.path(pin)


def test_a_private_copy_is_given_where_another_user_may_write(root: Path, pin: Pin, tmp_path: Path) -> None:
    private = tmp_path / "private"
    store = DvcStore(root, private=private)
    store.path(pin).chmod(0o777)
    given = store.provide(pin, Counter())
    assert given.is_relative_to(private)
    assert held(given) == FILES
    weights = store.path(pin) / "sub" / "weights.safetensors"
    assert not weights.samefile(given / "sub" / "weights.safetensors")
    weights.unlink()
    weights.write_bytes(b"swapped")
    assert store.provide(pin, Counter()) == given
    assert held(given) == FILES


def test_swapped_bytes_are_not_copied(root: Path, pin: Pin, tmp_path: Path) -> None:
    store = DvcStore(root, private=tmp_path / "private")
    store.path(pin).chmod(0o777)
    config = store.path(pin) / "config.json"
    config.unlink()
    config.write_bytes(b"[]")
    with pytest.raises(IntegrityError):
        store.provide(pin, Counter())


def test_without_a_private_folder_it_is_refused(root: Path, pin: Pin) -> None:
    store = DvcStore(root)
    store.path(pin).chmod(0o777)
    with pytest.raises(StoreError) as error:
        store.provide(pin, Counter())
    assert error.value.code == "exposed"
