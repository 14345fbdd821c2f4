"""Git, asked by its plumbing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.unit.trees.repository import Repository

from weighbridge.core.errors import UsageError
from weighbridge.trees import git, plumbing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def test_a_folder_outside_of_git_has_no_top(tmp_path: Path) -> None:
    assert git.top(tmp_path) is None
    assert git.files(tmp_path, tmp_path) is None


def test_without_git_nothing_is_told(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.root))
    assert git.top(repository.root) is None


def test_the_files_of_a_repository_without_commits(repository: Repository) -> None:
    repository.write(a="", b="")
    repository.git("add", "a.py")
    assert git.files(repository.root, repository.root) == ["a.py", "b.py"]
    with pytest.raises(UsageError) as caught:
        git.merge_base(repository.root, "HEAD")
    assert caught.value.code == "unknown-revision"


def test_ignored_files_are_none_of_it(repository: Repository) -> None:
    (repository.root / ".gitignore").write_text("out/\n*.log\n")
    repository.write(out__a="", src__b="")
    assert git.files(repository.root, repository.root) == [".gitignore", "src/b.py"]
    assert git.files(repository.root, repository.root / "src") == ["src/b.py"]


def test_a_folder_named_like_a_pattern_is_no_pattern(repository: Repository) -> None:
    repository.write(**{"[a]__x": "", "a__y": ""})
    assert git.files(repository.root, repository.root / "[a]") == ["[a]/x.py"]


def test_names_of_any_bytes(repository: Repository) -> None:
    for name in (b"line\nbreak.py", b"caf\xe9.py", "ü.py".encode()):
        (repository.root / os.fsdecode(name)).write_text("")
    assert git.files(repository.root, repository.root) == ["caf\udce9.py", "line\nbreak.py", "ü.py"]


@pytest.mark.parametrize("revision", ["", "nothing", "--all", "-x", "HEAD:a.py", "HEAD\nHEAD", "v1 v2"])
def test_what_names_no_commit_is_refused(repository: Repository, revision: str) -> None:
    repository.commit(a="")
    with pytest.raises(UsageError) as caught:
        plumbing.commit(repository.root, revision)
    assert caught.value.code == "unknown-revision"
    assert "fetch" in caught.value.hint


def test_the_commit_from_which_two_branches_grew(repository: Repository) -> None:
    base = repository.commit(a="")
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(b="")
    repository.git("checkout", "--quiet", "main")
    repository.commit(c="")
    repository.git("checkout", "--quiet", "topic")
    assert git.merge_base(repository.root, "main") == base


def test_branches_without_a_common_commit_are_compared_as_they_are(repository: Repository) -> None:
    repository.commit(a="")
    repository.git("checkout", "--quiet", "--orphan", "other")
    other = repository.commit(b="")
    repository.git("checkout", "--quiet", "main")
    assert git.merge_base(repository.root, "other") == other


def test_what_differs_from_a_commit(repository: Repository) -> None:
    base = repository.commit(same="1", edited="1", staged="1", gone="1", old="1")
    repository.write(edited="2", staged="2", new="1")
    repository.git("add", "staged.py")
    repository.git("mv", "old.py", "moved.py")
    (repository.root / "gone.py").unlink()
    # What is edited and not staged is read for what it holds now, and that is compared.
    names = ["gone.py", "moved.py", "new.py", "old.py", "staged.py"]
    assert git.changed(repository.root, base) == names


def test_nothing_that_configuration_names_is_started(repository: Repository) -> None:
    base = repository.commit(a="1", b="1")
    mark = repository.root / "started"
    (repository.root / ".gitattributes").write_text("*.py filter=x diff=x\n")
    for key in ("filter.x.clean", "filter.x.smudge", "diff.x.textconv", "diff.external", "core.fsmonitor"):
        repository.git("config", key, f"touch {mark}; cat")
    repository.write(a="2", c="3")
    assert "c.py" in git.changed(repository.root, base)
    git.files(repository.root, repository.root)
    with git.blobs(repository.root, base) as before:
        assert before.read("a.py") == b"1"
    assert not mark.exists()


def test_files_of_a_commit(repository: Repository) -> None:
    base = repository.commit(a="one", **{"folder__b c": "two\n"})
    repository.write(a="changed")
    with git.blobs(repository.root, base) as before:
        assert before.read("a.py") == b"one"
        assert before.read("folder/b c.py") == b"two\n"
        assert before.read("nothing.py") is None
        assert before.read("folder") is None
        assert before.read("line\nbreak.py") is None
        assert before.read("a.py") == b"one"


def test_a_file_of_a_commit_that_is_too_large_is_passed_over(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = repository.commit(a="x" * 5_000_000, b="two")
    monkeypatch.setattr(git, "_MAX_BLOB", 1_000)
    with git.blobs(repository.root, base) as before:
        assert before.read("a.py") is None
        assert before.read("b.py") == b"two"


def test_when_git_has_ended_nothing_was_there(repository: Repository) -> None:
    base = repository.commit(a="one")
    with git.blobs(repository.root, base) as before:
        before._batch.process.kill()
        before._batch.process.wait()
        assert before.read("a.py") is None
        assert before.read("a.py") is None


def test_variables_of_a_hook_do_not_lead_elsewhere(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(a="")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert git.top(repository.root) == repository.root
    assert git.files(repository.root, repository.root) == ["a.py"]
