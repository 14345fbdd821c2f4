"""A remote that is not a folder: DVC's own HTTP remote, on a real server."""

from __future__ import annotations

import gc
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import Counter, Origin, dvc, pin_of

from weighbridge.core.errors import IntegrityError, StoreError
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.merge_objects import object_findings
from weighbridge.stores.project import initialise
from weighbridge.stores.remotes import Remotes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.pin import Pin

# DVC's HTTP remote never closes its sessions; aiohttp complains when they are collected.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
FILES = {"config.json": b"{}", "weights.safetensors": bytes(range(256)) * 9000}


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Let what DVC left open be collected here, and not in the middle of another test."""
    yield
    gc.collect()


class _Shelf(ThreadingHTTPServer):
    """Keeps what is put to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: dict[str, bytes] = {}
        self.broken = False


class _Handler(BaseHTTPRequestHandler):
    server: _Shelf

    def _answer(self, code: int, data: bytes = b"") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def do_GET(self) -> None:
        if self.server.broken:
            self._answer(403)
            return
        data = self.server.kept.get(self.path)
        self._answer(404 if data is None else 200, data or b"")

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def do_POST(self) -> None:
        body = self._body()
        if not self.server.broken:
            self.server.kept[self.path] = body
        self._answer(403 if self.server.broken else 200)

    do_PUT = do_POST  # noqa: N815 - the name that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing."""


@pytest.fixture
def shelf() -> Iterator[_Shelf]:
    with _Shelf() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shelf: _Shelf) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    root = tmp_path / "project"
    initialise(root)
    dvc(root, "remote", "add", "-d", "shelf", f"http://127.0.0.1:{shelf.server_port}/models")
    dvc(root, "remote", "modify", "shelf", "verify", "true")
    return root


def kept(root: Path) -> Pin:
    origin = Origin(FILES)
    with DvcStore(root).receive(origin.listing, origin.read, Counter(), key="minilm") as intake:
        pin = pin_of(intake.files)
        intake.keep(pin)
    return pin


def forget(root: Path, pin: Pin) -> None:
    """As on a machine that has only the Git repository."""
    DvcStore(root).remove(pin)
    for file in pin.files:
        (root / ".dvc/cache/files/md5" / file.md5[:2] / file.md5[2:]).unlink()


def test_push_and_restore(root: Path, shelf: _Shelf) -> None:
    pin, store = kept(root), DvcStore(root)
    assert [problem.code for problem in store.problems([pin])] == ["remote-missing"]
    assert store.push(pin, Counter()) is True
    assert store.push(pin, Counter()) is False
    assert store.problems([pin]) == ()
    assert {data for path, data in shelf.kept.items() if not path.endswith(".dir")} == set(FILES.values())
    forget(root, pin)
    progress = Counter()
    assert store.restore(pin, progress) is True
    store.verify(pin, Counter())
    assert progress.open == 0


def test_what_was_pushed_is_what_stock_dvc_pulls(root: Path) -> None:
    pin, store = kept(root), DvcStore(root)
    store.push(pin, Counter())
    pointer = store.path(pin).with_suffix(".dvc").read_text()
    forget(root, pin)
    store.path(pin).with_suffix(".dvc").write_text(pointer)
    dvc(root, "pull")
    store.verify(pin, Counter())


def test_a_tampered_object_is_refused(root: Path, shelf: _Shelf) -> None:
    pin, store = kept(root), DvcStore(root)
    store.push(pin, Counter())
    path = next(path for path, data in shelf.kept.items() if data == FILES["weights.safetensors"])
    shelf.kept[path] = FILES["weights.safetensors"][::-1]
    forget(root, pin)
    with pytest.raises(IntegrityError) as error:
        store.restore(pin, Counter())
    assert error.value.code == "remote-differs"
    assert path in error.value.hint
    assert not store.path(pin).exists()


def test_a_missing_object_and_a_closed_door_are_said(root: Path, shelf: _Shelf) -> None:
    pin, store = kept(root), DvcStore(root)
    store.push(pin, Counter())
    forget(root, pin)
    path = next(path for path, data in shelf.kept.items() if data == FILES["weights.safetensors"])
    del shelf.kept[path]
    with pytest.raises(StoreError) as error:
        store.restore(pin, Counter())
    assert error.value.code == "remote-missing"
    shelf.broken = True
    with pytest.raises(StoreError) as error:
        store.restore(pin, Counter())
    assert error.value.code == "remote-failed"
    with pytest.raises(StoreError) as error:
        store.push(kept(root), Counter())
    assert error.value.code == "remote-failed"


def test_a_damaged_object_is_not_pushed(root: Path, shelf: _Shelf) -> None:
    pin, store = kept(root), DvcStore(root)
    victim = store.path(pin) / "config.json"
    victim.chmod(0o644)
    victim.write_bytes(b"[]")
    with pytest.raises(IntegrityError) as error:
        store.push(pin, Counter())
    assert error.value.code == "bytes-differ"
    assert not shelf.kept


def test_documents(root: Path) -> None:
    store = DvcStore(root)
    assert store.published("project/a.json") is None
    store.publish("project/a.json", b"one")
    store.publish("project/a.json", b"two")
    assert store.published("project/a.json") == b"two"


def test_what_a_remote_lacks_is_found_by_names_alone(root: Path, shelf: _Shelf) -> None:
    pin = kept(root)

    def looked() -> list[str]:
        return [item.code for item in object_findings(root, "models/", [pin], Remotes())]

    assert looked() == ["remote-missing"]
    DvcStore(root).push(pin, Counter())
    assert looked() == []
    shelf.kept.pop(next(path for path in shelf.kept if not path.endswith(".dir")))
    assert looked() == ["remote-missing"]
    # Who is refused at the door can't tell what is behind it: it counts as missing.
    shelf.broken = True
    assert looked() == ["remote-missing"]
    config = root / ".dvc" / "config"
    config.write_text(config.read_text(encoding="utf-8").replace("http://", "gdrive://"), encoding="utf-8")
    assert looked() == ["remote-unknown"]
