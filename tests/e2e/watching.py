"""What a Python process runs, imports, starts and calls, told by its audit hooks (PEP 578).

Copied as `sitecustomize.py` into a folder on PYTHONPATH, so that it watches a command from its first statement. It
imports nothing of Weighbridge.
"""

from __future__ import annotations

import json
import os
import sys
from types import CodeType
from typing import Any

LOG, ROOT, TOKEN = "WATCHED_LOG", "WATCHED_ROOT", "WATCHED_TOKEN"
STARTS = frozenset({"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"})
CALLS = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo", "urllib.Request", "ftplib.connect"})
CODE = frozenset(
    {
        "code.__new__",
        "compile",
        "cpython.run_command",
        "cpython.run_file",
        "cpython.run_module",
        "ctypes.dlopen",
        "exec",
        "import",
        "marshal.load",
        "marshal.loads",
    }
)
GLOBALS = "pickle.find_class"


def _texts(value: Any) -> list[str]:
    """Every text in an event's arguments: source, file names, arguments and addresses."""
    if isinstance(value, CodeType):
        return [value.co_filename]
    if isinstance(value, bytes):
        return [value.decode("latin-1")]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return [str(value)] if isinstance(value, str | int | os.PathLike) else []


def watch() -> None:
    """Write each process start, network call and unpickled global, and code from the root or with the token in it."""
    root, token = os.environ[ROOT], os.environ[TOKEN]
    log = os.open(os.environ[LOG], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        always = event in STARTS or event in CALLS or event == GLOBALS
        if not always and event not in CODE:
            return
        # The fourth argument of a process start is its environment, which names every folder.
        texts = _texts(args[:3])
        if always or any(root in text or token in text for text in texts):
            os.write(log, json.dumps([event, [text[:300] for text in texts]]).encode() + b"\n")

    sys.addaudithook(hook)


if LOG in os.environ:
    watch()
