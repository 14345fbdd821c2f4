"""One connection: requests in, answers out, until either side has enough.

A client that stalls, sends garbage or goes away ends its own connection; nothing is printed. The bytes of files leave
by sendfile where the file is a real one.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import stat
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

from weighbridge.core.errors import StoreError, WeighbridgeError
from weighbridge.core.http import Answer, FileRange, Request
from weighbridge.running.parsing import Head, RefusedRequest, parse, require_local

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.running.host import Host, Limits

_PIECE_BYTES = 1 << 20
_END = b"\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ClientGoneError(OSError):
    """The client went away, or stalled for too long."""


class Conversation:
    """The exchange with one client.

    Args:
        connection: Accepted, and closed by whoever accepted it.
        host: Who answers.
        limits: What is taken.
        on_idle: Told that the connection waits for a request, and that it no longer does.
    """

    def __init__(self, connection: socket.socket, host: Host, limits: Limits, on_idle: Callable[[bool], None]) -> None:
        self._connection = connection
        self._host = host
        self._limits = limits
        self._on_idle = on_idle
        self._received = bytearray()

    def hold(self) -> None:
        """Answer until the client has enough.

        Raises:
            OSError: The client went away, stalled, or could not be sent all.
        """
        while (head := self._next_head()) is not None:
            try:
                request = self._request(parse(bytes(head)))
            except RefusedRequest as refused:
                self._refuse(refused.answer)
                return
            if not self._respond(*request):
                return

    def _request(self, head: Head) -> tuple[Request, bool]:
        require_local(head.headers)
        if head.body_bytes > self._limits.body_bytes:
            raise RefusedRequest(413, "the body is too large")
        deadline = time.monotonic() + self._limits.request_seconds
        if head.waits and head.body_bytes:
            self._send(_CONTINUE)
        while len(self._received) < head.body_bytes:
            self._receive(deadline)
        body = bytes(self._received[: head.body_bytes])
        del self._received[: head.body_bytes]
        return Request(head.method, head.target, head.headers, body), head.is_kept

    def _next_head(self) -> bytearray | None:
        """The next request's head without its end; None if the client has closed before one began."""
        if not self._received:
            self._on_idle(True)
            try:
                self._receive(time.monotonic() + self._limits.idle_seconds)
            except ClientGoneError:
                return None
            finally:
                self._on_idle(False)
        deadline = time.monotonic() + self._limits.request_seconds
        while (end := self._received.find(_END)) < 0:
            if len(self._received) > self._limits.head_bytes:
                break
            self._receive(deadline)
        if not 0 <= end <= self._limits.head_bytes:
            self._received.clear()
            self._refuse(RefusedRequest(431, "the request's head is too large").answer)
            return None
        head = self._received[:end]
        del self._received[: end + len(_END)]
        return head

    def _receive(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ClientGoneError
        self._connection.settimeout(left)
        try:
            data = self._connection.recv(64 << 10)
        except OSError as error:
            raise ClientGoneError from error
        if not data:
            raise ClientGoneError
        self._received += data

    def _respond(self, request: Request, is_kept: bool) -> bool:  # noqa: FBT001 - it is given on
        """Send one answer, and tell whether the connection may go on."""
        try:
            answer = self._host.answer(request)
        except Exception as error:  # noqa: BLE001 - a mistake of the program must not end the server
            self._host.on_crash(error)
            answer, is_kept = RefusedRequest(500, "Weighbridge could not answer this").answer, False
        with contextlib.ExitStack() as opened:
            file = None
            if isinstance(answer.body, FileRange) and request.method == "GET" and answer.body.length:
                answer, file = self._open(request, answer, answer.body)
            if file is not None:
                opened.enter_context(file)
            self._tell(answer)
            self._send(_head(answer, is_kept=is_kept))
            if request.method != "HEAD":
                self._send_body(answer.body, file)
        if not is_kept:
            self._linger()
        return is_kept

    def _open(self, request: Request, answer: Answer, body: FileRange) -> tuple[Answer, BinaryIO | None]:
        try:
            return answer, self._host.open_verified(body)
        except WeighbridgeError as error:
            return self._host.failed(request, body, error), None
        except OSError as error:
            self._host.on_crash(error)
            return self._host.failed(request, body, StoreError("the file could not be opened")), None

    def _send_body(self, body: bytes | FileRange, file: BinaryIO | None) -> None:
        if isinstance(body, bytes):
            self._send(body)
        elif file is not None:
            self._connection.settimeout(self._limits.stall_seconds)
            sent = self._send_file(file, body.start, body.length)
            if sent != body.length:
                # The file got shorter: the client must see less than it was promised, not another answer's bytes.
                raise ClientGoneError

    def _send_file(self, file: BinaryIO, start: int, length: int) -> int:
        if _is_real(file):
            return self._connection.sendfile(file, start, length)
        file.seek(start)
        sent = 0
        while sent < length and (piece := file.read(min(_PIECE_BYTES, length - sent))):
            self._send(piece)
            sent += len(piece)
        return sent

    def _send(self, data: bytes) -> None:
        # Piece by piece: the time-out of `sendall` would count for all of it.
        self._connection.settimeout(self._limits.stall_seconds)
        left = memoryview(data)
        while left:
            left = left[self._connection.send(left[:_PIECE_BYTES]) :]

    def _refuse(self, answer: Answer) -> None:
        self._tell(answer)
        self._send(_head(answer, is_kept=False) + (answer.body if isinstance(answer.body, bytes) else b""))
        self._linger()

    def _tell(self, answer: Answer) -> None:
        if answer.denial is not None:
            denial = answer.denial
            self._host.on_denied(denial.repo, denial.revision, denial.path, denial.reason)

    def _linger(self) -> None:
        """Let the client read the answer: a close with bytes unread would reset the connection under it."""
        self._connection.shutdown(socket.SHUT_WR)
        deadline, left = time.monotonic() + self._limits.linger_seconds, self._limits.body_bytes
        with contextlib.suppress(ClientGoneError):
            while left > 0:
                self._received.clear()
                self._receive(deadline)
                left -= len(self._received)


def _head(answer: Answer, *, is_kept: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}", *(f"{k}: {v}" for k, v in answer.headers.items())]
    if answer.status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {answer.length}")
    lines.append(f"Connection: {'keep-alive' if is_kept else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _is_real(file: BinaryIO) -> bool:
    """Whether the system can send it: a regular file, not something that only reads like one."""
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except (AttributeError, io.UnsupportedOperation, OSError):
        return False
