from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge import durable

if TYPE_CHECKING:
    from pathlib import Path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_replace_writes_whole_files_and_says_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert durable.replace(path, b"one")
    assert not durable.replace(path, b"one")
    assert durable.replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert _names(path.parent) == ["file"]


def test_a_failed_replace_leaves_the_old_file_and_no_leftover(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "child").touch()
    with pytest.raises(OSError, match="directory"):
        durable.replace(tmp_path / "folder", b"new")
    assert _names(tmp_path) == ["folder"]


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "file"
    durable.create(path, b"one", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        durable.create(path, b"two")
    assert path.read_bytes() == b"one"
    assert _names(tmp_path) == ["file"]


def test_a_link_in_the_way_is_replaced_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"mine")
    (tmp_path / "file").symlink_to("target")
    assert durable.replace(tmp_path / "file", b"new")
    assert (tmp_path / "target").read_bytes() == b"mine"
    assert not (tmp_path / "file").is_symlink()
