"""Starting a program and waiting for it as a shell would: its signals reach it, its exit code comes back."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.core.errors import UsageError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

_FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH)
_BY_SIGNAL = 128


@dataclass(frozen=True, slots=True)
class Started:
    """A program that waits for its environment, or that runs.

    Args:
        listener: A listening socket in the program's own network; None where it shares this machine's.
        run: Lets it run with an environment, waits for its end and gives its exit code.
    """

    listener: socket.socket | None
    run: Callable[[Mapping[str, str]], int]


def find(command: Sequence[str], path: str | None) -> str:
    """The file that a command names.

    Raises:
        UsageError: There is none that can be started (code ``no-command``).
    """
    found = shutil.which(command[0], path=path)
    if found is None:
        raise UsageError(
            f"there is no program {command[0]!r}",
            code="no-command",
            hint="name a program on PATH, or its file: weighbridge run --stage STAGE -- PROGRAM ARGUMENT…",
        )
    return found


@contextmanager
def started(command: Sequence[str], *, isolated: bool) -> Iterator[Started]:
    """A program, ready to run.

    Args:
        command: The program's file and its arguments.
        isolated: Whether it has a network of its own.

    Raises:
        WeighbridgeError: The system gives it no network of its own (code ``no-sandbox``).
    """
    if not isolated:
        yield Started(None, lambda environment: _wait(subprocess.Popen([*command], env=dict(environment))))  # noqa: S603 - the user's own command
        return
    from weighbridge.running import sandbox  # noqa: PLC0415  imports ctypes

    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            program = [sys.executable, "-I", str(Path(sandbox.__file__)), str(theirs.fileno()), *command]
            process = subprocess.Popen(program, pass_fds=[theirs.fileno()])  # noqa: S603 - this program, then the user's
        found = sandbox.receive(ours, process.pid)
        if isinstance(found, str):
            ours.close()
            process.wait()
            raise WeighbridgeError(
                f"the system gives no network namespace: {found or 'it ended early'}",
                code="no-sandbox",
                hint="allow unprivileged user namespaces, or run without --sandbox behind another network barrier",
            )

        def run(environment: Mapping[str, str]) -> int:
            sandbox.send_environment(ours, dict(environment))
            return _wait(process)

        try:
            yield Started(found, run)
        finally:
            found.close()
            ours.close()
            process.wait()


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for a program's end; signals to this process are passed on to it meanwhile."""

    def forward(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    # From a terminal, Ctrl-C reaches the program by itself.
    at_terminal = os.isatty(0)
    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None] | signal.Handlers]
    handlers = dict.fromkeys(_FORWARDED, forward)
    handlers[signal.SIGINT] = signal.SIG_IGN if at_terminal else forward
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else _BY_SIGNAL - code
