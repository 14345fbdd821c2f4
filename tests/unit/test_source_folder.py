from __future__ import annotations

import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest

from weighbridge.core.errors import AccessError, IntegrityError, NotFoundError, SourceError
from weighbridge.core.listing import Listing, RemoteFile
from weighbridge.core.ref import Ref
from weighbridge.sources import folder as module
from weighbridge.sources.folder import FolderSource

SOURCE = FolderSource()


def resolve(path: Path | str) -> Listing:
    return SOURCE.resolve(Ref.parse(f"file:{path}"))


def read(listing: Listing, path: str, offset: int = 0) -> bytes:
    file = next(file for file in listing.files if file.path == path)
    return b"".join(SOURCE.read(listing, file, offset))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    (folder / "sub" / "weights.bin").write_bytes(b"w" * 3000)
    return folder


def test_files_are_sorted_by_the_bytes_of_their_paths(model: Path) -> None:
    for name in ("Z", "a", "é", "sub-x"):
        (model / name).write_bytes(b"")
    paths = [file.path for file in resolve(model).files]
    assert paths == sorted(paths, key=str.encode)
    assert len(paths) == 6


def test_the_revision_is_that_of_the_bytes_not_of_the_place(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    model.rename(copy)
    moved = resolve(copy)
    copy.rename(model)
    os.utime(model / "config.json", (1, 1))
    assert resolve(model).revision == moved.revision
    assert moved.revision.startswith("sha256:")
    (model / "config.json").rename(model / "other.json")
    assert resolve(model).revision != moved.revision


def test_one_file_is_a_model(model: Path) -> None:
    listing = resolve(model / "sub" / "weights.bin")
    assert [(file.path, file.size) for file in listing.files] == [("weights.bin", 3000)]
    assert read(listing, "weights.bin", 2990) == b"w" * 10


def test_the_path_is_recorded_as_it_was_written(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(model.parent)
    listing = resolve("model")
    assert listing.identity == {"path": "model"}
    assert str(model.parent) not in str(listing)
    assert read(listing, "config.json") == b"{}"


def test_the_tilde_is_the_home(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(model.parent))
    assert resolve("~/model").identity == {"path": "~/model"}
    with pytest.raises(NotFoundError):
        resolve("~no-such-user-here/model")


def test_links_inside_are_followed(model: Path) -> None:
    (model / "again.bin").symlink_to("sub/weights.bin")
    (model / "folder").symlink_to("sub")
    listing = resolve(model)
    assert [file.path for file in listing.files] == [
        "again.bin",
        "config.json",
        "folder/weights.bin",
        "sub/weights.bin",
    ]
    assert read(listing, "again.bin") == b"w" * 3000


def test_the_folder_itself_may_be_a_link(model: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("model")
    assert resolve(tmp_path / "current").revision == resolve(model).revision


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "../..", "no-such-file", "loop"])
def test_links_that_lead_elsewhere_are_refused_by_name(model: Path, target: str) -> None:
    (model.parent / "secret").write_text("key")
    (model / "sub" / "loop").symlink_to(target)
    with pytest.raises(SourceError) as caught:
        resolve(model)
    assert caught.value.code == "link-outside"
    assert "sub/loop" in caught.value.message
    assert "cp -rL" in caught.value.hint


def test_a_link_in_a_circle_is_refused(model: Path) -> None:
    (model / "sub" / "up").symlink_to("..")
    with pytest.raises(SourceError) as caught:
        resolve(model)
    assert caught.value.code == "link-outside"
    assert "sub/up" in caught.value.message


def test_a_snapshot_of_the_hubs_cache_may_lead_to_its_own_blobs(tmp_path: Path) -> None:
    repository = tmp_path / "models--org--name"
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "blobs" / "0123").write_bytes(b"{}")
    (snapshot / "config.json").symlink_to("../../blobs/0123")
    assert read(resolve(snapshot), "config.json") == b"{}"
    (tmp_path / "models--org--other" / "blobs").mkdir(parents=True)
    (tmp_path / "models--org--other" / "blobs" / "4567").write_bytes(b"{}")
    (snapshot / "tokenizer.json").symlink_to("../../../models--org--other/blobs/4567")
    with pytest.raises(SourceError) as caught:
        resolve(snapshot)
    assert caught.value.code == "link-outside"


