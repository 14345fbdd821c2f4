"""Serving: the life of a worker process: get ready, lock down, answer one request after the other.

Descriptor 0 is a socket: lines of JSON come in with one open file each (SCM_RIGHTS), lines of JSON go out. A worker
opens no path of the model itself.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from typing import TYPE_CHECKING, BinaryIO

from weighbridge.checks import sandbox
from weighbridge.checks.answer import MAX_REQUEST_BYTES, Answer, Request, request_from
from weighbridge.checks.limits import Limits
from weighbridge.core import canonical, shape
from weighbridge.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    Handle = Callable[[Request, BinaryIO], Answer]

READY_ALONE, READY_CONNECTED = b"ready without network\n", b"ready with network\n"


def _receive(link: socket.socket) -> tuple[bytes, list[int]]:
    """One line and the descriptors that came with it; an empty line when nobody asks any more."""
    line = b""
    descriptors: list[int] = []
    while not line.endswith(b"\n"):
        part, opened, _, _ = socket.recv_fds(link, MAX_REQUEST_BYTES, 1)
        if not part:
            return b"", descriptors
        line += part
        descriptors += opened
    return line, descriptors


def _limits(line: bytes) -> Limits:
    row = shape.record(canonical.loads(line), "limits", {"memory_bytes", "file_bytes", "open_files"})
    return Limits(**{name: shape.integer(value, name) for name, value in row.items()})


def _answer(handle: Handle, request: Request, file: BinaryIO) -> Answer:
    try:
        return handle(request, file)
    except MemoryError:
        os._exit(sandbox.MEMORY_EXIT)
    except Exception as error:  # noqa: BLE001 - whatever it is, the file was not examined
        why = f"its examination failed ({type(error).__name__})"
        return Answer([Finding("not-inspected", request.path, Severity.UNEXAMINED, why)])


def _watch(seconds: float) -> None:
    """Die some time after the answer stopped to matter, should nobody be there to end this process."""
    sandbox.limit_cpu(seconds + 5)
    signal.setitimer(signal.ITIMER_REAL, seconds + 5)


def serve(handle: Handle, descriptor: int = 0) -> None:
    """Answer until nobody asks any more.

    Args:
        handle: Looks at one open file; it may raise.
        descriptor: The socket's.
    """
    with socket.socket(fileno=descriptor) as link:
        _serve(handle, link)


def _serve(handle: Handle, link: socket.socket) -> None:
    line, _ = _receive(link)
    if not line:
        return
    alone = sandbox.lock_down(_limits(line))
    gc.freeze()
    link.sendall(READY_ALONE if alone else READY_CONNECTED)
    while True:
        line, descriptors = _receive(link)
        if not line:
            return
        request = request_from(line)
        _watch(request.seconds)
        with os.fdopen(descriptors[0], "rb") as file:
            answer = _answer(handle, request, file)
        link.sendall(answer.line(request))
