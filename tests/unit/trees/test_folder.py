"""A working folder: which files are its own, and their bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.trees.repository import Repository

from weighbridge.core.errors import UsageError
from weighbridge.trees.folder import MAX_BYTES, WorkingTree, around


def every(_: str) -> bool:
    return True


def below(root: Path, *paths: Path) -> list[str]:
    return around(paths or (root,), root).files(paths or (root,), every)


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_without_git_folders_of_programs_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "src/b.py", ".venv/c.py", "node_modules/d.py", "src/__pycache__/e.py", ".github/w.yml")
    assert below(tmp_path) == [".github/w.yml", "a.py", "src/b.py"]


def test_a_folder_that_is_named_is_read_though_git_ignores_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    write(tmp_path, "a.py", "out/b.py")
    (tmp_path / ".gitignore").write_text("out/\n.gitignore\n")
    repository.git("add", "a.py")
    assert below(tmp_path) == ["a.py"]
    assert below(tmp_path, tmp_path / "out") == ["out/b.py"]
    assert below(tmp_path, tmp_path / "out" / "b.py") == ["out/b.py"]


def test_files_that_are_named_are_taken_whatever_they_are_called(tmp_path: Path) -> None:
    write(tmp_path, "odd.bin", "a.py")
    tree = around((tmp_path,), tmp_path)
    assert tree.files([tmp_path / "odd.bin", tmp_path], lambda name: name.endswith(".py")) == ["a.py", "odd.bin"]


@pytest.mark.parametrize("name", ["nothing", "x" * 300, "null\0byte", "a.py/below"])
def test_a_path_without_anything_is_an_error(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a.py")
    with pytest.raises(UsageError) as caught:
        below(tmp_path, tmp_path / name)
    assert caught.value.code == "no-such-path"


def test_no_link_is_followed(tmp_path: Path) -> None:
    write(tmp_path, "in/a.py", "secret.py")
    (tmp_path / "in" / "link.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "in" / "folder").symlink_to(tmp_path)
    (tmp_path / "in" / "loop.py").symlink_to("loop.py")
    tree = around((tmp_path / "in",), tmp_path / "in")
    assert tree.files([tmp_path / "in"], every) == ["a.py", "link.py", "loop.py"]
    assert [tree.read(name) for name in ("a.py", "link.py", "loop.py")] == [b"in/a.py", None, None]
    assert tree.fault("link.py") == ""
    assert tree.files([tmp_path / "in" / "loop.py"], every) == ["loop.py"]


def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    tree = WorkingTree(tmp_path, in_git=False)
    assert tree.read("pipe.py") is None
    assert tree.read(".") is None
    assert tree.read("null\0byte") is None
    assert (tree.fault("pipe.py"), tree.fault("gone.py")) == ("", "")


def test_a_file_that_is_too_large_is_told_of(tmp_path: Path) -> None:
    with (tmp_path / "large.py").open("wb") as handle:
        handle.truncate(MAX_BYTES + 1)
    tree = WorkingTree(tmp_path, in_git=False)
    assert tree.read("large.py") is None
    assert tree.fault("large.py") == "it is too large to be read"


def test_a_file_that_can_not_be_read_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")
    tree = WorkingTree(tmp_path, in_git=False)

    def refused(*_: object) -> int:
        raise PermissionError

    # The tests may run as root, who may read everything.
    monkeypatch.setattr(os, "open", refused)
    assert tree.read("a.py") is None
    assert tree.fault("a.py") == "it can't be read"


def test_a_disk_that_fails_while_it_is_read() -> None:
    # Reading a process's memory at its beginning fails, and it is a plain file.
    tree = WorkingTree(Path("/proc/self"), in_git=False)
    if Path("/proc/self/mem").exists():
        assert tree.read("mem") is None


def test_a_repository_inside_another_is_not_the_outer_one_s(tmp_path: Path) -> None:
    outer, inner = Repository(tmp_path / "outer"), Repository(tmp_path / "inner")
    inner.commit(model="")
    outer.commit(a="")
    outer.git("submodule", "--quiet", "add", str(inner.root), "sub")
    assert below(outer.root) == [".gitmodules", "a.py", "sub"]
    tree = around((outer.root,), outer.root)
    assert (tree.read("sub"), tree.fault("sub")) == (None, "")
    assert "sub/model.py" in below(outer.root, outer.root / "sub")


def test_the_tree_around_paths(tmp_path: Path) -> None:
    one = Repository(tmp_path / "one")
    write(tmp_path, "one/src/a.py", "two/b.py")
    assert around((tmp_path / "one" / "src",), tmp_path / "one" / "src").root == one.root
    assert around((tmp_path / "one" / "src" / "a.py",), tmp_path / "two").root == one.root
    both = around((tmp_path / "one", tmp_path / "two"), tmp_path / "two")
    assert (both.root, both.in_git) == (tmp_path, False)
    outside = around((tmp_path / "two" / "b.py",), tmp_path / "one" / "src")
    assert (outside.root, outside.in_git) == (tmp_path / "two", False)
    assert outside.files([tmp_path / "two" / "b.py"], every) == ["b.py"]


def test_names_of_any_bytes_are_read(tmp_path: Path) -> None:
    for name in (b"line\nbreak.py", b"caf\xe9.py"):
        (tmp_path / os.fsdecode(name)).write_text("x")
    tree = around((tmp_path,), tmp_path)
    assert [tree.read(name) for name in tree.files([tmp_path], every)] == [b"x", b"x"]
