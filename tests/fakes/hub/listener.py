"""One listening socket with its threads."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

from tests.fakes.hub.delivery import send
from tests.fakes.hub.messages import Answer, Host, Question

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = "127.0.0.1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def _serve(self) -> None:
        listener = cast("Listener", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        question = Question(self.command, self.path, headers, listener.host, body)
        send(self, listener.respond(question), listener.stopping)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server looks up

    def log_message(self, *_: Any) -> None:
        """Say nothing: the Hub keeps its own log."""


class Listener(ThreadingHTTPServer):
    """A server on the loopback interface, with its thread and its open connections.

    Args:
        host: which part of the Hub this is.
        respond: gives the answer to a request; called from many threads.
        port: 0 for any free one.
        tls: serve HTTPS with this context.
    """

    daemon_threads = False
    request_queue_size = 128

    def __init__(
        self, host: Host, respond: Callable[[Question], Answer], *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.host = host
        self.respond = respond
        self.stopping = threading.Event()
        self.crashes: list[BaseException] = []
        self._tls = tls
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), _Handler)
        self._thread = threading.Thread(target=self._accept, name=f"fake {host}")

    @property
    def url(self) -> str:
        """Without a slash at the end; certificates are made for names, so with TLS it says localhost."""
        return f"https://localhost:{self.server_port}" if self._tls else f"http://{LOOPBACK}:{self.server_port}"

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End every connection and wait for every thread."""
        self.stopping.set()
        with socket.create_connection((LOOPBACK, self.server_port)):  # wakes the thread that waits for one
            self._thread.join()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):  # the handler was quicker
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self.server_close()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            self.handle_request()

    def server_bind(self) -> None:
        """Bind without asking the name service for this machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; the TLS handshake is left to the connection's own thread."""
        connection, address = super().get_request()
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what is a mistake of the fake itself; a client that goes away is none."""
        del request, client_address
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError | ssl.SSLError | TimeoutError):
            self.crashes.append(error)
