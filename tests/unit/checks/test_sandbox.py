"""The sandbox: what it refuses, told without locking this process down, and what the kernel refuses, in another."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from weighbridge.checks import sandbox
from weighbridge.checks.sandbox import Guard

SCRATCH = tempfile.gettempdir()
READ, WRITE = os.O_RDONLY, os.O_WRONLY | os.O_CREAT
NAMED = compile("x = 1", "<string>", "exec")
OURS = compile("x = 1", __file__, "exec")
LIBRARY = compile("x = 1", os.path.join(sysconfig.get_path("stdlib"), "json", "scanner.py"), "exec")  # noqa: PTH118

ISOLATED = """
import json, socket, sys
from weighbridge.checks import sandbox
from weighbridge.checks.limits import Limits

alone = sandbox.isolate()
sandbox.limit(Limits(memory_bytes=1 << 30, file_bytes=1 << 20))
sandbox.limit_cpu(10)
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5).close()
    connected = True
except OSError:
    connected = False
import resource
kept = {name: resource.getrlimit(getattr(resource, name))[0] for name in dir(resource) if name.startswith("RLIMIT_")}
print(json.dumps({"alone": alone, "connected": connected, "limits": kept}))
"""


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("open", ("/etc/passwd", "r", READ)),
        ("open", ("/etc/passwd", "w", WRITE)),
        ("open", ("/usr/lib/new", "w", WRITE)),
        ("open", (SCRATCH + "/../etc/passwd", "w", WRITE)),
        ("open", (json.__file__, None, "odd")),
        ("open", (object(), "r", READ)),
        ("open", ()),
        ("import", ("no_such_library", None, None, None, None)),
        ("exec", (NAMED,)),
        ("exec", ("text",)),
        ("os.remove", ("/etc/passwd", -1)),
        ("os.rename", (SCRATCH + "/a", "/etc/passwd", -1, -1)),
        ("os.link", ("/etc/passwd", SCRATCH + "/a", -1, -1)),
        ("resource.setrlimit", (resource.RLIMIT_AS, (-1, -1))),
        ("socket.connect", (None, ("127.0.0.1", 1))),
        ("subprocess.Popen", ("true", ["true"], None, None)),
        ("os.system", (b"true",)),
        ("os.exec", ("/bin/true", ["true"], None)),
        ("os.posix_spawn", ("/bin/true", ["true"], None)),
        ("os.fork", ()),
        ("ctypes.dlopen", ("x",)),
        ("pickle.find_class", ("os", "system")),
        ("shutil.rmtree", ("/",)),
        ("sys.addaudithook", ()),
    ],
)
def test_refused(event: str, arguments: tuple[object, ...]) -> None:
    assert refused(event, arguments)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("open", (3, "r", READ)),
        ("open", (SCRATCH + "/x", "w", WRITE)),
        ("open", (os.fsencode(SCRATCH) + b"/x", "w", WRITE)),
        ("open", (Path(SCRATCH) / "x", "w", WRITE)),
        ("open", (json.__file__, "r", READ)),
        ("import", ("json.tool", None, None, None, None)),
        ("import", ("weighbridge.checks.notes", None, None, None, None)),
        ("exec", (LIBRARY,)),
        ("exec", (compile("x = 1", "<frozen zipimport>", "exec"),)),
        ("os.remove", (SCRATCH + "/x", -1)),
        ("resource.setrlimit", (resource.RLIMIT_CPU, (1, 2))),
        ("compile", (b"x = 1", "file")),
        ("os.listdir", (SCRATCH,)),
    ],
)
def test_allowed(event: str, arguments: tuple[object, ...]) -> None:
    assert not refused(event, arguments)


def refused(event: str, arguments: tuple[object, ...]) -> bool:
    try:
        return Guard()._refuses(event, arguments)
    except Exception:  # noqa: BLE001 - as the hook takes it
        return True


def test_what_is_refused_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    guard = Guard()
    guard._hear("os.listdir", (SCRATCH,))
    assert ended == []
    guard._hear("os.fork", ())
    guard._hear("open", ())
    assert ended == [sandbox.REFUSED_EXIT] * 2


def test_what_the_standard_library_makes_may_run() -> None:
    def hook(code: object) -> bool:
        return Guard()._refuses("exec", (code,))

    frames = compile("made = hook(code)", LIBRARY.co_filename, "exec")
    # As namedtuple does it: text that the standard library itself runs; the hook stands between.
    known: dict[str, object] = {"hook": hook, "code": NAMED}
    exec(frames, known)  # noqa: S102 - two lines of this test
    assert known["made"] is False


def test_what_a_platform_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox._lower(None, 1)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert sandbox.isolate() is False


def test_an_isolated_process_reaches_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run([sys.executable, "-c", ISOLATED, port], capture_output=True, check=True, text=True)
    said = json.loads(done.stdout)
    assert said["connected"] is not said["alone"]


def test_its_limits_hold() -> None:
    done = subprocess.run([sys.executable, "-c", ISOLATED, "1"], capture_output=True, check=True, text=True)
    limits = json.loads(done.stdout)["limits"]
    assert limits["RLIMIT_CORE"] == 0
    assert limits["RLIMIT_NPROC"] == 0
    assert limits["RLIMIT_FSIZE"] == 1 << 20
    assert limits["RLIMIT_AS"] == 1 << 30
    assert limits["RLIMIT_NOFILE"] == 64
    assert 0 < limits["RLIMIT_CPU"] <= 20
