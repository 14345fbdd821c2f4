"""What a server of this machine takes from its clients, and whom it asks for answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.core.http import Answer, FileRange, Request


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes.

    Args:
        connections: At once, each with a thread; more wait, and idle ones make room.
        head_bytes: Request line and headers.
        body_bytes: Of a request.
        request_seconds: From the first byte of a request to its last.
        idle_seconds: Between two requests.
        stall_seconds: Without the client taking any byte of an answer.
        linger_seconds: For a refused client to read why.
    """

    connections: int = 128
    head_bytes: int = 32 << 10
    body_bytes: int = 8 << 20
    request_seconds: float = 15.0
    idle_seconds: float = 120.0
    stall_seconds: float = 300.0
    linger_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Host:
    """What a server is told to do with requests.

    Args:
        answer: Gives the answer to a request.
        open_verified: Opens a pinned file, once for each answer that sends bytes of it.
        failed: Gives the answer where that raised an error of ours.
        on_denied: Hears of everything denied: repository, revision, path, reason.
        on_crash: Hears of an error that is nobody's but the program's.
    """

    answer: Callable[[Request], Answer]
    open_verified: Callable[[FileRange], BinaryIO]
    failed: Callable[[Request, FileRange, WeighbridgeError], Answer]
    on_denied: Callable[[str, str, str, str], None]
    on_crash: Callable[[BaseException], None]
