"""Colleagues who know only stock DVC see an ordinary DVC repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import ENVIRONMENT, Counter, Origin, dvc, git, pin_of

from weighbridge.core.errors import IntegrityError
from weighbridge.core.lock import lock_text
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import initialise

if TYPE_CHECKING:
    from weighbridge.core.pin import Pin

FILES = {
    "config.json": b"{}",
    "empty": b"",
    "sub/dir/größe.bin": b"\xf0" * 5000,
    "weights.safetensors": bytes(range(256)) * 20_000,
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    initialise(tmp_path / "project", remote_url=tmp_path / "remote")
    return tmp_path / "project"


def kept(root: Path, files: dict[str, bytes] = FILES, name: str = "minilm", **changes: str) -> Pin:
    origin = Origin(files)
    with DvcStore(root).receive(origin.listing, origin.read, Counter(), key=name) as intake:
        pin = pin_of(intake.files, name, **changes)
        intake.keep(pin)
    return pin


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "models")


_WATCHED = """
import sys, json
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from dvc.cli import main
code = main(["status", "--json"])
print(json.dumps([code, opened]))
"""


def test_status_is_clean_and_reads_no_byte_of_a_model(root: Path) -> None:
    pin = kept(root)
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED],
        cwd=root,
        env={**ENVIRONMENT, **os.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    status, watched = done.stdout.strip().splitlines()
    code, opened = json.loads(watched)
    assert (code, json.loads(status)) == (0, {})
    names = {Path(path).name for path in opened}
    assert "config.json" not in names
    assert "weights.safetensors" not in names
    assert not {file.md5[2:] for file in pin.files} & names
    assert any(path.endswith(".dvc") for path in opened)


@pytest.mark.parametrize("options", [[], ["--cloud"]])
def test_status_is_clean_after_a_push(root: Path, options: list[str]) -> None:
    pin = kept(root)
    assert DvcStore(root).push(pin, Counter()) is True
    assert json.loads(dvc(root, "status", "--json", *options).stdout) == {}
    assert "up to date" in dvc(root, "push").stdout


def test_pointer_and_directory_object_are_what_dvc_add_writes(root: Path, tmp_path: Path) -> None:
    pin = kept(root)
    store = DvcStore(root)
    initialise(tmp_path / "other")
    name = store.path(pin).name
    for path, data in FILES.items():
        target = tmp_path / "other" / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    dvc(tmp_path / "other", "add", name)
    theirs = (tmp_path / "other" / f"{name}.dvc").read_text()
    ours = store.path(pin).with_suffix(".dvc").read_text()
    assert ours.startswith(theirs)
    assert ours.removeprefix(theirs).startswith("meta:\n  weighbridge:\n    name: ")
    objects = [
        {
            path.relative_to(where / ".dvc/cache").as_posix(): path.read_bytes()
            for path in (where / ".dvc/cache/files").rglob("*")
            if path.is_file()
        }
        for where in (root, tmp_path / "other")
    ]
    assert objects[0] == objects[1]
    assert (root / "models/minilm/.gitignore").read_text() == (tmp_path / "other/.gitignore").read_text().splitlines()[
        -1
    ] + "\n"


def test_stock_commands_keep_what_the_pointer_says_of_the_pin(root: Path) -> None:
    pin = kept(root)
    pointer = DvcStore(root).path(pin).with_suffix(".dvc")
    before = pointer.read_text()
    dvc(root, "commit", "--force", str(pointer))
    assert pin.digest in pointer.read_text()
    assert pointer.read_text().splitlines()[:6] == before.splitlines()[:6]
    DvcStore(root).verify(pin, Counter())


def test_a_fresh_clone_pulls_with_stock_dvc(root: Path, tmp_path: Path) -> None:
    pin = kept(root)
    DvcStore(root).push(pin, Counter())
    commit(root)
    git(tmp_path, "clone", "-q", str(root), "clone")
    clone = tmp_path / "clone"
    assert [problem.code for problem in DvcStore(clone).problems([pin])] == ["folder-missing", "object-missing"]
    dvc(clone, "pull")
    store = DvcStore(clone)
    store.verify(pin, Counter())
    assert store.restore(pin, Counter()) is False
    assert store.problems([pin]) == ()
    assert git(clone, "status", "--porcelain") == ""


def test_a_fresh_clone_is_restored_without_stock_dvc(root: Path, tmp_path: Path) -> None:
    pin = kept(root)
    DvcStore(root).push(pin, Counter())
    commit(root)
    git(tmp_path, "clone", "-q", str(root), "clone")
    store = DvcStore(tmp_path / "clone")
    assert store.restore(pin, Counter()) is True
    store.verify(pin, Counter())
    assert json.loads(dvc(tmp_path / "clone", "status", "--json").stdout) == {}
    assert git(tmp_path / "clone", "status", "--porcelain") == ""


def test_gc_keeps_what_a_pointer_names_and_drops_the_rest(root: Path) -> None:
    store = DvcStore(root)
    first, second = kept(root), kept(root, {"other.bin": b"other"}, name="other")
    waiting = Origin({"waiting.bin": b"w" * 100})
    with store.receive(waiting.listing, waiting.read, Counter(), key="waiting") as intake:
        dvc(root, "gc", "-w", "-f")
        assert intake.path("waiting.bin").read_bytes() == b"w" * 100
    store.verify(first, Counter())
    assert store.restore(second, Counter()) is False
    store.path(second).with_suffix(".dvc").unlink()
    assert "gc-would-drop" in {problem.code for problem in store.problems([first, second])}
    dvc(root, "gc", "-w", "-f")
    assert "object-missing" in {problem.code for problem in store.problems([second])}
    assert {problem.code for problem in store.problems([first])} == {"remote-missing"}


_STUB = """#!{python}
import pathlib, sys
sys.path[:0] = {path!r}
from weighbridge.core.lock import lock_pins
from weighbridge.stores.dvc import DvcStore
from weighbridge.core.errors import WeighbridgeError
from tests.fakes.store import Counter
root, name = pathlib.Path.cwd().parent, sys.argv[2]
if sys.argv[1] == "register":
    (root / "registered").open("a").write(name + "\\n")
    sys.exit(0)
