"""Clients that send garbage, stall or go away, and systems that have nothing left: nobody else is harmed."""

from __future__ import annotations

import contextlib
import errno
import http.client
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

import pytest
from tests.fakes.hub_pins import REPO, WEIGHTS, Shelf
from tests.integration.test_loopback.talk import (
    BRIEF,
    FILE,
    GATE,
    connect,
    fetch,
    ours,
    silent,
    slow_body,
    slow_head,
)

from weighbridge.core.http import Answer, FileRange, Request
from weighbridge.running.loopback import Limits, Loopback

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_paths_lead_nowhere_else(served: Loopback, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for path in ("../secret", "..%2fsecret", "%2e%2e/secret", "//secret", f"{tmp_path}/secret", "onnx/../../secret"):
        status, body = fetch(served, f"/{REPO}/resolve/main/{path}")
        assert status == 404
        assert b'"secret"' not in body
    assert shelf.opened == []


def test_a_mistake_of_the_program_is_a_500_and_no_traceback(shelf: Shelf, capfd: pytest.CaptureFixture[str]) -> None:
    def broken(_: Request) -> Answer:
        raise RuntimeError("a mistake")

    def broken_file(_: FileRange) -> BinaryIO:
        raise RuntimeError("another")

    wrong = Loopback(
        answer=broken, open_verified=shelf.open_verified, failed=GATE.failed, on_crash=shelf.crashes.append
    )
    with wrong:
        assert fetch(wrong)[0] == 500
    with shelf.loopback(GATE, open_verified=broken_file) as loopback, pytest.raises(http.client.RemoteDisconnected):
        fetch(loopback)
    assert [str(crash) for crash in shelf.crashes] == ["a mistake", "another"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("stall", [silent, slow_head, slow_body])
def test_who_stalls_is_let_go(shelf: Shelf, stall: Callable[[Loopback], socket.socket]) -> None:
    with shelf.loopback(GATE, limits=BRIEF) as loopback, stall(loopback) as sock:
        assert sock.recv(1) == b""
        assert fetch(loopback)[0] == 200


def test_who_sends_more_than_is_taken_is_let_go(shelf: Shelf) -> None:
    with shelf.loopback(GATE, limits=Limits(body_bytes=10, linger_seconds=600)) as loopback, connect(loopback) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        assert sock.recv(12) == b"HTTP/1.1 413"
        with contextlib.suppress(ConnectionError):
            sock.sendall(b"x" * 100_000)
            while sock.recv(1 << 16):
                pass
        while any(thread.name.endswith("client") for thread in ours()):
            time.sleep(0.01)


def test_who_has_used_up_the_time_of_a_request_is_let_go(shelf: Shelf) -> None:
    with shelf.loopback(GATE, limits=Limits(request_seconds=0)) as loopback, slow_body(loopback) as sock:
        assert sock.recv(1) == b""


def test_who_does_not_read_is_let_go(shelf: Shelf) -> None:
    def endless(_: Request) -> Answer:
        return Answer(200, {}, bytes(64 << 20))

    greedy = Loopback(answer=endless, open_verified=shelf.open_verified, failed=GATE.failed, limits=BRIEF)
    with greedy, connect(greedy) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(1, socket.MSG_PEEK)
        while any(thread.name.endswith("client") for thread in ours()):
            time.sleep(0.01)
        received = 0
        with contextlib.suppress(ConnectionError):
            while piece := sock.recv(1 << 20):
                received += len(piece)
        assert received < 64 << 20


def test_who_goes_away_harms_nobody(served: Loopback, shelf: Shelf, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(20):
        with connect(served) as sock:
            sock.sendall(f"GET {FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 50)
            # A reset, in the middle of what is sent.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert fetch(served) == (200, WEIGHTS)
    assert shelf.crashes == []
    assert capfd.readouterr() == ("", "")


def test_idle_connections_make_room_and_the_rest_wait(shelf: Shelf) -> None:
    few = Limits(connections=3, idle_seconds=600, request_seconds=600)
    with shelf.loopback(GATE, limits=few) as loopback, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connect(loopback)) for _ in range(10)]
        assert fetch(loopback) == (200, WEIGHTS)
        # Those that have been idle for longest are gone.
        assert idle[0].recv(1) == b""
        assert len(ours()) <= few.connections + 1


def test_who_comes_when_all_are_busy_waits(shelf: Shelf) -> None:
    busy, free = threading.Event(), threading.Event()

    def slow(wanted: FileRange) -> BinaryIO:
        busy.set()
        free.wait()
        return shelf.open_verified(wanted)

    with shelf.loopback(GATE, open_verified=slow, limits=Limits(connections=1)) as loopback, connect(loopback) as first:
        first.sendall(f"GET {FILE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        busy.wait()
        with connect(loopback) as second:
            second.sendall(b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n")
            free.set()
            assert first.recv(12) == b"HTTP/1.1 200"
            first.close()
            assert second.recv(12) == b"HTTP/1.1 404"


class Odd(socket.socket):
    """A listening socket to which odd things happen once each, before it does what it should."""

    happenings: ClassVar[list[OSError]] = []

    def accept(self) -> tuple[socket.socket, Any]:
        if self.happenings:
            raise self.happenings.pop()
        return super().accept()

    def getsockname(self) -> Any:
        return ("::1", *super().getsockname()[1:], 0, 0)


def test_who_goes_away_before_and_a_lack_of_descriptors_are_no_end(shelf: Shelf) -> None:
    sock = Odd()
    sock.bind(("127.0.0.1", 0))
    Odd.happenings += [BlockingIOError(errno.EAGAIN, "gone"), OSError(errno.EMFILE, "too many open files")]
    with shelf.loopback(GATE, sock=sock) as loopback:
        assert fetch(loopback) == (200, WEIGHTS)
        assert loopback.url == f"http://[::1]:{loopback.port}"
    assert sock.happenings == []


def test_no_thread_for_a_client_is_no_end(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    refused: list[str] = []

    def start_one_less(thread: threading.Thread) -> None:
        if thread.name.endswith("client") and not refused:
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_one_less)
    with shelf.loopback(GATE) as loopback:
        with connect(loopback) as sock:
            assert sock.recv(1) == b""
        assert fetch(loopback) == (200, WEIGHTS)
    assert [type(crash) for crash in shelf.crashes] == [RuntimeError]
