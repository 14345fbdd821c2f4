from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
from typing import BinaryIO

import pytest
from tests.fakes.hub_pins import COMMIT, REPO, WEIGHTS, Shelf
from tests.integration.test_loopback.talk import (
    FILE,
    GATE,
    PATIENCE_SECONDS,
    PATIENT,
    PIN,
    client,
    connect,
    exchange,
    fetch,
    ours,
    slow_head,
)

from weighbridge.core.errors import DeniedError, WeighbridgeError
from weighbridge.core.http import Answer, FileRange, Request
from weighbridge.running.loopback import Loopback


def test_files_and_parts_of_them_come_as_they_are(served: Loopback, shelf: Shelf) -> None:
    assert fetch(served) == (200, WEIGHTS)
    assert fetch(served, Range="bytes=5-9") == (206, WEIGHTS[5:10])
    assert fetch(served, f"/{REPO}/resolve/main/empty.txt") == (200, b"")
    assert [file.path for file in shelf.opened] == ["model.safetensors"] * 2
    assert shelf.denied == []


def test_head_and_304_bring_nothing_and_open_nothing(served: Loopback, shelf: Shelf) -> None:
    with client(served) as connection:
        connection.request("HEAD", FILE)
        reply = connection.getresponse()
        assert (reply.status, reply.read(), reply.headers["Content-Length"]) == (200, b"", str(len(WEIGHTS)))
        connection.request("GET", FILE, headers={"If-None-Match": reply.headers["ETag"]})
        same = connection.getresponse()
        assert (same.status, same.read(), same.headers["Content-Length"]) == (304, b"", None)
    assert shelf.opened == []


def test_one_connection_serves_many_requests(served: Loopback) -> None:
    with client(served) as connection:
        connection.connect()
        sock = connection.sock
        for method, path in (("GET", FILE), ("HEAD", FILE), ("GET", "/none"), ("GET", f"/api/models/{REPO}")):
            connection.request(method, path)
            connection.getresponse().read()
            assert connection.sock is sock
        body = b"paths=config.json"
        connection.request(
            "POST", f"/api/models/{REPO}/paths-info/main", body, {"Content-Type": "x-www-form-urlencoded"}
        )
        assert b'"config.json"' in connection.getresponse().read()
        assert connection.sock is sock


def test_requests_may_come_all_at_once(served: Loopback) -> None:
    one = f"GET {FILE} HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-0\r\n".encode()
    received = exchange(served, (one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n")
    assert received.count(b"HTTP/1.1 206 Partial Content\r\n") == 4
    assert received.count(b"Connection: close\r\n") == 1


def test_a_body_that_waits_is_asked_for(served: Loopback) -> None:
    head = f"POST /api/models/{REPO}/paths-info/main HTTP/1.1\r\nHost: [::1]:1\r\nContent-Length: 17\r\n"
    with connect(served) as sock:
        sock.sendall(f"{head}Expect: 100-continue\r\nConnection: close\r\n\r\n".encode())
        assert sock.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"paths=config.json")
        assert b"200 OK" in sock.recv(1 << 16)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n", 403),
        (b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (1 << 16) + b"\r\n\r\n", 431),
        (b"A" * (200 << 10), 431),
        (b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 505),
    ],
)
def test_garbage_gets_an_answer_and_ends_its_connection(
    served: Loopback, shelf: Shelf, capfd: pytest.CaptureFixture[str], data: bytes, status: int
) -> None:
    with connect(served) as sock:
        with contextlib.suppress(ConnectionError):  # the server has read enough
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1 << 16).startswith(f"HTTP/1.1 {status} ".encode())
    assert fetch(served)[0] == 200
    assert len(shelf.denied) == (status == 403)
    assert capfd.readouterr() == ("", "")


def test_what_is_denied_is_told_and_recorded(served: Loopback, shelf: Shelf) -> None:
    status, body = fetch(served, "/org/none/resolve/main/config.json")
    assert status == 404
    ((repo, revision, path, reason),) = shelf.denied
    assert (repo, revision, path) == ("org/none", "main", "config.json")
    assert reason.encode() in body


