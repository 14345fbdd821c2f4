"""Listing a folder and opening what was listed: links and special files never count as files."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from weighbridge.checks import walk as walking
from weighbridge.checks.opening import NotPlainError, open_below
from weighbridge.checks.walk import Walk, named, walk

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "below" / "deep").mkdir(parents=True)
    (tmp_path / "plain").write_bytes(b"plain")
    (tmp_path / "below" / "deep" / "file").write_bytes(b"deep")
    opened = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield opened
    os.close(opened)


def read(folder: int, path: str) -> bytes:
    opened = open_below(folder, path)
    with os.fdopen(opened, "rb") as file:
        return file.read()


def test_a_regular_file_is_opened(folder: int) -> None:
    assert read(folder, "plain") == b"plain"
    assert read(folder, "below/deep/file") == b"deep"


@pytest.mark.parametrize("path", ["", "/plain", "../plain", "below/../plain", "./plain", "below//deep/file", "pl\0ain"])
def test_a_path_that_leaves_the_folder_is_refused(folder: int, path: str) -> None:
    with pytest.raises(NotPlainError):
        open_below(folder, path)


@pytest.mark.parametrize("path", ["below", "below/deep", "plain/file"])
def test_a_folder_is_no_file_and_a_file_no_folder(folder: int, path: str) -> None:
    with pytest.raises(NotPlainError):
        open_below(folder, path)


def test_a_missing_file_is_an_error(folder: int) -> None:
    with pytest.raises(FileNotFoundError):
        open_below(folder, "missing")
    with pytest.raises(FileNotFoundError):
        open_below(folder, "missing/file")


def test_no_link_is_followed(folder: int, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("plain")
    (tmp_path / "linked").symlink_to("below")
    for path in ("link", "linked/deep/file"):
        with pytest.raises(NotPlainError):
            open_below(folder, path)


def test_a_store_may_link_its_files_but_not_its_folders(folder: int, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("plain")
    (tmp_path / "linked").symlink_to("below")
    (tmp_path / "zero").symlink_to("/dev/zero")
    os.close(open_below(folder, "link", linked=True))
    for path in ("linked/deep/file", "zero", "linked"):
        with pytest.raises(NotPlainError):
            open_below(folder, path, linked=True)


def test_a_pipe_or_socket_is_not_waited_for(folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for path in ("pipe", "socket"):
            with pytest.raises(NotPlainError):
                open_below(folder, path)


def test_nothing_stays_open(folder: int, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("plain")
    before = descriptors()
    for path in ("link", "below", "missing", "below/deep/missing", "plain"):
        try:
            os.close(open_below(folder, path))
        except (OSError, NotPlainError):
            continue
    assert descriptors() == before


def descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_files_are_listed_with_sizes(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "d").write_bytes(b"1234")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"1")
    assert walk(tmp_path).files == {".hidden": 1, "a": 0, "b/c/d": 4}
    assert walk(tmp_path).findings == []


def test_what_is_no_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("link").symlink_to("/etc/passwd")
    Path("dangling").symlink_to("nowhere")
    Path("loop").symlink_to(".")
    found = walk(tmp_path)
    assert found.files == {}
    assert {(item.check, item.path) for item in found.findings} == {
        ("special-file", name) for name in ("pipe", "link", "dangling", "loop")
    }


def test_a_linked_git_folder_is_no_git_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").symlink_to("/")
    assert [item.check for item in walk(tmp_path).findings] == ["special-file"]


def test_a_name_that_is_no_text_is_said(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).write_bytes(b"x")
    found = walk(tmp_path)
    assert found.files == {}
    assert [(item.check, item.path) for item in found.findings] == [("not-inspected", "caf\\xe9")]
    assert named("plain") == "plain"


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    assert [(item.check, item.path) for item in walk(tmp_path / "gone").findings] == [("not-inspected", ".")]


class _Gone:
    """An entry of a folder that vanished."""

    name = "gone"

    def is_symlink(self) -> bool:
        raise PermissionError(13, "Permission denied")


def test_an_entry_that_vanishes_is_said() -> None:
    found = Walk()
    assert walking._sort(cast("os.DirEntry[str]", _Gone()), "gone", found) is None
    assert [item.message for item in found.findings] == ["it can't be looked at: Permission denied"]


def test_depth_has_an_end(tmp_path: Path) -> None:
    deep = tmp_path / "/".join(["d"] * 70)
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"")
    found = walk(tmp_path)
    assert found.files == {}
    assert [item.check for item in found.findings] == ["not-inspected"]


def test_so_has_the_number_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MAX_ENTRIES", 5)
    for number in range(9):
        (tmp_path / str(number)).write_bytes(b"")
    found = walk(tmp_path)
    assert len(found.files) == 4
    assert [(item.check, item.path) for item in found.findings] == [("not-inspected", ".")]
