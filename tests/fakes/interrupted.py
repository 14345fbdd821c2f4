"""Python code that is killed, or told that the disk failed, at an event of the operating system.

The events are those of the interpreter's audit hooks (PEP 578): every open, mkdir, link, rename and remove.
"""

from __future__ import annotations

import os
import subprocess
import sys

_HOOK = """
import errno, os, signal, sys
_seen, _at, _fault, _root = 0, {at!r}, {fault!r}, {root!r}
def _hook(event, args):
    global _seen
    if not _armed or event not in ("open", "os.mkdir", "os.link", "os.rename", "os.remove"):
        return
    if not any(part in str(item) for item in args[:2] for part in (_root, "-tmp")):
        return
    _seen += 1
    if _at in (_seen, event):
        if _fault == "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(getattr(errno, _fault), os.strerror(getattr(errno, _fault)))
_armed = False
sys.addaudithook(_hook)
"""
DONE = 0
KILLED = -9


def run_interrupted(
    prepare: str, code: str, *, at: int | str, fault: str, root: str
) -> subprocess.CompletedProcess[str]:
    """Run code in another interpreter.

    Args:
        prepare: Statements before the fault is armed.
        code: Statements that meet it.
        at: At which event, from 1; or the name of an event, to meet it each time.
        fault: ``KILL``, or the name of an errno.
        root: A part of the paths that are watched, besides temporary ones.
    """
    text = _HOOK.format(at=at, fault=fault, root=root) + prepare + f"\n_armed = True\n{code}\n_armed = False\n"
    # A killed interpreter measures nothing, and starts faster without trying.
    environment = {key: value for key, value in os.environ.items() if fault != "KILL" or "COVERAGE" not in key}
    command = [sys.executable, "-c", text]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
