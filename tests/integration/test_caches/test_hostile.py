"""Hostile folders: what lies there is told, and nothing outside is ever touched."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.test_caches.looking import FILES, WEIGHTS, Hub, check, contents, pinned, write

from weighbridge.caches import walk as walking
from weighbridge.caches.beneath import open_folder
from weighbridge.caches.kind import Folder
from weighbridge.caches.look import look
from weighbridge.caches.places import existing, recognised
from weighbridge.caches.read import hash_all
from weighbridge.core.cached import Knowledge, State, judge
from weighbridge.core.errors import UsageError
from weighbridge.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("to_folder", [False, True])
def test_a_link_out_of_the_folder_is_told_and_nothing_behind_it_touched(
    tmp_path: Path, *, absolute: bool, to_folder: bool
) -> None:
    outside = write(tmp_path / "outside", {"model.safetensors": WEIGHTS})
    folder = write(tmp_path / "tree", {"inner/x.txt": b"x"})
    target = outside if to_folder else outside / "model.safetensors"
    (folder / "inner" / "link").symlink_to(target if absolute else os.path.relpath(target, folder / "inner"))
    found = check(folder, pinned(FILES, says="revoked"))
    assert found.states == {"inner/link": "outside", "inner/x.txt": "unapproved"}
    assert found.purge() == (frozenset(), ())
    assert contents(outside) == {"model.safetensors": WEIGHTS}


def test_links_within_are_names_of_what_they_lead_to(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree", {"real/model.bin": WEIGHTS})
    (folder / "by-folder").symlink_to("real")
    (folder / "absolute").symlink_to(folder / "real" / "model.bin")
    (folder / "through").symlink_to("by-folder/./model.bin")
    (folder / "chain").symlink_to("through")
    (folder / "root").symlink_to(folder)
    found = check(folder, pinned({"model.bin": WEIGHTS}, says="revoked"))
    (only,) = found.entries
    assert only.file.names == ("absolute", "chain", "real/model.bin", "through")
    found.purge()
    assert sorted(path.name for path in folder.iterdir()) == ["by-folder", "root"]


def test_links_that_lead_nowhere_or_in_a_ring_are_damage(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree", {"file": b"x"})
    (folder / "ring").symlink_to("ring")
    (folder / "gone").symlink_to("missing/file")
    (folder / "through-a-file").symlink_to("file/x")
    assert check(folder).states == {
        "file": "unapproved",
        "gone": "damaged",
        "ring": "damaged",
        "through-a-file": "damaged",
    }


def test_a_fifo_and_a_socket_hold_nobody(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree", {"file": b"x"})
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as listening, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        listening.bind("socket")
        assert check(folder).states == {"fifo": "unreadable", "file": "unapproved", "socket": "unreadable"}


def test_names_of_a_hub_s_cache_lead_nowhere_else(tmp_path: Path) -> None:
    """No name is taken for a path: a repository may call itself as it likes."""
    cache = write(
        tmp_path / "hub",
        {
            "models--..--..--etc/snapshots/x/passwd": WEIGHTS,
            f"models--org--tiny/snapshots/{'1' * 40}/sub/config.json": b"{}",
            f"models--a/blobs/../{'0' * 64}": b"",
        },
    )
    found = check(cache, pinned(FILES, says="revoked"))
    assert found.states["models--..--..--etc/snapshots/x/passwd"] == "revoked"
    found.purge()
    assert not (cache / "models--..--..--etc").exists()


@pytest.mark.parametrize("name", [b"bad-\xff.bin", b"line\nbreak.bin", b"\x1b[31mred.bin"])
def test_a_name_may_hold_any_bytes(tmp_path: Path, name: bytes) -> None:
    folder = write(tmp_path / "tree", {"x": b"x"})
    path = os.fsencode(folder) + b"/" + name
    with open(path, "wb") as file:  # noqa: PTH123 - a name of bytes
        file.write(WEIGHTS)
    found = check(folder, pinned({"model.bin": WEIGHTS}, says="revoked"))
    assert found.purge() == (frozenset({os.fsdecode(name)}), ())
    assert contents(folder) == {"x": b"x"}


def test_a_huge_hole_of_no_pin_s_size_is_not_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree", {"x": b"x"})
    with (folder / "hole.bin").open("wb") as file:
        file.truncate(1 << 40)
    found = check(folder, pinned(FILES))
    assert found.states == {"hole.bin": "unapproved", "x": "unapproved"}
    assert sum(found.read) == 0


def test_folders_without_end_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MAX_DEPTH", 3)
    found = check(write(tmp_path / "tree", {"a/b/c/d/e": WEIGHTS, "x": b"x"}))
    assert found.states == {"a/b/c/d": "unreadable", "x": "unapproved"}


@dataclass
class Meddling(Silent):
    """Somebody writes into the folder while its bytes are read."""

    path: Path
    how: str

    def advance(self, size_bytes: int) -> None:
        del size_bytes
        if self.how == "shorter":
            os.truncate(self.path, 1)
        else:
            self.path.write_bytes(b"other" + self.path.read_bytes())


@pytest.mark.parametrize("how", ["shorter", "longer"])
def test_a_file_that_changes_while_it_is_read_is_not_judged(tmp_path: Path, how: str) -> None:
    data = bytes(5 << 20)
    folder = write(tmp_path / "tree", {"model.bin": data})
    (place,) = recognised([folder])
    found, known = look(place), Knowledge.of([pinned({"model.bin": data}, says="revoked")])
    (files,) = hash_all([found], known.needed, Meddling(folder / "model.bin", how))
    (entry,) = judge(files, known)
    assert entry.state is State.UNREADABLE
    assert "changed" in entry.file.trouble


@pytest.mark.parametrize("harm", ["gone", "fifo", "link", "other", "folder-link"])
def test_what_changed_between_listing_and_reading_is_not_judged(tmp_path: Path, harm: str) -> None:
    folder = write(tmp_path / "tree", {"a/model.bin": WEIGHTS})
    outside = write(tmp_path / "outside", {"model.bin": WEIGHTS})
    (place,) = recognised([folder])
    found, known = look(place), Knowledge.of([pinned({"model.bin": WEIGHTS})])
    exchange(folder / "a", harm, outside)
    (files,) = hash_all([found], known.needed, Silent())
    assert [item.state for item in judge(files, known)] == [State.UNREADABLE]


def exchange(folder: Path, harm: str, outside: Path) -> None:
    """Put something else where `model.bin` was."""
    path = folder / "model.bin"
    path.unlink()
    if harm == "fifo":
        os.mkfifo(path)
    elif harm == "link":
        path.symlink_to(outside / "model.bin")
    elif harm == "other":
        path.write_bytes(WEIGHTS + b"x")
    elif harm == "folder-link":
        folder.rmdir()
        folder.symlink_to(outside)


@pytest.mark.parametrize("harm", ["gone", "fifo", "link", "other", "folder-link"])
def test_what_changed_before_it_was_to_be_removed_is_left_and_told(tmp_path: Path, harm: str) -> None:
    folder = write(tmp_path / "tree", {"a/model.bin": WEIGHTS, "b/copy.bin": WEIGHTS})
    outside = write(tmp_path / "outside", {"model.bin": WEIGHTS})
    found = check(folder, pinned({"model.bin": WEIGHTS}, says="revoked"))
    exchange(folder / "a", harm, outside)
    done, failures = found.purge()
    assert done == {"b/copy.bin"}, "others still go"
    assert [path for path, _ in failures] == ["a/model.bin"]
    assert contents(outside) == {"model.bin": WEIGHTS}
    assert (folder / "a").is_symlink() == (harm == "folder-link")
    assert (folder / "a" / "model.bin").is_symlink() == (harm == "link")


def test_a_link_that_was_bent_meanwhile_is_left(hub: Hub) -> None:
    commit = hub.commit(FILES)
    found = check(hub.cache, pinned(FILES, commit=commit, says="revoked"))
    link = hub.snapshot(commit) / "model.safetensors"
    link.unlink()
    link.symlink_to("config.json")
    done, failures = found.purge()
    assert len(done) == 2
    assert [path for path, _ in failures] == [str(link.relative_to(hub.cache))]


def test_a_ref_that_names_another_commit_stays(hub: Hub) -> None:
    commit = hub.commit(FILES)
    refs = hub.cache / "models--org--tiny" / "refs"
    (refs / "other").write_text("2" * 40)
    (refs / "link").symlink_to(hub.cache.parent / "outside")
    check(hub.cache, pinned(FILES, commit=commit, says="revoked")).purge()
    assert sorted(path.name for path in refs.iterdir()) == ["link", "other"]


def refusing(real: Callable[..., Any], victim: object, error: int) -> Callable[..., Any]:
    """The same call, which the system refuses for one name; as root, modes would stop nobody."""

    def call(*arguments: Any, **more: Any) -> Any:
        if victim in arguments:
            raise OSError(error, os.strerror(error))
        return real(*arguments, **more)

    return call


def test_a_folder_that_may_not_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "tree", {"a/model.bin": WEIGHTS, "x": b"x"})
    monkeypatch.setattr(walking, "open_folder", refusing(open_folder, "a", errno.EACCES))
    assert check(folder).states == {"a": "unreadable", "x": "unapproved"}


def test_a_folder_that_vanishes_while_it_is_listed_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "tree", {"a/model.bin": WEIGHTS, "x": b"x"})
    monkeypatch.setattr(walking, "open_folder", refusing(open_folder, "a", errno.ENOENT))
    assert check(folder).states == {"x": "unapproved"}


def test_a_file_that_may_not_be_read_is_never_approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "tree", {"model.bin": WEIGHTS, "copy.bin": WEIGHTS})
    monkeypatch.setattr(os, "open", refusing(os.open, "model.bin", errno.EACCES))
    found = check(folder, pinned({"model.bin": WEIGHTS}))
    assert found.states == {"copy.bin": "approved", "model.bin": "unreadable"}


def test_a_file_that_may_not_be_removed_is_told_and_the_others_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "tree", {"a/model.bin": WEIGHTS, "b/copy.bin": WEIGHTS})
    found = check(folder, pinned({"model.bin": WEIGHTS}, says="revoked"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refusing(os.unlink, "model.bin", errno.EPERM))
        assert found.purge() == (
            frozenset({"b/copy.bin"}),
            (("a/model.bin", "can't be removed: Operation not permitted"),),
        )
    assert contents(folder) == {"a/model.bin": WEIGHTS}


def test_a_place_that_may_not_be_looked_at_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [(tmp_path / "file" / "x", Folder()), (tmp_path / "x", Folder())]
    write(tmp_path, {"file": b"x"})
    assert existing(wanted) == []
    monkeypatch.setattr(Path, "stat", refusing(Path.stat, tmp_path / "x", errno.EACCES))
    with pytest.raises(UsageError) as caught:
        existing(wanted)
    assert caught.value.code == "no-cache"