def test_bytes_that_are_not_what_was_pinned_never_leave(served: Loopback, shelf: Shelf) -> None:
    shelf.path(PIN.digest, "model.safetensors").write_bytes(WEIGHTS[:-1] + b"x")
    status, body = fetch(served)
    assert status == 403
    assert b"model.safetensors is not what was pinned; weighbridge pull" in body
    assert [(repo, revision, path) for repo, revision, path, _ in shelf.denied] == [(REPO, COMMIT, "model.safetensors")]
    assert fetch(served, f"/{REPO}/resolve/main/config.json")[0] == 200


def test_a_file_that_is_gone_is_a_failure_of_ours(shelf: Shelf) -> None:
    shelf.path(PIN.digest, "model.safetensors").unlink()
    with shelf.loopback(GATE) as loopback:
        status, body = fetch(loopback)
        assert status == 500
        assert b"could not be opened" in body
    assert [type(crash) for crash in shelf.crashes] == [FileNotFoundError]


def test_a_denial_while_opening_is_a_missing_revision(shelf: Shelf) -> None:
    def revoked(_: FileRange) -> BinaryIO:
        raise DeniedError("tiny was revoked", reasons=("revoked",))

    with shelf.loopback(GATE, open_verified=revoked) as loopback:
        assert fetch(loopback)[0] == 404
    assert len(shelf.denied) == 1


class Growing(io.BytesIO):
    """Not a file of the system's; says how it was read."""


@pytest.mark.parametrize("part", ["", "bytes=70000-70009"])
def test_what_only_reads_like_a_file_is_sent_too(shelf: Shelf, part: str) -> None:
    opened: list[Growing] = []

    def reading(_: FileRange) -> BinaryIO:
        opened.append(Growing(WEIGHTS))
        return opened[-1]

    with shelf.loopback(GATE, open_verified=reading) as loopback:
        body = fetch(loopback, Range=part)[1] if part else fetch(loopback)[1]
    assert body == (WEIGHTS[70000:70010] if part else WEIGHTS)
    assert opened[0].closed


@pytest.mark.parametrize("is_real", [True, False])
def test_a_file_that_gets_shorter_ends_the_connection(shelf: Shelf, *, is_real: bool) -> None:
    def shorter(wanted: FileRange) -> BinaryIO:
        place = shelf.path(wanted.digest, wanted.path)
        place.write_bytes(WEIGHTS[:100])
        return place.open("rb") if is_real else io.BytesIO(WEIGHTS[:100])

    with shelf.loopback(GATE, open_verified=shorter) as loopback, pytest.raises(http.client.IncompleteRead):
        fetch(loopback)
    assert shelf.crashes == []


def test_callbacks_may_be_left_out(shelf: Shelf) -> None:
    def odd(_: Request) -> Answer:
        return Answer(299, {}, b"odd")

    quiet = Loopback(answer=odd, open_verified=shelf.open_verified, failed=GATE.failed)
    with quiet:
        assert fetch(quiet) == (299, b"odd")
        assert exchange(quiet, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403 ")


def test_many_clients_are_served_at_once(served: Loopback) -> None:
    bodies: list[bytes] = []

    def load() -> None:
        bodies.append(fetch(served)[1])

    threads = [threading.Thread(target=load) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [WEIGHTS] * 24


def test_nothing_is_left_after_the_end(shelf: Shelf) -> None:
    before = set(ours())
    loopback = shelf.loopback(GATE, limits=PATIENT)
    with loopback:
        port = loopback.port
        idle, busy = connect(loopback), slow_head(loopback)
        assert fetch(loopback)[0] == 200
    with idle, busy:
        assert idle.recv(1) == b""
        assert busy.recv(1) == b""
    assert set(ours()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    loopback.stop()


def test_what_was_never_started_can_be_stopped(shelf: Shelf) -> None:
    before = set(ours())
    shelf.loopback(GATE).stop()
    assert set(ours()) == before


def test_a_socket_may_be_handed_in(shelf: Shelf) -> None:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    with shelf.loopback(GATE, sock=sock) as loopback:
        assert loopback.url == f"http://127.0.0.1:{sock.getsockname()[1]}"
        assert fetch(loopback)[0] == 200


def test_no_port_is_an_error_with_a_next_step(shelf: Shelf) -> None:
    sock = socket.socket()
    sock.close()
    with pytest.raises(WeighbridgeError) as caught:
        shelf.loopback(GATE, sock=sock)
    assert caught.value.code == "no-loopback"
