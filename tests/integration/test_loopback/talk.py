"""What the tests of the loopback server share: ways to talk to it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from typing import TYPE_CHECKING

from tests.fakes.hub_pins import REPO, gate_of, hub_pin

from weighbridge.running.loopback import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.running.loopback import Loopback

PATIENCE_SECONDS = 60
FILE = f"/{REPO}/resolve/main/model.safetensors"
PIN = hub_pin()
GATE = gate_of(PIN)
BRIEF = Limits(request_seconds=0.2, idle_seconds=0.2, stall_seconds=0.2, linger_seconds=0.2)
PATIENT = Limits(request_seconds=600, idle_seconds=600, stall_seconds=600)


def connect(loopback: Loopback) -> socket.socket:
    return socket.create_connection(("127.0.0.1", loopback.port), timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def client(loopback: Loopback) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", loopback.port, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        yield connection


def fetch(loopback: Loopback, path: str = FILE, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    with client(loopback) as connection:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        reply = connection.getresponse()
        return reply.status, reply.read()


def exchange(loopback: Loopback, data: bytes) -> bytes:
    """Send some bytes and give everything that comes until the server closes."""
    with connect(loopback) as sock:
        sock.sendall(data)
        received = b""
        while piece := sock.recv(1 << 16):
            received += piece
        return received


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("weighbridge loopback")]


def silent(loopback: Loopback) -> socket.socket:
    return connect(loopback)


def slow_head(loopback: Loopback) -> socket.socket:
    sock = connect(loopback)
    sock.sendall(b"GET / HTT")
    return sock


def slow_body(loopback: Loopback) -> socket.socket:
    sock = connect(loopback)
    sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n1")
    return sock