def test_pipes_and_sockets_are_refused_and_never_waited_for(model: Path) -> None:
    os.mkfifo(model / "pipe")
    with pytest.raises(SourceError) as caught:
        resolve(model)
    assert caught.value.code == "special-file"
    with pytest.raises(SourceError) as caught:
        resolve(model / "pipe")
    assert caught.value.code == "special-file"
    (model / "pipe").unlink()
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{short}/s")
        with pytest.raises(SourceError) as caught:
            resolve(short)
    assert caught.value.code == "special-file"


def test_a_file_that_becomes_a_pipe_does_not_block_a_read(model: Path) -> None:
    listing = resolve(model / "config.json")
    (model / "config.json").unlink()
    os.mkfifo(model / "config.json")
    with pytest.raises(SourceError) as caught:
        read(listing, "config.json")
    assert caught.value.code == "special-file"


def test_a_file_that_becomes_a_link_outside_is_not_read(model: Path) -> None:
    listing = resolve(model)
    (model.parent / "secret").write_bytes(b"{}")
    (model / "config.json").unlink()
    (model / "config.json").symlink_to("../secret")
    with pytest.raises(SourceError) as caught:
        read(listing, "config.json")
    assert caught.value.code == "link-outside"


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(NotFoundError) as caught:
        resolve(tmp_path / "a")
    assert caught.value.code == "empty"


@pytest.mark.parametrize("path", ["nothing", "model/config.json/below"])
def test_what_is_not_there_is_said_so(model: Path, path: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        resolve(model.parent / path)
    assert caught.value.code == "repository-missing"


def test_a_name_that_is_not_utf8_is_refused(model: Path) -> None:
    Path(os.fsdecode(bytes(model) + b"/\xff.bin")).write_bytes(b"")
    with pytest.raises(SourceError) as caught:
        resolve(model)
    assert caught.value.code == "bad-path"
    assert caught.value.message.isprintable()


def test_growth_and_shrinkage_are_noticed(model: Path) -> None:
    listing = resolve(model)
    for size in (2999, 3001):
        (model / "sub" / "weights.bin").write_bytes(b"w" * size)
        with pytest.raises(IntegrityError) as caught:
            read(listing, "sub/weights.bin")
        assert caught.value.code == "size-mismatch"


def test_a_file_that_shrinks_while_it_is_read_is_noticed(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = resolve(model)
    monkeypatch.setattr(module, "CHUNK_BYTES", 1000)
    file = next(file for file in listing.files if file.path == "sub/weights.bin")
    reader = SOURCE.read(listing, file, 0)
    assert len(next(reader)) == 1000
    os.truncate(model / "sub" / "weights.bin", 1500)
    with pytest.raises(IntegrityError) as caught:
        list(reader)
    assert caught.value.code == "size-mismatch"


def test_a_file_that_vanished_is_said_so(model: Path) -> None:
    listing = resolve(model / "config.json")
    (model / "config.json").unlink()
    with pytest.raises(NotFoundError):
        read(listing, "config.json")


def test_a_file_that_vanished_from_a_folder_is_no_link(model: Path) -> None:
    listing = resolve(model)
    (model / "config.json").unlink()
    with pytest.raises(NotFoundError) as caught:
        read(listing, "config.json")
    assert "link" not in caught.value.message


def test_a_file_that_is_written_while_it_is_hashed_is_refused(model: Path) -> None:
    sparse = model / "sparse.bin"
    with sparse.open("wb") as file:
        file.truncate(256 << 20)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.wait(0.001):
            number += 1
            os.utime(sparse, ns=(number, number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(IntegrityError) as caught:
            resolve(sparse)
    finally:
        stop.set()
        writer.join()
    assert caught.value.code == "changed-in-transfer"


def test_only_listed_files_are_read(model: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        list(SOURCE.read(resolve(model), RemoteFile("../../etc/passwd", 1), 0))
    assert caught.value.code == "file-missing"


def test_a_folder_of_too_many_files_is_refused(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 1)
    with pytest.raises(SourceError) as caught:
        resolve(model)
    assert caught.value.code == "too-many-files"


def test_an_error_of_the_disk_is_ours(model: Path) -> None:
    # Reading one's own memory from its start fails with EIO, for root too: the one such file that every Linux has.
    memory = Path("/proc/self/mem")
    target = memory if memory.exists() else model
    if target == model:
        (model / "config.json").chmod(0)
    with pytest.raises(AccessError) as caught:
        resolve(target)
    assert caught.value.code == "unreadable"
