"""A server of HTTP/1.1 on this machine alone, which lives as long as a program.

It carries requests to whoever answers them and knows nothing of models. Only loopback names are answered to, and no
page of the web. Any process on this machine that can reach the port can read what is served.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Self

from weighbridge.core.errors import WeighbridgeError
from weighbridge.running.host import Host, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.http import Answer, FileRange, Request

__all__ = ["Limits", "Loopback"]

LOOPBACK = "127.0.0.1"
_BACKLOG = 128
_PAUSE_SECONDS = 0.1


def _ignore(*_: object) -> None:
    pass


class Loopback:
    """The server: a context manager, entered once.

    The callables are called from many threads at once. `open_verified` gives the whole file, open in binary mode; it is
    closed here. Clients wait some ten seconds for the first byte: what takes longer to verify is verified before.

    Args:
        answer: Gives the answer to a request.
        open_verified: Opens a pinned file, once for each answer that sends bytes of it.
        failed: Gives the answer where that raised an error of ours.
        on_denied: Hears of everything denied: repository, revision, path, reason.
        on_crash: Hears of an error that is nobody's but the program's; the client gets a 500.
        sock: A bound socket of another network namespace, say; None for any free port of 127.0.0.1.
        limits: What clients may take.

    Raises:
        WeighbridgeError: Code ``no-loopback``: this machine gives no port.
    """

    def __init__(
        self,
        *,
        answer: Callable[[Request], Answer],
        open_verified: Callable[[FileRange], BinaryIO],
        failed: Callable[[Request, FileRange, WeighbridgeError], Answer],
        on_denied: Callable[[str, str, str, str], None] = _ignore,
        on_crash: Callable[[BaseException], None] = _ignore,
        sock: socket.socket | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._host = Host(answer, open_verified, failed, on_denied, on_crash)
        self._limits = limits or Limits()
        self._listener = _listening(sock)
        self._wake_in, self._wake_out = socket.socketpair()
        self._changed = threading.Condition()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._idle: dict[socket.socket, None] = {}
        self._is_stopping = False
        self._thread = threading.Thread(target=self._accept_all, name="weighbridge loopback", daemon=True)

    @property
    def port(self) -> int:
        """The port of the listening socket."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """What clients are told, without a slash at the end."""
        address = str(self._listener.getsockname()[0])
        return f"http://[{address}]:{self.port}" if ":" in address else f"http://{address}:{self.port}"

    def start(self) -> None:
        """Serve from threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End every connection and wait for every thread; a second time does nothing."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        with contextlib.suppress(OSError):  # it was closed before
            self._wake_in.send(b"x")
        if self._thread.ident is not None:
            self._thread.join()
        with self._changed:
            threads = list(self._open.values())
            for connection in self._open:
                _end(connection)
        for thread in threads:
            thread.join()
        for closing in (self._listener, self._wake_in, self._wake_out):
            closing.close()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _accept_all(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake_out, selectors.EVENT_READ)
            while not self._is_stopping:
                selector.select()
                if self._has_room():
                    self._accept()

    def _has_room(self) -> bool:
        """Wait until one more client may come; the one that has been idle for longest makes room."""
        with self._changed:
            while len(self._open) >= self._limits.connections and not self._is_stopping:
                if self._idle:
                    connection = next(iter(self._idle))
                    del self._idle[connection]
                    _end(connection)
                self._changed.wait()
            return not self._is_stopping

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:  # the client went away before
            return
        except OSError:  # no descriptor is free
            with self._changed:
                self._changed.wait(_PAUSE_SECONDS)
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        thread = threading.Thread(
            target=self._hold, args=(connection,), name="weighbridge loopback client", daemon=True
        )
        with self._changed:
            self._open[connection] = thread
        try:
            thread.start()
        except RuntimeError as error:  # the system gives no more threads
            self._host.on_crash(error)
            self._close(connection)

    def _hold(self, connection: socket.socket) -> None:
        from weighbridge.running.conversation import Conversation  # noqa: PLC0415  many programs never ask

        try:
            Conversation(connection, self._host, self._limits, partial(self._set_idle, connection)).hold()
        except OSError:
            pass  # the client went away, or stalled
        except Exception as error:  # noqa: BLE001 - one connection must not end the server
            self._host.on_crash(error)
        finally:
            self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        with self._changed:
            self._idle.pop(connection, None)
            del self._open[connection]
            connection.close()
            self._changed.notify_all()

    def _set_idle(self, connection: socket.socket, is_idle: bool) -> None:  # noqa: FBT001 - called by position
        with self._changed:
            if is_idle:
                self._idle[connection] = None
                self._changed.notify_all()
            else:
                self._idle.pop(connection, None)


def _listening(sock: socket.socket | None) -> socket.socket:
    """A socket that listens and never blocks; the given one, or a new one on any free port."""
    try:
        if sock is None:
            sock = socket.create_server((LOOPBACK, 0), backlog=_BACKLOG)
        else:
            sock.listen(_BACKLOG)
    except OSError as error:
        raise WeighbridgeError(
            f"this machine gives no port on {LOOPBACK}: {error.strerror}",
            code="no-loopback",
            hint="check that the loopback interface is up and that this process may open sockets",
        ) from error
    sock.setblocking(False)
    return sock


def _end(connection: socket.socket) -> None:
    """Wake the connection's thread, which closes it."""
    with contextlib.suppress(OSError):  # the client was quicker
        connection.shutdown(socket.SHUT_RDWR)
