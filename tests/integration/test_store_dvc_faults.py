"""A store that is killed, or refused by the disk, leaves nothing half-done, and the next run ends the work."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import shutil
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.store import Counter, Origin, git, pin_of

from weighbridge.core.errors import StoreError
from weighbridge.stores.dvc import DvcStore
from weighbridge.stores.project import initialise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.core.pin import Pin

FILES = {"config.json": b"{}", "sub/weights.safetensors": bytes(range(256)) * 5000}
_EVENTS = {"open", "os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.chmod", "os.rmdir", "os.truncate"}
_GOOD, _REFUSED, _LEAKED = 0, 3, 4


def add(root: Path) -> Pin:
    origin = Origin(FILES)
    with DvcStore(root, jobs=1).receive(origin.listing, origin.read, Counter(), key="minilm") as intake:
        pin = pin_of(intake.files)
        intake.keep(pin)
    return pin


def pull(root: Path, pin: Pin) -> None:
    DvcStore(root, jobs=1).restore(pin, Counter())


def push(root: Path, pin: Pin) -> None:
    DvcStore(root, jobs=1).push(pin, Counter())


def remove(root: Path, pin: Pin) -> None:
    DvcStore(root, jobs=1).remove(pin)


def _watch(base: Path, strike: Callable[[], None]) -> None:
    """Call `strike` before every change that this process makes to the disk below a folder."""
    prefix = str(base)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _EVENTS and str(args[0]).startswith(prefix):
            reads = event == "open" and not (isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR))
            if not reads:
                strike()

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            strike()
            return call(*args)

        return wrapped

    os.fsync, os.write = counted(os.fsync), counted(os.write)
    sys.addaudithook(hook)


def _strike_at(number: int, kind: str, report: int) -> Callable[[], None]:
    steps = itertools.count(1)

    def strike() -> None:
        step = next(steps)
        if kind == "count":
            os.pwrite(report, b"%8d" % step, 0)
        elif step == number and kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif step == number:
            code = {"full": errno.ENOSPC, "broken": errno.EIO}[kind]
            raise OSError(code, os.strerror(code))

    return strike


def run(base: Path, act: Callable[[], object], number: int, kind: str) -> int:
    """Act in a child process with one fault; gives its exit code, negative for a signal."""
    report = os.open(base / "report", os.O_RDWR | os.O_CREAT)
    child = os.fork()
    if not child:
        code = _LEAKED
        try:
            _watch(base, _strike_at(number, kind, report))
            act()
            code = _GOOD
        except StoreError:
            code = _REFUSED
        finally:
            if code == _LEAKED:
                traceback.print_exc()
                sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    os.close(report)
    return os.waitstatus_to_exitcode(status)


def check_nothing_is_half_done(root: Path, pin: Pin) -> None:
    store = DvcStore(root)
    for place in (root / ".dvc/cache/files/md5", root / ".weighbridge/remote/files/md5"):
        for path in place.rglob("*"):
            if path.is_file():
                name = path.parent.name + path.name.removesuffix(".dir")
                assert hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == name
    if store.path(pin).exists():
        store.verify(pin, Counter(), pointer=False)
    if store.path(pin).with_suffix(".dvc").exists():
        assert "pointer-edited" not in {problem.code for problem in store.problems([pin])}


def check_good(root: Path, pin: Pin) -> None:
    store = DvcStore(root)
    store.verify(pin, Counter())
    name = store.path(pin).name
    assert sorted(path.name for path in (root / "models/minilm").iterdir()) == [".gitignore", name, f"{name}.dvc"]
    assert git(root, "status", "--porcelain", "-uall", "models").split() == [
        *("??", "models/minilm/.gitignore"),
        *("??", f"models/minilm/{name}.dvc"),
    ]


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "user"))
    initialise(tmp_path / "template")
    return tmp_path / "template"


def steps_of(base: Path, act: Callable[[], object]) -> int:
    assert run(base, act, 0, "count") == _GOOD
    steps = int((base / "report").read_text())
    assert steps > 5
    return steps


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", ["kill", "full", "broken"])
@pytest.mark.parametrize("verb", ["add", "pull", "push", "remove"])
def test_a_fault_at_any_step(template: Path, tmp_path: Path, verb: str, kind: str) -> None:
    if verb == "add":
        shutil.copytree(template, tmp_path / "reference", symlinks=True)
        pin = add(tmp_path / "reference")
    else:
        pin = add(template)
        if verb == "pull":
            push(template, pin)
            remove(template, pin)
            shutil.rmtree(template / ".dvc/cache/files")

    def act(root: Path) -> Callable[[], object]:
        verbs: dict[str, Callable[[], object]] = {
            "add": lambda: add(root),
            "pull": lambda: pull(root, pin),
            "push": lambda: push(root, pin),
            "remove": lambda: remove(root, pin),
        }
        return verbs[verb]

    (tmp_path / "count").mkdir()
    shutil.copytree(template, tmp_path / "count/project", symlinks=True)
    steps = steps_of(tmp_path / "count", act(tmp_path / "count/project"))
    for number in range(1, steps + 1):
        base = tmp_path / f"{number}"
        root = base / "project"
        shutil.copytree(template, root, symlinks=True)
        code = run(base, act(root), number, kind)
        assert code in ({-signal.SIGKILL} if kind == "kill" else {_GOOD, _REFUSED}), f"step {number} of {steps}"
        check_nothing_is_half_done(root, pin)
        act(root)()
        if verb == "remove":
            assert not DvcStore(root).path(pin).exists()
            pull(root, pin)
        check_good(root, pin)
        shutil.rmtree(base)
