"""Commands in forks of one process that has imported everything, with strace attached before the first statement.

A command begins at once instead of after seconds of imports, and the calls that strace counts are the command's own.
Requests and answers are lines of JSON on the standard streams; see `tests.faults.commands`.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import errno
import gc
import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "user.weighbridge-traced"
READY = "ready"
_GRACE_SECONDS = 10
_PR_SET_PTRACER = 0x59616D61
_ANY_PROCESS = ctypes.c_ulong(-1)
_LAZY = (
    "alembic.migration",
    "blake3",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "dvc.cli",
    "dvc.commands.status",
    "dvc.repo",
    "dvc_data.hashfile.db.local",
    "huggingface_hub.errors",
    "huggingface_hub.hf_api",
    "huggingface_hub.utils",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.tracking._tracking_service.client",
    "ruamel.yaml",
    "securesystemslib.dsse",
    "sqlalchemy.dialects.sqlite",
    "tomlkit",
)


def _warm() -> None:
    """Import whatever a command would, and check that a fork of this process is whole."""
    from weighbridge.cli.app import VERBS  # noqa: PLC0415  this program is imported by tests that need none of it
    from weighbridge.registries import mlflow_connect  # noqa: PLC0415  as above

    root = Path(importlib.import_module("weighbridge").__file__ or "").parent
    names = [path.relative_to(root.parent).with_suffix("") for path in sorted(root.rglob("*.py"))]
    ours = [".".join(name.parts) for name in names if name.name not in {"__init__", "__main__"}]
    mlflow_connect.prepare_environment()
    mlflow_connect._import_client()
    for module in (*ours, *_LAZY, *(f"weighbridge.cli.{verb}" for verb in VERBS)):
        importlib.import_module(module)
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise RuntimeError("an import started a thread: forks would lack it")
    # Forks share these pages until the collector writes to them.
    gc.freeze()


def _await_tracer() -> None:
    """Go on when strace, attached to this process, answers in the kernel's place."""
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY_PROCESS)
    while True:
        try:
            os.getxattr("/", MARK)
        except OSError as error:
            if error.errno == errno.EDQUOT:
                return
        time.sleep(0.001)


def _look() -> None:
    """Print what `status` says and what `load` gives for each model, as JSON; options are those of `status`."""
    import weighbridge  # noqa: PLC0415  as above
    from weighbridge.cli.app import main  # noqa: PLC0415  as above

    names = [item for item in sys.argv[1:] if not item.startswith("-")]
    found: dict[str, Any] = {"paths": {}, "denied": {}}
    try:
        main(["status", *sys.argv[1 + len(names) :]])
    except SystemExit as left:
        found["status"] = left.code
    for name in names:
        try:
            found["paths"][name] = str(weighbridge.load(name))
        except weighbridge.WeighbridgeError as error:
            found["denied"][name] = error.code
    sys.stdout.write("\n" + json.dumps(found))


def _become(request: dict[str, Any]) -> None:
    """Turn this fork into the command; leaves by SystemExit, as the command does."""
    streams = [("/dev/null", os.O_RDONLY)]
    streams += [(request[stream], os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for stream in ("output", "errors")]
    for number, (path, flags) in enumerate(streams):
        handle = os.open(path, flags, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    program, *arguments = request["arguments"]
    sys.argv = [program, *arguments]
    if request["strace"]:
        _await_tracer()
    if program == "look":
        _look()
    elif program == "dvc":
        sys.exit(importlib.import_module("dvc.cli").main(arguments))
    else:
        importlib.import_module("weighbridge.cli.app").main(arguments)


def _end(run: Callable[[dict[str, Any]], None], request: dict[str, Any]) -> NoReturn:
    """Run, then leave as the interpreter does, but without taking apart what was imported: that takes a second."""
    code = 0
    try:
        run(request)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter does
        traceback.print_exc()
        code = 1
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
    finally:
        os._exit(code)


def _wait(child: int, tracer: subprocess.Popen[bytes] | None) -> int:
    """The child's exit code, negative for a signal."""
    deadline = 0.0
    while True:
        pid, status = os.waitpid(child, 0 if tracer is None else os.WNOHANG)
        if pid:
            break
        if tracer is not None and tracer.poll() is not None:
            deadline = deadline or time.monotonic() + _GRACE_SECONDS
            if time.monotonic() > deadline:
                os.kill(child, 9)
        time.sleep(0.002)
    if tracer is not None:
        tracer.wait(_GRACE_SECONDS)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Answer requests until the standard input ends."""
    _warm()
    with contextlib.suppress(BrokenPipeError):
        print(READY, flush=True)  # noqa: T201  the protocol
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _end(_become, request)
        command = ["strace", "-p", str(child), *request["strace"]]
        tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL) if request["strace"] else None
        print(json.dumps({"code": _wait(child, tracer)}), flush=True)  # noqa: T201  the protocol


if __name__ == "__main__":
    main()
