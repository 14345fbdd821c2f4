"""Which paths govern, what may stand there, and what a merge of two trees comes to."""

from __future__ import annotations

import pytest
from tests.fakes.merges import codes, sides, tree

from weighbridge.core.merge import Kind, MergeFinding, Weight, shown
from weighbridge.core.merge_paths import concerns, governs, model_of, place_findings
from weighbridge.core.merge_union import merged

GOVERNING = (
    "weighbridge.toml",
    "models/tiny/lock.json",
    "models/tiny/evidence/pin-0123456789abcdef.json",
    "models",
    "models/dvc.yaml",
    "train/dvc.yaml",
    "data.dvc",
    ".dvc/config",
    "sub/.dvc/config",
    ".gitattributes",
    "sub/.dvcignore",
    ".gitignore",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".weighbridge/mlflow.db",
    ".gitmodules",
)
OTHERS = ("serve.py", "docs/weighbridge.toml", "src/.gitignore", "modelsx/a", "dvc.yaml.txt", "a.dvc/b", "lock.json")
SPELLED = (
    "Weighbridge.toml",
    "MODELS/tiny/lock.json",
    ".DVC/config",
    "sub/DVC.yaml",
    ".dv\u200bc/config",
    "weighbridge\uff0etoml",
    ".gitAttributes",
)
UNSAFE = ("a/../b", "./a", "a//b", ".git/config", "sub/.git/hooks/x")


def test_what_governs() -> None:
    assert [path for path in GOVERNING if not governs(path, "", "models/")] == []
    assert [path for path in OTHERS if concerns(path, "", "models/")] == []
    assert [path for path in SPELLED if governs(path, "", "models/") or not concerns(path, "", "models/")] == []
    assert [path for path in UNSAFE if not concerns(path, "", "models/")] == []
    assert governs("app/weighbridge.toml", "app/", "app/m/")
    assert not governs("weighbridge.toml", "app/", "app/m/")
    assert governs("app", "app/", "app/deep/models/")
    assert governs("app/deep", "app/", "app/deep/models/")
    assert governs("app/.gitignore", "app/", "app/deep/models/")


def test_the_model_of_a_path() -> None:
    assert model_of("models/tiny/lock.json", "models/") == "tiny"
    assert model_of("models/dvc.yaml", "models/") == ""
    assert model_of("other/tiny/lock.json", "models/") == ""


@pytest.mark.parametrize("kind", [Kind.LINK, Kind.SUBMODULE, Kind.OTHER])
def test_only_plain_files_govern(kind: Kind) -> None:
    files = {"models/tiny/lock.json": b"x", ".gitmodules": b"x"}
    found = list(place_findings(sides({}, files, dict.fromkeys(files, kind))))
    assert codes(found) == ["file-kind", "file-kind"]
    assert codes(place_findings(sides({}, files))) == ["submodules-changed?"]


def test_a_governing_file_is_no_program_and_a_workflow_may_be() -> None:
    files = {"weighbridge.toml": b"", ".github/workflows/a.sh": b""}
    found = list(place_findings(sides(files, files, dict.fromkeys(files, Kind.PROGRAM))))
    assert [(item.code, item.path) for item in found] == [("file-mode", "weighbridge.toml")]


def test_paths_that_nothing_may_have_are_refused() -> None:
    for path in UNSAFE:
        assert codes(place_findings(sides({}, {path: b""}))) == ["unsafe-path"]
    for path in SPELLED:
        assert codes(place_findings(sides({}, {path: b""}))) == ["lookalike-path"]
    assert codes(place_findings(sides({}, {".weighbridge/x": b""}))) == ["state-in-git"]


@pytest.mark.parametrize(
    "path", ["models/tiny/LOCK.json", "models/tiny/Evidence/x", "models/tiny/lock.json\u200b", "MODELS/tiny/lock.json"]
)
def test_two_spellings_of_one_file_are_refused(path: str) -> None:
    base = {"models/tiny/lock.json": b"", "models/tiny/README.md": b""}
    assert codes(place_findings(sides(base, {**base, path: b""}))) == ["lookalike-path"]
    twice = {"models/tiny/a.md": b"", "models/tiny/A.md": b""}
    assert codes(place_findings(sides({}, twice))) == ["lookalike-path", "lookalike-path"]


def test_what_the_base_has_or_the_merge_takes_away_is_not_judged_by_its_place() -> None:
    both = {"MODELS/x": b""}
    assert codes(place_findings(sides(both, both))) == []
    assert codes(place_findings(sides(both, {}))) == []


@pytest.mark.parametrize(
    ("base", "head", "ancestor", "wanted", "both"),
    [
        (b"1", b"1", b"0", b"1", 0),
        (b"1", b"0", b"0", b"1", 0),
        (b"0", b"1", b"0", b"1", 0),
        (b"1", b"2", b"0", b"2", 1),
        (None, b"0", b"0", None, 0),
        (b"0", None, b"0", None, 0),
        (b"1", None, b"0", None, 1),
        (b"1", None, None, b"1", 0),
        (None, b"1", None, b"1", 0),
    ],
)
def test_a_path_after_a_merge(
    base: bytes | None, head: bytes | None, ancestor: bytes | None, wanted: bytes | None, both: int
) -> None:
    given = [tree({} if data is None else {"a": data}) for data in (base, head, ancestor)]
    after, told = merged(given[0], given[1], given[2:])
    assert (after.content("a") if "a" in after.entries else None) == wanted
    assert codes(told) == ["not-up-to-date"] * both
    # Without an ancestor, the merge's side is taken as it is.
    direct, told = merged(given[0], given[1], [])
    assert (direct.content("a") if "a" in direct.entries else None) == head
    assert told == ()


def test_several_ancestors_that_do_not_agree_prove_nothing() -> None:
    after, told = merged(tree({"a": b"1"}), tree({"a": b"0"}), [tree({"a": b"0"}), tree({"a": b"9"})])
    assert after.content("a") == b"0"
    assert codes(told) == ["not-up-to-date"]


def test_what_is_shown_is_short_and_can_be_printed() -> None:
    assert shown("a" * 500) == "a" * 119 + "…"
    assert shown("\udcff") == "?"
    assert MergeFinding("x", "\udcff", Weight.NOTE, "m", "h").to_json()["path"] == "?"
