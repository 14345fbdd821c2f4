"""Sending an answer over a socket, honestly or as its Delivery says.

Files on disk go out by sendfile, so that the test Hub is no bottleneck in a benchmark.
"""

from __future__ import annotations

import itertools
import os
import socket
import ssl
import struct
from typing import TYPE_CHECKING

from tests.fakes.hub.content import Disk
from tests.fakes.hub.messages import Answer, Delivery

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler

_BODILESS = frozenset({204, 304})
_STEPS_PER_SECOND = 50
_HONEST = Delivery()


def send(handler: BaseHTTPRequestHandler, answer: Answer, stopping: threading.Event) -> None:
    """Write status, headers and body; leaves the connection open only if an honest server would.

    Args:
        handler: of the request.
        answer: what to send.
        stopping: set when the Hub stops, which ends slow deliveries.
    """
    answer = answer.settled()
    _send_head(handler, answer)
    if handler.command == "HEAD" or answer.status in _BODILESS:
        return
    delivery = answer.delivery
    if delivery == _HONEST and isinstance(answer.body, Disk) and not isinstance(handler.connection, ssl.SSLSocket):
        _send_file(handler.connection, answer.body, answer.start, answer.end)
        return
    for piece in _paced(_cut(_encoded(answer), delivery), delivery, stopping):
        handler.wfile.write(piece)
    if delivery.reset:
        reset(handler.connection)
    if delivery.cut_after is not None or delivery.promised is not None or delivery.stall_after is not None:
        handler.close_connection = True


def reset(connection: socket.socket) -> None:
    """Close so that the peer gets a TCP reset: no lingering, and past the file objects that keep the socket open."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def _send_head(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.send_response_only(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    delivery = answer.delivery
    if delivery.chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    elif answer.status not in _BODILESS:
        length = answer.end - answer.start if delivery.promised is None else delivery.promised
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _send_file(connection: socket.socket, disk: Disk, start: int, stop: int) -> None:
    if stop > start:
        with disk.path.open("rb") as file:
            connection.sendfile(file, start, stop - start)


def _encoded(answer: Answer) -> Iterator[bytes]:
    pieces = answer.body.pieces(answer.start, answer.end)
    if not answer.delivery.chunked:
        yield from pieces
        yield answer.delivery.more
        return
    for piece in itertools.chain(pieces, [answer.delivery.more]):
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def _cut(pieces: Iterator[bytes], delivery: Delivery) -> Iterator[bytes]:
    limits = [limit for limit in (delivery.cut_after, delivery.stall_after) if limit is not None]
    left = min(limits, default=None)
    for piece in pieces:
        if left is None:
            yield piece
            continue
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _paced(pieces: Iterator[bytes], delivery: Delivery, stopping: threading.Event) -> Iterator[bytes]:
    if delivery.bytes_per_second is None:
        yield from pieces
    else:
        step = max(1, int(delivery.bytes_per_second / _STEPS_PER_SECOND))
        for piece in pieces:
            for at in range(0, len(piece), step):
                part = piece[at : at + step]
                yield part
                if stopping.wait(len(part) / delivery.bytes_per_second):
                    return
    if delivery.stall_after is not None:
        stopping.wait()
