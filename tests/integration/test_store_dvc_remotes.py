"""Which remote holds which model: two folders as remotes of one project."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter, Origin, dvc, pin_of

from weighbridge.core.errors import ConfigError, StoreError
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import initialise
from weighbridge.stores.remotes import Remotes

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin

ORIGIN = Origin({"a.bin": b"a", "b.bin": b"b"})
DEFAULT = ".weighbridge/remote"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its default remote and two more, `near` and `far`."""
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    root = tmp_path / "project"
    initialise(root)
    for name in ("near", "far"):
        dvc(root, "remote", "add", name, str(root / name))
        dvc(root, "remote", "modify", name, "verify", "true")
    return root


def kept(store: DvcStore, name: str = "minilm", **changes: str) -> Pin:
    with store.receive(ORIGIN.listing, ORIGIN.read, Counter(), key=name) as intake:
        pin = pin_of(intake.files, name, **changes)
        intake.keep(pin)
    return pin


def directories(root: Path) -> dict[str, int]:
    """How many directory objects each remote holds."""
    return {name: len(list((root / name).rglob("*.dir"))) for name in (DEFAULT, "near", "far")}


def codes(store: DvcStore, pin: Pin) -> list[str]:
    return [problem.code for problem in store.problems([pin])]


def test_the_model_s_own_remote_comes_before_that_of_its_source(root: Path) -> None:
    store = DvcStore(root, remotes=Remotes({"special": "far"}, {"hf": "near"}))
    for name, source, where in (
        ("minilm", "hf:org/minilm", "near"),
        ("special", "hf:org/special", "far"),
        ("local", "file:/models/local", DEFAULT),
    ):
        pin = kept(store, name, source=source)
        assert codes(store, pin) == ["remote-missing"]
        before = directories(root)
        assert store.push(pin, Counter())
        assert directories(root) == {**before, where: before[where] + 1}
        assert store.problems([pin]) == ()
    assert "up to date" in dvc(root, "push").stdout, "stock DVC reads the same from the pointers"


def test_bytes_come_back_from_their_own_remote(root: Path, tmp_path: Path) -> None:
    store = DvcStore(root, remotes=Remotes(schemes={"hf": "near"}))
    pin = kept(store)
    store.push(pin, Counter())
    shutil.rmtree(root / ".dvc/cache")
    shutil.rmtree(store.path(pin))
    assert store.restore(pin, Counter())
    assert (store.path(pin) / "a.bin").read_bytes() == b"a"
    shutil.rmtree(root / ".dvc/cache")
    shutil.rmtree(store.path(pin))
    assert store.restore(pin, Counter(), to=tmp_path / "copy")
    shutil.rmtree(root / ".dvc/cache")
    shutil.rmtree(store.path(pin), ignore_errors=True)
    with pytest.raises(StoreError) as caught:
        DvcStore(root).restore(pin, Counter())
    assert caught.value.code == "remote-missing"


def test_a_model_moves_to_another_remote(root: Path) -> None:
    before = DvcStore(root)
    pin = kept(before)
    before.push(pin, Counter())
    after = DvcStore(root, remotes=Remotes({"minilm": "far"}))
    assert codes(after, pin) == ["pointer-remote", "remote-missing"]
    assert "names no remote, not 'far'" in after.problems([pin])[0].message
    assert after.push(pin, Counter())
    assert after.problems([pin]) == ()
    assert not after.push(pin, Counter())
    again = DvcStore(root, remotes=Remotes({"minilm": "near"}))
    assert "names the remote 'far', not 'near'" in again.problems([pin])[0].message
    assert again.restore(pin, Counter())
    assert codes(again, pin) == ["remote-missing"], "pull mends the pointer; the bytes are still to be sent"
    again.push(pin, Counter())
    assert directories(root) == {DEFAULT: 1, "near": 1, "far": 1}
    assert DvcStore(root).problems([pin]) == (), "where nothing is asked for, a pointer may name any remote"


def test_what_a_person_wrote_into_a_pointer_stays(root: Path) -> None:
    store = DvcStore(root, remotes=Remotes(schemes={"hf": "near"}))
    pin = kept(store)
    (pointer,) = (root / "models/minilm").glob("*.dvc")
    text = pointer.read_text(encoding="utf-8").replace("meta:\n", "desc: ours\nmeta:\n")
    pointer.write_text(text, encoding="utf-8")
    store.push(pin, Counter())
    assert store.restore(pin, Counter()) is False
    assert pointer.read_text(encoding="utf-8") == text


def test_a_remote_that_dvc_does_not_know_is_said_before_a_byte_moves(root: Path) -> None:
    store = DvcStore(root)
    pin = kept(store)
    store.push(pin, Counter())
    wrong = DvcStore(root, remotes=Remotes({"minilm": "nowhere"}))
    origin = Origin({"a.bin": b"new"})
    asked: list[str] = []

    def read(*_: object) -> object:
        asked.append("a byte")
        raise AssertionError

    with pytest.raises(ConfigError) as caught, wrong.receive(origin.listing, read, Counter(), key="k"):  # type: ignore[arg-type] # never called
        pass
    assert caught.value.code == "unknown-remote"
    assert not asked
    for call in (
        lambda: wrong.push(pin, Counter()),
        lambda: wrong.publish("project/x.json", b"{}"),
        lambda: wrong.published("project/x.json"),
    ):
        with pytest.raises(ConfigError):
            call()
    assert codes(wrong, pin) == ["unknown-remote", "pointer-remote"]
    assert store.problems([pin]) == ()


def test_documents_go_to_every_remote_that_holds_models(root: Path) -> None:
    store = DvcStore(root, remotes=Remotes({"minilm": "near"}))
    store.publish("project/x.json", b"{}")
    assert store.published("project/x.json") == b"{}"
    assert [(root / name / "weighbridge/project/x.json").exists() for name in (DEFAULT, "near", "far")] == [
        True,
        True,
        False,
    ]
    dvc(root, "remote", "default", "--unset")
    assert store.published("project/x.json") == b"{}"
    assert DvcStore(root, remotes=Remotes(schemes={"s3": "far"})).published("project/x.json") is None
    with pytest.raises(StoreError) as caught:
        DvcStore(root).published("project/x.json")
    assert caught.value.code == "no-remote"
