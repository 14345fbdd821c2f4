"""Writing into a working folder: whole or not at all, and nowhere else."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from weighbridge import durable
from weighbridge.trees.folder import WorkingTree

if TYPE_CHECKING:
    from pathlib import Path

OUTSIDE = "it does not lie below the repository's folder"
CHANGED = "it changed meanwhile"


@pytest.fixture
def tree(tmp_path: Path) -> WorkingTree:
    root = (tmp_path / "root").resolve()
    (root / "a").mkdir(parents=True)
    (root / "a" / "f").write_bytes(b"old")
    return WorkingTree(root, in_git=False)


def test_a_file_gets_its_bytes_and_keeps_its_mode(tree: WorkingTree) -> None:
    path = tree.root / "a" / "f"
    path.chmod(0o751)
    assert tree.write("a/f", b"old", b"new") == ""
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o7777 == 0o751
    assert [each.name for each in path.parent.iterdir()] == ["f"]


@pytest.mark.parametrize("content", [b"other", None])
def test_a_file_that_changed_is_left(tree: WorkingTree, content: bytes | None) -> None:
    path = tree.root / "a" / "f"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert tree.write("a/f", b"old", b"new") == CHANGED
    assert (path.read_bytes() if path.exists() else None) == content


def test_a_link_is_not_followed(tree: WorkingTree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "f").write_bytes(b"old")
    (tree.root / "link").symlink_to(outside / "f")
    (tree.root / "folder").symlink_to(outside)
    assert tree.write("link", b"old", b"new") == CHANGED
    assert tree.write("folder/f", b"old", b"new") == OUTSIDE
    assert (outside / "f").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "{}/outside"])
def test_nothing_outside_is_written(tree: WorkingTree, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_bytes(b"old")
    assert tree.write(name.format(tmp_path), b"old", b"new") == OUTSIDE
    assert (tmp_path / "outside").read_bytes() == b"old"


def test_a_disk_that_fails_is_told(tree: WorkingTree, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "replace", fails)
    assert tree.write("a/f", b"old", b"new") == "it can't be written: No space left on device"
    assert (tree.root / "a" / "f").read_bytes() == b"old"
