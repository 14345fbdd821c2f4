"""A forward proxy on the loopback interface: CONNECT tunnels (RFC 9110 §9.3.6) and requests for absolute URLs."""

from __future__ import annotations

import base64
import contextlib
import selectors
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

_BUFFER_BYTES = 1 << 16


class FakeProxy:
    """A proxy for any host that it can reach itself.

    Args:
        login: ``user:password`` that it wants; None for anybody.
        refuse: the status of every answer, instead of proxying.
    """

    def __init__(self, *, login: str | None = None, refuse: int | None = None) -> None:
        self.login = login
        self.refuse = refuse
        self.stopping = False
        self.seen: list[tuple[str, str]] = []
        """Method and target of every request."""
        self.headers: list[dict[str, str]] = []
        """Headers of every request that it could read, names in lower case."""
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping = True
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: FakeProxy
    timeout = 5

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Stay silent."""

    def do_CONNECT(self) -> None:
        if not self._is_let_in():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5) as upstream:
            self.send_response(200)
            self.end_headers()
            _pump(self.connection, upstream, self.owner)
        self.close_connection = True

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        parts = urlsplit(self.path)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        kept = [f"{name}: {value}" for name, value in self.headers.items() if not name.lower().startswith("proxy-")]
        lines = [f"GET {target} HTTP/1.1", *kept, "Connection: close", "", ""]
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5) as upstream:
            upstream.sendall("\r\n".join(lines).encode())
            head = b""
            while b"\r\n\r\n" not in head and (piece := upstream.recv(_BUFFER_BYTES)):
                head += piece
            status, _, rest = head.partition(b"\r\n")
            self.connection.sendall(status + b"\r\nConnection: close\r\n" + rest)
            _pump(self.connection, upstream, self.owner)
        self.close_connection = True

    def _is_let_in(self) -> bool:
        self.owner.seen.append((self.command, self.path))
        self.owner.headers.append({name.lower(): value for name, value in self.headers.items()})
        wanted = self.owner.login and "Basic " + base64.b64encode(self.owner.login.encode()).decode()
        status = self.owner.refuse or (407 if wanted and self.headers.get("Proxy-Authorization") != wanted else None)
        if status is not None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return status is None


def _pump(client: socket.socket, upstream: socket.socket, owner: FakeProxy) -> None:
    """Carry bytes both ways until one side ends, or the proxy does: clients keep idle connections open."""
    peer = {client: upstream, upstream: client}
    with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
        for side in peer:
            selector.register(side, selectors.EVENT_READ)
        while not owner.stopping:
            for key, _ in selector.select(timeout=0.02):
                side = client if key.fileobj is client else upstream
                data = side.recv(_BUFFER_BYTES)
                if not data:
                    return
                peer[side].sendall(data)
