"""`lint --since` and `--baseline` over real repositories."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.trees.repository import Repository

from weighbridge.core.errors import ConfigError, StoreError, UsageError
from weighbridge.wiring.linting import Linting, LintRun, run_lint

if TYPE_CHECKING:
    from pathlib import Path

LOAD = "from transformers import AutoModel\n"


def load(name: str) -> str:
    return f'{LOAD}AutoModel.from_pretrained("{name}")\n'


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.delenv("WEIGHBRIDGE_STORE", raising=False)
    made = Repository(tmp_path / "repository")
    monkeypatch.chdir(made.root)
    return made


def new(run: LintRun) -> list[str]:
    return [f"{each.linted.mention.spot.path} {each.linted.mention.ref}" for each in run.report.errors]


def since(revision: str) -> list[str]:
    return new(run_lint(Linting(since=revision)))


def test_only_what_is_new_counts(repository: Repository) -> None:
    base = repository.commit(old=load("org/old"))
    repository.commit(new=load("org/new"))
    assert since(base) == ["new.py hf:org/new"]
    assert new(run_lint(Linting())) == ["new.py hf:org/new", "old.py hf:org/old"]


def test_lines_may_move_and_files_may_be_renamed(repository: Repository) -> None:
    base = repository.commit(a=load("org/one"), b=load("org/two"))
    repository.write(a="\n\n" + load("org/one"))
    repository.git("mv", "b.py", "renamed.py")
    assert since(base) == []


def test_what_moved_to_another_file_is_not_new_and_a_copy_is(repository: Repository) -> None:
    base = repository.commit(a=load("org/one"), b="")
    repository.commit(a="", b=load("org/one"))
    assert since(base) == []
    repository.write(c=load("org/one"))
    assert since(base) == ["c.py hf:org/one"]


def test_one_more_of_the_same_is_new(repository: Repository) -> None:
    base = repository.commit(a=load("org/one"))
    repository.write(a=load("org/one") + load("org/one"))
    assert since(base) == ["a.py hf:org/one"]


def test_a_revision_that_is_taken_away_is_new(repository: Repository) -> None:
    pinned = f'{LOAD}AutoModel.from_pretrained("org/one", revision="v1")\n'
    base = repository.commit(a=pinned)
    repository.write(a=load("org/one"))
    assert since(base) == ["a.py hf:org/one"]


def test_a_constant_of_another_module_that_changes_is_new(repository: Repository) -> None:
    user = f"{LOAD}from names import MODEL\nAutoModel.from_pretrained(MODEL)\n"
    base = repository.commit(names='MODEL = "org/one"\n', user=user)
    assert since(base) == []
    repository.write(names='MODEL = "org/two"\n')
    assert since(base) == ["user.py hf:org/two"]


def test_the_merge_base_counts_not_the_tip(repository: Repository) -> None:
    repository.commit(a="")
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(mine=load("org/mine"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(theirs=load("org/mine"))
    repository.git("checkout", "--quiet", "topic")
    assert since("main") == ["mine.py hf:org/mine"]


def test_a_shallow_clone_says_what_is_missing(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    base = repository.commit(a="")
    repository.commit(a=load("org/one"))
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", "shallow")
    monkeypatch.chdir(repository.root / "shallow")
    with pytest.raises(UsageError) as caught:
        since(base)
    assert caught.value.code == "unknown-revision"
    assert "fetch-depth: 0" in caught.value.hint


def test_outside_of_git_there_is_nothing_to_compare_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        since("main")
    assert caught.value.code == "not-a-repository"


def test_a_repository_without_commits_has_no_revision(repository: Repository) -> None:
    repository.write(a=load("org/one"))
    assert new(run_lint(Linting())) == ["a.py hf:org/one"]
    with pytest.raises(UsageError):
        since("HEAD")


def test_from_a_folder_below_paths_are_relative_to_it(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(a=load("org/one"), sub__b=load("org/two"))
    monkeypatch.chdir(repository.root / "sub")
    run = run_lint(Linting())
    assert [run.shown(each.linted.mention.spot.path) for each in run.report.errors] == ["b.py"]
    run = run_lint(Linting((repository.root / "a.py",)))
    assert [run.shown(each.linted.mention.spot.path) for each in run.report.errors] == [str(repository.root / "a.py")]


def test_a_baseline_excuses_what_stands_in_it(repository: Repository) -> None:
    repository.commit(a=load("org/one"))
    path = repository.root / "baseline.json"
    run = run_lint(Linting(known=path, update=True))
    assert (new(run), run.changed) == ([], True)
    assert not run_lint(Linting(known=path, update=True)).changed
    repository.write(b=load("org/one"))
    assert new(run_lint(Linting(known=path))) == ["b.py hf:org/one"]
    # What is mended leaves the file at the next writing.
    repository.write(a="", b="")
    assert new(run_lint(Linting(known=path))) == []
    run_lint(Linting(known=path, update=True))
    assert json.loads(path.read_text())["references"] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"schema": "other/1", "references": []}',
        '{"schema": "weighbridge.lint-baseline/1", "references": [1]}',
    ],
)
def test_a_broken_baseline_is_an_error_not_an_empty_one(repository: Repository, text: str) -> None:
    (repository.root / "baseline.json").write_text(text)
    with pytest.raises(ConfigError) as caught:
        run_lint(Linting(known=repository.root / "baseline.json"))
    assert caught.value.code == "bad-baseline"


def test_a_baseline_that_is_not_there_or_can_not_be_written(repository: Repository) -> None:
    with pytest.raises(ConfigError):
        run_lint(Linting(known=repository.root / "gone.json"))
    repository.write(a="")
    with pytest.raises(StoreError):
        run_lint(Linting(known=repository.root / "a.py" / "b.json", update=True))


def test_a_name_of_other_bytes_stays_in_a_baseline(repository: Repository) -> None:
    repository.write(**{"caf\udce9": load("org/one")})
    path = repository.root / "baseline.json"
    run_lint(Linting(known=path, update=True))
    assert new(run_lint(Linting(known=path))) == []


def test_exceptions_in_files_and_cells(repository: Repository) -> None:
    until = "# weighbridge: ignore[unpinned] moved next week until 2099-01-01"
    repository.write(a=f'{LOAD}AutoModel.from_pretrained("org/a")  {until}\n')
    cell = {"cell_type": "code", "source": [LOAD, f"{until}\n", 'AutoModel.from_pretrained("org/b")']}
    (repository.root / "n.ipynb").write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "x"}, cell]}))
    run = run_lint(Linting())
    assert (new(run), [each.excused for each in run.report.told]) == ([], ["until 2099-01-01: moved next week"] * 2)


def test_what_can_not_be_read_is_told(repository: Repository) -> None:
    with (repository.root / "large.py").open("wb") as handle:
        handle.truncate(65 << 20)
    repository.write(broken=f"{LOAD}AutoModel.from_pretrained(\n")
    (repository.root / "n.ipynb").write_text("no JSON # weighbridge: ignore")
    remarks = {each.path: each.message for each in run_lint(Linting()).report.remarks}
    assert remarks["large.py"] == "it is too large to be read"
    assert set(remarks) == {"large.py", "broken.py", "n.ipynb"}
