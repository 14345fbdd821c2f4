"""Real servers as child processes on free loopback ports, each ended by its own process group."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PATIENCE_SECONDS = 180


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 that the system says are free."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [int(item.getsockname()[1]) for item in sockets]


def answers(url: str) -> bool:
    """Whether a server answers there at all, were it a refusal."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False


@dataclass
class Server:
    """One server that can be started, ended and started again.

    Args:
        command: What to run.
        log: Where it writes.
        is_ready: Tells whether it serves.
        environment: Settings beside those of this process.
        user: The user to run as; None for the present one.
        ending: The signal that ends it.
    """

    command: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    ending: signal.Signals = signal.SIGKILL
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it if it is not running, and wait until it serves."""
        if self._process is not None:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.log.parent,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user,
                extra_groups=None if self.user is None else (),
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(self.log.read_text(errors="replace"))
            time.sleep(0.2)

    def kill(self) -> None:
        """End it at once, with every process it started."""
        if self._process is not None:
            os.killpg(self._process.pid, self.ending)
            self._process.wait()
            self._process = None
