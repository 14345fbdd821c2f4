"""Every write, sync, rename and link of `add`, `approve` and `pull`, each killed, failing, and on a full disk."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.faults.commands import KILL, KILLED, Fault
from tests.faults.sight import TEMPORARY, differences, half_done, look_at
from tests.faults.stage import FIRST, NAME, SCENES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.commands import Ran
    from tests.faults.stage import Scene, Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

# Each is one way of the C library and its users to ask for the same.
CALLS = {
    "write": "write",
    "sync": "fsync",
    "rename": "?rename,?renameat,?renameat2",
    "link": "?link,?linkat,?symlink,?symlinkat",
    "mkdir": "?mkdir,?mkdirat",
    "database write": "pwrite64",
    "database sync": "fdatasync",
}
FAULTS = (KILL, "EIO", "ENOSPC")
# An inspection links its evidence to its name and renames nothing.
_RENAMING = tuple(name for name in SCENES if name != "inspect")
POINTS = [
    *itertools.product(SCENES, ("write", "sync", "link"), FAULTS),
    *itertools.product(_RENAMING, ("rename",), FAULTS),
    *itertools.product(SCENES, ("mkdir",), ("ENOSPC",)),
    *itertools.product(("approve", "approve-second"), ("database write", "database sync"), FAULTS),
]
_CALL = re.compile(r"(?:\d+ +)?(\w+)\((?:\d+<)?([^,)>]*)")
_RANDOM = re.compile(r"[0-9a-f]{8,}(?![^/]*/)")
_STAGED = re.compile(r"fsync\(\d+<([^>]*/cache/weighbridge/incoming/[^/>]+/[^/>]+)>")
_STREAM = re.compile(r"^(?:\d+ +)?write\([12]<")


def _told(ran: Ran, fault: Fault) -> list[str]:
    """What is wrong with how the command ended."""
    if fault.what == KILL:
        return [] if ran.code == KILLED else [f"exit code {ran.code}, not killed"]
    wrong = ["a traceback on stderr"] if "Traceback" in ran.errors else []
    if ran.code not in {0, 1}:
        wrong.append(f"exit code {ran.code}")
    mute = _STREAM.match(ran.hit) or (fault.onwards and fault.calls == "write")
    if ran.code and not mute and not ("error: " in ran.errors and "next: " in ran.errors):
        wrong.append(f"no error with a next step, but {ran.errors!r}")
    return wrong


def _loaded(stage: Stage, scene: Scene) -> list[str]:
    """What is wrong with what status and load say."""
    ran = stage.run("look", NAME)
    if ran.code:
        return [f"load failed with {ran.code}: {ran.errors}"]
    found = json.loads(ran.output.splitlines()[-1])
    known = (stage.project / "models" / NAME / "lock.json").exists()
    wrong = [f"status ended with {found['status']}: {ran.errors}"] if known and found["status"] else []
    if found["path"] is None:
        return wrong if None in scene.loads else [*wrong, f"load denied: {found['denied']}"]
    folder = stage.project / found["path"]
    there = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return wrong if there in scene.loads else [*wrong, f"load gave other bytes: {sorted(there)}"]


def _disturb(stage: Stage, scene: Scene, fault: Fault) -> tuple[str, list[str]]:
    """Run a scene's command with a fault, look, and run it again; gives the call that was hit and what is wrong."""
    before, after = stage.prepare(scene)
    stage.reset(scene)
    ran = stage.commands.faulty(*scene.command, folder=stage.project, fault=fault)
    now = look_at(stage.project)
    if not ran.hit:
        return "", [*([f"exit code {ran.code} without a fault"] if ran.code else []), *differences(now, after)]
    wrong = [*_told(ran, fault), *half_done(before, now, after), *_loaded(stage, scene)]
    if ran.code == 0:
        wrong += [f"says it is done, but {difference}" for difference in differences(now, after)]
    again = stage.run(*scene.command)
    if again.code:
        wrong.append(f"the rerun ended with {again.code}: {again.errors}")
    wrong += [f"after the rerun {difference}" for difference in differences(look_at(stage.project), after)]
    return ran.hit, wrong


