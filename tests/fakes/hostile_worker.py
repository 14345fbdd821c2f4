"""A worker that does what the file tells it: what an examiner would do if a hostile file had taken it over.

``python -I hostile_worker.py``, for `weighbridge.checks.worker_process.Worker`: it locks down as the real one does.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from ctypes import CDLL
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from weighbridge.checks.answer import Answer, Request
from weighbridge.checks.serving import serve
from weighbridge.checks.tree import finding

if TYPE_CHECKING:
    from collections.abc import Callable

ABOVE = Path(__file__).parents[2]


def _hang() -> NoReturn:
    while True:
        time.sleep(60)


def _spin() -> NoReturn:
    while True:
        pass


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(0, data) :]


def _flood() -> NoReturn:
    while True:
        _write(b"x" * 65536)


def _allocate() -> None:
    kept = []
    while True:
        kept.append(bytearray(64 << 20))


def _recurse() -> None:
    _recurse()


def _fill() -> None:
    with tempfile.TemporaryFile() as file:
        for _ in range(1 << 12):
            file.write(b"x" * (1 << 20))


def _spool() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"inside")
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"inside")


def _import() -> None:
    import pip  # noqa: F401, PLC0415 - a library that no examiner needs


def _connect() -> None:
    socket.create_connection(("127.0.0.1", 9))


ACTS: dict[str, Callable[[], object]] = {
    "allocate": _allocate,
    "change-mode": lambda: Path("/tmp").chmod(0o777),  # noqa: S108 - it never comes so far
    "connect": _connect,
    "crash": os.abort,
    "end": lambda: os._exit(3),
    "exec": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - it never comes so far
    "exit": lambda: sys.exit(0),
    "fill": _fill,
    "flood": _flood,
    "fork": os.fork,
    "garbage": lambda: _write(b"garbage\n"),
    "hang": _hang,
    "hang-up": lambda: os.close(0),
    "import": _import,
    "kill-parent": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "lie": lambda: _write(b'{"facts": {}, "findings": [], "token": "0"}\n'),
    "native": lambda: CDLL(None),
    "other-path": lambda: finding("credential", "../other", "not asked"),
    "raise": lambda: 1 // 0,
    "read": lambda: Path("/etc/passwd").read_bytes(),
    "recurse": _recurse,
    "run": lambda: exec("pass"),  # noqa: S102 - it never comes so far
    "spin": _spin,
    "spool": _spool,
    "start": lambda: subprocess.run(["/bin/true"], check=False),
    "system": lambda: os.system("true"),  # noqa: S605 - it never comes so far
    "unlimited": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "unpickle": lambda: pickle.loads(b"cos\ngetpid\n."),  # noqa: S301 - it never comes so far
    "write": lambda: Path(ABOVE, "written-by-a-worker").write_bytes(b""),
}


def handle(request: Request, file: BinaryIO) -> Answer:
    """Do what the file says."""
    word = file.read(request.size_bytes).decode().strip()
    if word not in ACTS:
        return Answer([], {"format": ["text"], "said": [word]})
    done = ACTS[word]()
    return Answer([done] if word == "other-path" else [], {"format": ["text"], "did": [word]})  # type: ignore[list-item]


if __name__ == "__main__":
    serve(handle)
