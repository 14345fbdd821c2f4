"""Worker process: the asking end of one worker, restarted after it crashed, hung or lied.

Nothing here looks into files.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from weighbridge.checks import sandbox
from weighbridge.checks.answer import MAX_ANSWER_BYTES, Answer, Request, answer_from
from weighbridge.checks.serving import READY_ALONE, READY_CONNECTED

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from types import TracebackType

    from weighbridge.checks.limits import Limits

WORKER: Final = (sys.executable, "-I", "-m", "weighbridge.checks.worker")
_CHUNK_BYTES: Final = 1 << 18
_GRACE_SECONDS: Final = 2.0
# Without one that got ready in between, more tries would only take time.
_MAX_STARTS: Final = 4


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no answer.

    Args:
        why: In words, such as ``took longer than 60 s``.
    """

    why: str


def clean_environment(home: str) -> dict[str, str]:
    """What a process that reads hostile files is told of the world: no token, no proxy, no home of anybody."""
    return {"HOME": home, "TMPDIR": home, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}


class Worker:
    """One process at a time; it starts with the first request. For one thread, but for `kill`.

    Args:
        limits: What it may use.
        command: The program.
    """

    def __init__(self, limits: Limits, command: Sequence[str] = WORKER) -> None:
        self._limits = limits
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._home = ""
        self._is_ready = False
        self._starts_left = _MAX_STARTS
        self._starting = threading.Lock()
        self._is_over = False
        self.alone: bool | None = None
        """Whether it has no network; None before it ran."""

    def __enter__(self) -> Self:
        """Itself; nothing starts yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def ask(self, request: Request, file: int, paths: Container[str]) -> Answer | Lost:
        """Let it look at an open file; whatever it does, there is an answer in bounded time.

        Args:
            request: What it is told.
            file: The descriptor; the worker gets a copy that shares its position.
            paths: What its findings may be about.
        """
        if not (self._ready() or self._again()):
            self.close()
            return Lost("the examining process did not start")
        line = self._exchange(request.line(), [file], request.seconds)
        if isinstance(line, bytes):
            answer = answer_from(line, request, paths)
            if answer is not None:
                return answer
            line = Lost("the examining process answered out of shape")
        self.close()
        return line

    def kill(self) -> None:
        """End the process at once and start no other, from any thread; who waits for its answer gets none."""
        with self._starting:
            self._is_over = True
            process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process and forget its temporary files."""
        self._is_ready = False
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = ""

    def begin(self) -> None:
        """Start the process, if none runs; it gets ready while nobody waits for it."""
        with self._starting:
            if self._process is None and not self._is_over:
                self._start()
        if self._process is None:
            self.close()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._link = ours
        self._home = tempfile.mkdtemp(prefix="weighbridge-")
        with theirs, contextlib.suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                self._command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._home,
                env=clean_environment(self._home),
                start_new_session=True,
            )

    def _again(self) -> bool:
        """Whether another process gets ready: a machine under load may fail to start one."""
        self.close()
        return self._ready()

    def _ready(self) -> bool:
        """Whether a process is there that gave up its rights."""
        if self._is_ready:
            return True
        if self._starts_left <= 0:
            return False
        self._starts_left -= 1
        self.begin()
        if self._process is None:
            return False
        limits = self._limits
        told = {name: getattr(limits, name) for name in ("memory_bytes", "file_bytes", "open_files")}
        said = self._exchange(json.dumps(told).encode() + b"\n", [], limits.start_seconds)
        self._is_ready = said in {READY_ALONE, READY_CONNECTED}
        if self._is_ready:
            self.alone = said == READY_ALONE
            self._starts_left = _MAX_STARTS
        return self._is_ready

    def _exchange(self, line: bytes, files: list[int], seconds: float) -> bytes | Lost:
        if self._link is None:
            return Lost("the examining process is gone")
        try:
            self._link.settimeout(seconds)
            socket.send_fds(self._link, [line], files)
            return self._read(self._link, seconds)
        except TimeoutError:
            return Lost(f"took longer than {seconds:.4g} s")
        except OSError:
            return Lost(self._end())

    def _read(self, link: socket.socket, seconds: float) -> bytes | Lost:
        ends = time.monotonic() + seconds
        parts: list[bytes] = []
        size = 0
        while not parts or not parts[-1].endswith(b"\n"):
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            link.settimeout(left)
            part = link.recv(_CHUNK_BYTES)
            if not part:
                return Lost(self._end())
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                return Lost("the examining process answered too much")
        return b"".join(parts)

    def _end(self) -> str:
        """How the process ended, in words."""
        if self._process is None:
            return "the examining process is gone"
        try:
            code = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "the examining process hung up"
        if code == sandbox.REFUSED_EXIT:
            return "the examination tried what it may not and was ended"
        if code in {sandbox.MEMORY_EXIT, -signal.SIGKILL}:
            return "the examination needed more memory than it may have"
        if code < 0:
            return f"the examining process crashed ({_signal(-code)})"
        return f"the examining process ended with code {code}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
