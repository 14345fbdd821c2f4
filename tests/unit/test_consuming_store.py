"""A remote by its address, and this machine's copies: without project, DVC or approvals."""

from __future__ import annotations

import errno
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from tests.fakes.pins import FILES, make_pin, pinned

from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.core.progress import Silent
from weighbridge.stores import published
from weighbridge.stores.published import Remote, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

MODEL = {**FILES, "sub/deep/vocab.txt": b"a"}
PIN = make_pin(files=MODEL)
DATA = {pinned(path, data).md5: data for path, data in MODEL.items()}


# fsspec is published with half its types.
_LIBRARY: Any = fsspec


def fill(root: Path) -> None:
    """A remote as DVC lays it out."""
    for md5, data in DATA.items():
        path = root / "files" / "md5" / md5[:2] / md5[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (root / "weighbridge" / "project").mkdir(parents=True)
    (root / "weighbridge" / "project" / "checkpoint.json").write_bytes(b"{}")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(params=["path", "file", "memory", "http"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same remote behind each kind of address."""
    root = tmp_path / "remote"
    fill(root)
    if request.param == "path":
        yield str(root)
    elif request.param == "file":
        yield f"file://{root}"
    elif request.param == "memory":
        memory = _LIBRARY.filesystem("memory")
        name = f"/{os.getpid()}-{tmp_path.name}"
        memory.put(str(root), name, recursive=True)
        yield f"memory:/{name}"
        memory.rm(name, recursive=True)
    else:
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()


def code_of(error: pytest.ExceptionInfo[StoreError] | pytest.ExceptionInfo[IntegrityError]) -> str:
    assert error.value.hint
    return error.value.code


def test_documents_and_objects_are_read_by_address(address: str) -> None:
    remote = Remote(address)
    assert remote.document("project/checkpoint.json") == b"{}"
    assert remote.document("project/none.json") is None
    assert {md5: b"".join(remote.read(md5)) for md5 in DATA} == DATA
    with pytest.raises(StoreError) as caught:
        list(remote.read("f" * 32))
    assert code_of(caught) == "remote-missing"


def test_a_document_is_read_as_it_is_now(address: str, tmp_path: Path) -> None:
    remote = Remote(address)
    assert remote.document("project/checkpoint.json") == b"{}"
    if address.startswith("memory"):
        memory = _LIBRARY.filesystem("memory")
        memory.pipe_file(f"{address.removeprefix('memory:/')}/weighbridge/project/checkpoint.json", b"newer")
    else:
        (tmp_path / "remote" / "weighbridge" / "project" / "checkpoint.json").write_bytes(b"newer")
    assert remote.document("project/checkpoint.json") == b"newer"


def test_a_document_of_any_size_is_not_read(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "MAX_DOCUMENT_BYTES", 1)
    with pytest.raises(IntegrityError) as caught:
        Remote(address).document("project/checkpoint.json")
    assert code_of(caught) == "too-large"


@pytest.mark.parametrize(
    "address", ["/no/such/folder", "no-such-scheme://bucket", "http://user:secret@127.0.0.1:1/store?token=secret"]
)
def test_an_address_that_does_not_answer_is_unreachable_and_keeps_its_secrets(address: str) -> None:
    for call in (lambda: Remote(address).document("project/checkpoint.json"), lambda: list(Remote(address).read("f"))):
        with pytest.raises(StoreError) as caught:
            call()
        assert code_of(caught) == "store-unreachable"
        assert "secret" not in caught.value.message


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "cache" / "weighbridge")


def test_a_model_is_copied_once_and_verified_each_time(shelf: Shelf, address: str) -> None:
    remote = Remote(address)
    folder = shelf.folder(PIN, remote.read, Silent())
    assert shelf.folder(PIN, lambda md5: iter([md5.encode()]), Silent()) == folder
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == MODEL


def test_what_breaks_off_leaves_nothing_visible_and_is_used_again(shelf: Shelf, tmp_path: Path) -> None:
    asked = []

    def read(md5: str) -> Iterator[bytes]:
        asked.append(md5)
        if len(asked) == 2:
            yield DATA[md5][:1]
            raise StoreError("the line broke", code="store-unreachable")
        yield DATA[md5]

    with pytest.raises(StoreError):
        shelf.folder(PIN, read, Silent())
    assert list((tmp_path / "cache" / "weighbridge" / "models").iterdir()) == []
    shelf.folder(PIN, read, Silent())
    assert sorted(asked) == sorted([*DATA, asked[1]])


def test_a_full_disk_is_a_store_error(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for call in (
            lambda: shelf.folder(PIN, lambda md5: iter([DATA[md5]]), Silent()),
            lambda: shelf.keep("key", b""),
        ):
            with pytest.raises(StoreError) as caught:
                call()
            assert code_of(caught) == "no-space"
    assert not (tmp_path / "cache" / "weighbridge" / "models" / PIN.digest).exists()
    shelf.folder(PIN, lambda md5: iter([DATA[md5]]), Silent())


def test_something_else_among_unfinished_bytes_is_not_given_out(shelf: Shelf, tmp_path: Path) -> None:
    building = tmp_path / "cache" / "weighbridge" / "incoming" / PIN.digest.removeprefix("sha256:")
    building.mkdir(parents=True, mode=0o700)
    (building / "extra.py").write_bytes(b"")
    with pytest.raises(IntegrityError) as caught:
        shelf.folder(PIN, lambda md5: iter([DATA[md5]]), Silent())
    assert code_of(caught) == "bytes-differ"
    folder = shelf.folder(PIN, lambda md5: iter([DATA[md5]]), Silent())
    assert not (folder / "extra.py").exists()


def test_documents_are_kept(shelf: Shelf) -> None:
    assert shelf.recall("weighbridge/project/checkpoint.json") is None
    shelf.keep("weighbridge/project/checkpoint.json", b"one")
    shelf.keep("weighbridge/project/checkpoint.json", b"two")
    assert shelf.recall("weighbridge/project/checkpoint.json") == b"two"


def test_a_cache_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError) as caught:
        Shelf(tmp_path / "link").keep("key", b"")
    assert code_of(caught) == "cache-unsafe"


def test_a_copy_that_another_process_made_meanwhile_is_taken(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Shelf(shelf._root)
    whole = Shelf.exclusive

    def late(self: Shelf, scope: str, *, shared: bool = False) -> AbstractContextManager[None]:
        if self is shelf and not shared:
            other.folder(PIN, lambda md5: iter([DATA[md5]]), Silent())
        return whole(self, scope, shared=shared)

    monkeypatch.setattr(Shelf, "exclusive", late)
    folder = shelf.folder(PIN, lambda md5: iter([md5.encode()]), Silent())
    assert (folder / "sub" / "deep" / "vocab.txt").read_bytes() == b"a"
