"""Every write, sync, rename and link of the commands that write, each killed, failing, and on a full disk.

What MLflow's database writes is disturbed in `approve` alone: the registry follows in the same way in `revoke` and in
an approval of several models, and it is by far the slowest part of them. For the commands by which people speak, the
full disk is met at writes and new folders alone; what else fails there fails as it does for `add` and `approve`.
"""

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
from tests.faults.scenes import FIRST, NAME, SCENES, TWIN, WORDS
from tests.faults.sight import TEMPORARY, differences, half_done, look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.commands import Ran
    from tests.faults.scenes import Scene
    from tests.faults.stage import Stage

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
ALL = {**SCENES, **WORDS}
# An inspection links its evidence to its name and renames nothing.
_RENAMING = tuple(name for name in ALL if name not in {"inspect", "request"})
# A signed statement of heads and bundles replace others; nothing new gets a name.
_LINKING = tuple(name for name in ALL if not name.startswith("export"))
POINTS = [
    *itertools.product(ALL, ("write", "sync"), FAULTS),
    *itertools.product(_LINKING, ("link",), FAULTS),
    *itertools.product(_RENAMING, ("rename",), FAULTS),
    *itertools.product(ALL, ("mkdir",), ("ENOSPC",)),
    *itertools.product(("approve", "approve-second"), ("database write", "database sync"), FAULTS),
]
POINTS = [point for point in POINTS if point[0] in SCENES or point[1] in {"write", "mkdir"} or point[2] != "ENOSPC"]
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
    # A registry that the command does not change has nothing to tell, and takes as long as all the rest.
    ran = stage.run("look", *scene.models, *(["--no-registry"] if scene.name in WORDS else []))
    if ran.code:
        return [f"load failed with {ran.code}: {ran.errors}"]
    found = json.loads(ran.output.splitlines()[-1])
    known = all((stage.project / "models" / name / "lock.json").exists() for name in scene.models)
    wrong = [f"status ended with {found['status']}: {ran.errors}"] if known and found["status"] else []
    loads = [_content(stage, found["paths"].get(name)) for name in scene.models]
    if any(there != loads[0] for there in loads):
        wrong.append(f"some models are let through, others not: {found['denied']}")
    if loads[0] not in scene.loads:
        wrong.append(f"load gave other bytes or none: {found}")
    return wrong


def _content(stage: Stage, folder: str | None) -> dict[str, bytes] | None:
    """What a loaded folder holds; None for a denial."""
    if folder is None:
        return None
    root = stage.project / folder
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _disturb(stage: Stage, scene: Scene, fault: Fault) -> tuple[str, list[str]]:
    """Run a scene's command with a fault, look, and run it again; gives the call that was hit and what is wrong."""
    before, after, between = stage.prepare(scene)
    command = stage.command(scene)
    stage.reset(scene)
    ran = stage.commands.faulty(*command, folder=stage.project, fault=fault)
    now = look_at(stage.project)
    if not ran.hit:
        return "", [*([f"exit code {ran.code} without a fault"] if ran.code else []), *differences(now, after)]
    wrong = [*_told(ran, fault), *half_done(before, now, after, *between), *_loaded(stage, scene)]
    if ran.code == 0:
        wrong += [f"says it is done, but {difference}" for difference in differences(now, after)]
    again = stage.run(*command)
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
    points, wrong = _disturb_all(stage, ALL[scene], lambda at: Fault(CALLS[calls], what, at, onwards=what == "ENOSPC"))
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


def test_an_approval_killed_between_two_ledgers_allows_neither_model_and_the_rerun_brings_both(stage: Stage) -> None:
    scene = WORDS["approve-together"]
    stage.prepare(scene)
    between = 0
    for at in itertools.count(1):
        stage.reset(scene)
        ran = stage.commands.faulty(*scene.command, folder=stage.project, fault=Fault(CALLS["link"], KILL, at))
        if not ran.hit:
            break
        said = [path.name for path in (stage.project / "models").glob("*/evidence/approval-*.json")]
        verdicts = _verdicts(stage)
        assert verdicts == dict.fromkeys((NAME, TWIN), len(said) == len(scene.models)), ran.hit
        between += len(said) == 1
        stage.well(*scene.command)
        assert _verdicts(stage) == {NAME: True, TWIN: True}
    assert between


def _verdicts(stage: Stage) -> dict[str, bool]:
    """Whether each model may run, by what status says."""
    models = json.loads(stage.well("weighbridge", "status", "--no-registry", "--json").output)["models"]
    return {model["name"]: model["verdicts"][0]["allow"] for model in models}


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
