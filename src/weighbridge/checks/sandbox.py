"""Sandbox: how a process that reads hostile files gives up what it does not need, before it reads the first.

Limits and, where the kernel lets it, a network of its own without any device (Linux namespaces); an audit hook
(PEP 578) ends the process when anything in it starts a program, connects, writes outside its own temporary folder,
reads outside Python's own folders or unpickles. The hook is a net for mistakes and for code that ran by them, no wall
against machine code: that the examiners run none is their own duty.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.checks.limits import Limits

REFUSED_EXIT: Final = 97
"""Exit code of a process that tried what it may not."""
MEMORY_EXIT: Final = 96
"""Exit code of a process that needed more memory than it may have."""

# linux/sched.h, linux/prctl.h
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_REFUSED: Final = (
    "code.__new__",
    "ctypes.",
    "fcntl.",
    "ftplib.",
    "http.client.",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "pickle.",
    "pty.",
    "shutil.",
    "signal.",
    "smtplib.",
    "socket.",
    "sqlite3.",
    "subprocess.",
    "sys.addaudithook",
    "syslog.",
    "urllib.",
    "webbrowser.",
)
_CHANGES: Final = (
    "os.chflags",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.setxattr",
    "os.symlink",
    "os.truncate",
    "os.utime",
)
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(limits: Limits) -> None:
    """Lower the resource limits of this process; what the platform does not know is left out."""
    wanted = {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": limits.processes,
    }
    for name, value in wanted.items():
        if value is not None:
            _lower(getattr(resource, name, None), value)


def _lower(number: int | None, value: int) -> None:
    if number is None:
        return
    _, hard = resource.getrlimit(number)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(number, (allowed, allowed))
    except (OSError, ValueError):
        return


def limit_cpu(seconds: float) -> None:
    """Let this process use so many more seconds of processor time; then it is killed."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def isolate() -> bool:
    """Leave the network and the way to more rights; True if there is no network any more."""
    if sys.platform != "linux":
        return False
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    alone = system.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0 or system.unshare(_CLONE_NEWNET) == 0
    system.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return bool(alone)


class Guard:
    """The audit hook: ends the process at the first thing that examining a file never needs."""

    def __init__(self) -> None:
        self._scratch = os.path.realpath(tempfile.gettempdir())
        roots = {sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), str(Path(__file__).parents[2])}
        self._readable = tuple(sorted({os.path.realpath(root) for root in roots}))
        self._library = os.path.realpath(sysconfig.get_path("stdlib"))
        self._modules = sys.stdlib_module_names | {name.partition(".")[0] for name in sys.modules}

    def install(self) -> None:
        """From here on, for as long as the process lives."""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        try:
            refused = self._refuses(event, arguments)
        except Exception:  # noqa: BLE001 - what can't be judged is refused
            refused = True
        if refused:
            os._exit(REFUSED_EXIT)

    def _refuses(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "open":
            return not self._may_open(arguments[0], arguments[2])
        if event == "import":
            return str(arguments[0]).partition(".")[0] not in self._modules
        if event == "exec":
            return not self._may_run(arguments[0])
        if event in _CHANGES:
            paths = [item for item in arguments if not isinstance(item, int)]
            return not all(self._is_below(path, (self._scratch,)) for path in paths)
        return event.startswith(_REFUSED) or (event == "resource.setrlimit" and arguments[0] != resource.RLIMIT_CPU)

    def _may_open(self, path: object, flags: object) -> bool:
        if isinstance(path, int):
            return True
        if not isinstance(flags, int) or flags & _WRITES:
            return self._is_below(path, (self._scratch,))
        return self._is_below(path, (self._scratch, *self._readable))

    @staticmethod
    def _is_below(path: object, roots: tuple[str, ...]) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        real = os.path.realpath(os.fsdecode(os.fspath(path)))
        return any(real == root or real.startswith(root + os.sep) for root in roots)

    def _may_run(self, code: object) -> bool:
        """Whether it is the body of a module that is imported, or made by the standard library (namedtuple)."""
        name = _file_of(code)
        if name.startswith("<frozen ") or self._is_below(name, self._readable):
            return True
        return name.startswith("<") and self._is_below(sys._getframe(3).f_code.co_filename, (self._library,))  # noqa: SLF001


def _file_of(code: object) -> str:
    return code.co_filename if isinstance(code, CodeType) else "<text>"


def lock_down(limits: Limits) -> bool:
    """Give everything up, once and for all; True if there is no network any more.

    Everything that is needed must be imported before.
    """
    guard = Guard()
    alone = isolate()
    limit(limits)
    guard.install()
    return alone