def _disturb_all(stage: Stage, scene: Scene, fault_at: Callable[[int], Fault]) -> tuple[int, list[str]]:
    """Disturb at the first call, the second and so on until none is left; gives their number and what is wrong."""
    wrong: list[str] = []
    for at in itertools.count(1):
        hit, found = _disturb(stage, scene, fault_at(at))
        wrong += [f"{scene.name}, {fault_at(at).what} at {at}, {hit[:200]}: {item}" for item in found]
        if not hit:
            return at - 1, wrong
    raise AssertionError


@pytest.mark.parametrize(("scene", "calls", "what"), POINTS)
def test_a_command_stopped_at_any_call_leaves_nothing_half_done_and_converges(
    stage: Stage, scene: str, calls: str, what: str, record_property: Callable[[str, object], None]
) -> None:
    points, wrong = _disturb_all(
        stage, SCENES[scene], lambda at: Fault(CALLS[calls], what, at, onwards=what == "ENOSPC")
    )
    record_property("points", points)
    assert wrong == []
    assert points


@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("calls", ["write", "sync"])
@pytest.mark.parametrize("scene", ["add", "pull"])
def test_a_transfer_stopped_at_any_call_of_its_threads_is_resumed(
    stage: Stage, scene: str, calls: str, what: str, record_property: Callable[[str, object], None]
) -> None:
    """Each received file is written by some thread of a pool, so that calls are counted by file."""
    stage.prepare(SCENES[scene])
    stage.reset(SCENES[scene])
    seen = stage.commands.run(*SCENES[scene].command, folder=stage.project, strace=["-f", "-e", "trace=fsync,getxattr"])
    files = sorted(set(_STAGED.findall(seen.log)))
    assert len(files) == len(FIRST)
    found = [_disturb_all(stage, SCENES[scene], partial(_in_file, calls, what, file)) for file in files]
    record_property("points", sum(points for points, _ in found))
    assert [wrong for _, wrong in found] == [[]] * len(files)
    assert all(points for points, _ in found)


def _in_file(calls: str, what: str, file: str, at: int) -> Fault:
    return Fault(CALLS[calls], what, at, file=file)


def test_git_does_not_see_what_a_killed_command_leaves(stage: Stage) -> None:
    scene = SCENES["add"]
    stage.prepare(scene)
    left = set()
    for at in itertools.count(1):
        stage.reset(scene)
        ran = stage.commands.faulty(*scene.command, folder=stage.project, fault=Fault(CALLS["rename"], KILL, at))
        if not ran.hit:
            break
        left |= {path.name for path in stage.project.rglob(f"*{TEMPORARY}")}
        status = ["git", "status", "--porcelain", "--untracked-files=all"]
        seen = subprocess.run(status, cwd=stage.project, capture_output=True, text=True, check=True).stdout
        assert TEMPORARY not in seen
    assert left


def test_a_fork_calls_what_the_real_command_calls(stage: Stage) -> None:
    scene = SCENES["add"]
    stage.prepare(scene)
    trace = f"trace={','.join(CALLS.values())},getxattr"
    stage.reset(scene)
    forked = stage.commands.run(*scene.command, folder=stage.project, strace=["-f", "-e", trace])
    stage.reset(scene)
    real = stage.commands.real(*scene.command, folder=stage.project, trace=trace)
    assert (forked.code, real.code) == (0, 0)
    assert _calls(forked, stage) == _calls(real, stage)
    assert sum(_calls(real, stage).values()) > 100


def _calls(ran: Ran, stage: Stage) -> Counter[str]:
    """System calls on the project, with what is drawn at random taken out."""
    lines = [line for line in ran.log.splitlines() if str(stage.project) in line and "resumed>" not in line]
    return Counter(f"{line[1]} {_RANDOM.sub('', line[2])}" for item in lines if (line := _CALL.match(item)))