try:
    for pin in lock_pins((root / "models" / name / "lock.json").read_bytes()):
        DvcStore(root).verify(pin, Counter())
except WeighbridgeError as error:
    sys.exit(f"{{error.message}} ({{error.hint}})")
pathlib.Path(sys.argv[4]).write_text("good\\n")
"""


@pytest.fixture
def chain(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Pin]:
    pins = [kept(root), kept(root, {**FILES, "config.json": b"[]"}), kept(root, {"a.bin": b"a"}, name="a.b")]
    for name in ("minilm", "a.b"):
        text = lock_text(pin for pin in pins if pin.name == name)
        (root / "models" / name / "lock.json").write_text(text)
    DvcStore(root).pipeline(pins)
    stub = tmp_path / "bin" / "weighbridge"
    stub.parent.mkdir()
    stub.write_text(_STUB.format(python=sys.executable, path=[str(Path.cwd()), str(Path.cwd() / "src")]))
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(stub.parent), prepend=os.pathsep)
    return pins


def test_dag_shows_pointer_validate_register(root: Path, chain: list[Pin]) -> None:
    text = dvc(root, "dag", "--md").stdout
    nodes = {
        line.split('["')[0].strip(): line.split('["')[1].rstrip('"]') for line in text.splitlines() if '["' in line
    }
    edges = {tuple(nodes[end] for end in line.strip().split("-->")) for line in text.splitlines() if "-->" in line}
    expected = set()
    for pin in chain:
        validate = f"models/dvc.yaml:validate@{pin.name}"
        expected.add((f"models/{pin.name}/{pin.digest[7:19]}.dvc", validate))
        expected.add((validate, f"models/dvc.yaml:register@{pin.name}"))
    assert edges == expected


def test_repro_runs_the_chain_and_validates_again_each_time(root: Path, chain: list[Pin]) -> None:
    dvc(root, "repro", "-P")
    assert sorted((root / "registered").read_text().split()) == ["a.b", "minilm"]
    again = dvc(root, "repro", "-P").stdout
    assert again.count("Running stage 'models/dvc.yaml:validate@") == 2
    assert "Running stage 'models/dvc.yaml:register@" not in again
    assert len((root / "registered").read_text().split()) == len({pin.name for pin in chain})
    assert set(json.loads(dvc(root, "status", "--json").stdout)) == {
        f"models/dvc.yaml:validate@{name}" for name in ("a.b", "minilm")
    }


def _flip(path: Path) -> None:
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[7] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(before.st_mode & 0o777)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("hidden", [True, False])
def test_repro_stops_at_validate_when_a_byte_has_changed(root: Path, chain: list[Pin], *, hidden: bool) -> None:
    store = DvcStore(root)
    store.push(chain[0], Counter())
    victim = store.path(chain[0]) / "weights.safetensors"
    if hidden:
        _flip(victim)
    else:
        victim.unlink()
        victim.write_bytes(b"edited")
    done = dvc(root, "repro", "models/dvc.yaml:register@minilm", check=False)
    assert done.returncode != 0
    assert "weighbridge pull minilm" in done.stdout + done.stderr
    assert not (root / "registered").exists()
    for pin in chain[:2]:
        # Both versions share the weights: a hidden change went through the hard link into each.
        assert store.restore(pin, Counter()) is (hidden or pin is chain[0])
        store.verify(pin, Counter())
    dvc(root, "repro", "models/dvc.yaml:register@minilm")
    assert (root / "registered").read_text() == "minilm\n"


def test_an_edit_that_dvc_writes_into_the_pointer_is_seen_and_undone(root: Path) -> None:
    pin = kept(root)
    store = DvcStore(root)
    victim = store.path(pin) / "config.json"
    victim.unlink()
    victim.write_bytes(b"edited")
    dvc(root, "commit", "--force", str(store.path(pin).with_suffix(".dvc")))
    assert json.loads(dvc(root, "status", "--json").stdout) == {}
    with pytest.raises(IntegrityError) as error:
        store.verify(pin, Counter())
    found = error.value.details["problems"]
    assert isinstance(found, list)
    assert found[0] == "config.json: has 6 bytes instead of 2"
    assert found[1].startswith("pointer: names other bytes")
    assert "pointer-edited" in {problem.code for problem in store.problems([pin])}
    assert store.restore(pin, Counter()) is True
    store.verify(pin, Counter())
    assert "pointer-edited" not in {problem.code for problem in store.problems([pin])}
    assert json.loads(dvc(root, "status", "--json").stdout) == {}


def test_checkout_of_an_older_commit_and_back(root: Path) -> None:
    first = kept(root)
    commit(root)
    second = kept(root, {**FILES, "config.json": b"[]"})
    commit(root)
    git(root, "checkout", "-q", "HEAD~1")
    dvc(root, "checkout")
    DvcStore(root).verify(first, Counter())
    git(root, "checkout", "-q", "-")
    dvc(root, "checkout")
    DvcStore(root).verify(second, Counter())
    DvcStore(root).verify(first, Counter())
