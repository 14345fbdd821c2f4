"""`init` in a new folder, in a Git repository, below its root, and where DVC and models are already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter, Origin, dvc, git, pin_of

from weighbridge.core.errors import StoreError
from weighbridge.stores import settings
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import advice, initialise
from weighbridge.stores.remotes import Remotes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return tmp_path


def works(root: Path) -> None:
    origin = Origin({"a.bin": b"a"})
    store = DvcStore(root)
    with store.receive(origin.listing, origin.read, Counter(), key="k") as intake:
        pin = pin_of(intake.files)
        intake.keep(pin)
    store.push(pin, Counter())
    assert store.problems([pin]) == ()
    assert "{}" in dvc(root, "status", "--json").stdout


def test_a_new_folder(base: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = base / "new"
    assert [line.split(" ")[0] for line in initialise(root)] == ["Git", "DVC", "DVC", ".gitignore", ".gitattributes"]
    assert initialise(root) == []
    assert advice(root) == []
    assert capfd.readouterr() == ("", "")
    found = settings.read(root)
    assert found.default_remote == "weighbridge"
    assert found.remotes["weighbridge"].verify
    assert found.remotes["weighbridge"].folder == root / ".weighbridge" / "remote"
    assert not found.telemetry
    assert "../.weighbridge/remote" in (root / ".dvc/config").read_text()
    assert (root / ".gitattributes").read_text() == "models/*/evidence/** -text\nmodels/*/lock.json eol=lf\n"
    works(root)
    assert ".weighbridge" not in git(root, "status", "--porcelain", "-uall")


def test_a_remote_elsewhere(base: Path) -> None:
    initialise(base / "new", remote_url=base / "nas")
    assert settings.read(base / "new").remotes["weighbridge"].folder == base / "nas"
    works(base / "new")


def test_a_git_repository_without_dvc(base: Path) -> None:
    git(base, "init", "-q", "repository")
    root = base / "repository"
    (root / ".gitignore").write_text("*.pyc")
    changes = initialise(root)
    assert "Git repository" not in changes
    assert (root / ".gitignore").read_text() == "*.pyc\n/.weighbridge/\n*.weighbridge-tmp\n"
    assert initialise(root) == []
    works(root)


def test_below_the_root_of_a_git_repository(base: Path) -> None:
    git(base, "init", "-q", "repository")
    root = base / "repository" / "ml" / "governed"
    assert "DVC" in initialise(root)
    assert not (root / ".git").exists()
    assert initialise(root) == []
    works(root)


def test_a_repository_with_dvc_and_models_keeps_what_it_has(base: Path) -> None:
    git(base, "init", "-q", "repository")
    root = base / "repository"
    dvc(root, "init", "-q")
    dvc(root, "config", "core.autostage", "true")
    dvc(root, "remote", "add", "-d", "team", str(base / "team"))
    (root / "models" / "theirs").mkdir(parents=True)
    (root / "models" / "theirs" / "w.bin").write_bytes(b"w")
    dvc(root, "add", "-q", "models/theirs")
    pointer = (root / "models/theirs.dvc").read_text()
    changes = initialise(root)
    assert changes[0] == "DVC's telemetry is off"
    assert initialise(root) == []
    found = settings.read(root)
    assert (found.default_remote, set(found.remotes)) == ("team", {"team"})
    assert not found.remotes["team"].verify
    assert advice(root) == ["stock DVC does not verify what it pulls from 'team': dvc remote modify team verify true"]
    assert "autostage = true" in (root / ".dvc/config").read_text()
    assert (root / "models/theirs.dvc").read_text() == pointer
    origin = Origin({"a.bin": b"a"})
    with DvcStore(root).receive(origin.listing, origin.read, Counter(), key="k") as intake:
        pin = pin_of(intake.files)
        intake.keep(pin)
    assert {problem.code for problem in DvcStore(root).problems([pin])} == {"remote-unverified", "remote-missing"}
    assert "{}" in dvc(root, "status", "--json").stdout


def test_the_project_s_own_remote_is_verified_again(base: Path) -> None:
    initialise(base / "new")
    dvc(base / "new", "remote", "modify", "weighbridge", "verify", "false")
    assert initialise(base / "new") == ["DVC remote weighbridge is verified"]
    found = settings.read(base / "new")
    assert found.remotes["weighbridge"].verify
    assert found.remotes["weighbridge"].folder == base / "new" / ".weighbridge" / "remote"


def test_without_git_the_next_step_is_said(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(base))
    with pytest.raises(StoreError) as error:
        initialise(base / "new")
    assert error.value.code == "no-git"


def test_a_file_that_dvcignore_drops(base: Path) -> None:
    initialise(base / "new")
    (base / "new" / ".dvcignore").write_text("# words\n*.onnx\n/models/*/*/secret/\n")
    store = DvcStore(base / "new")
    dropped = [path for path in ("a.onnx", "sub/b.onnx", "secret/c", "d.bin") if store.ignored("minilm", path)]
    assert dropped == ["a.onnx", "sub/b.onnx", "secret/c"]
    (base / "new" / "models" / "minilm").mkdir(parents=True)
    (base / "new" / "models" / "minilm" / ".dvcignore").write_text("d.bin\n")
    assert DvcStore(base / "new").ignored("minilm", "d.bin")
    assert not DvcStore(base / "new").ignored("other", "d.bin")


def test_a_named_remote_stands_in_the_pointer(base: Path) -> None:
    root = base / "new"
    initialise(root)
    dvc(root, "remote", "add", "second", str(base / "second"))
    dvc(root, "remote", "modify", "second", "verify", "true")
    store = DvcStore(root, remotes=Remotes(schemes={"hf": "second"}))
    origin = Origin({"a.bin": b"a"})
    with store.receive(origin.listing, origin.read, Counter(), key="k") as intake:
        pin = pin_of(intake.files)
        intake.keep(pin)
    store.verify(pin, Counter())
    assert store.restore(pin, Counter()) is False
    assert store.push(pin, Counter()) is True
    assert store.problems([pin]) == ()
    assert "up to date" in dvc(root, "push").stdout
    assert not list((root / ".weighbridge/remote").rglob("*.dir"))
