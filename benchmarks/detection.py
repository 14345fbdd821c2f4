"""What Weighbridge and another scanner find in the same samples, in the same run, and how long both take.

The samples are those that the tests of our checks hold: each bad one is an attack that one check is about, each good
one is an ordinary model of the same shape. Whoever wrote a check wrote its samples: weigh the counts accordingly. A
scanner *speaks* if what it finds makes its own command fail. Ours judges each sample as a model of its own, in this
process; the times are those of one command over the folder of all samples.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from tests.samples.all import WRITTEN
from tests.samples.look import look

from benchmarks.result import BenchmarkError, Row, seconds
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from benchmarks.result import Bench

_KINDS = ("bad", "good")
# What the source says of a model: no scanner of files can see it.
_OF_SOURCES = frozenset({"confusable-owner", "hub-verdict"})
_TOLD_CHARACTERS = 500
LIMIT_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Peer:
    """Another scanner.

    Args:
        name: With its version.
        speaks: The cases of a folder in which it speaks, by their paths within it.
    """

    name: str
    speaks: Callable[[Path], set[str]]


def _denies(check: str) -> bool:
    return check not in _OF_SOURCES and CATALOGUE[check].severity is Severity.DENY


def samples(folder: Path) -> set[str]:
    """Write the samples of checks that deny for what files hold.

    Returns:
        Their paths within the folder: ``<check-id>/<bad|good>/<case>``.
    """
    cases = {case for case in WRITTEN if _denies(case.split("/")[0])}
    for case in cases:
        for name, data in WRITTEN[case].items():
            target = folder / case / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return cases


def environment(home: Path) -> dict[str, str]:
    """An empty home, no telemetry, nothing of this user."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "NO_ANALYTICS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
    }


def run(command: Iterable[str | Path], home: Path, allowed: set[int], limit_seconds: float = LIMIT_SECONDS) -> str:
    """What a scanner printed.

    Raises:
        BenchmarkError: It did not come to its end.
    """
    line = [str(part) for part in command]
    try:
        done = subprocess.run(
            line, cwd=home, env=environment(home), capture_output=True, text=True, timeout=limit_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkError(f"{line[0]} took longer than {limit_seconds:g} s") from error
    if done.returncode not in allowed:
        raise BenchmarkError(f"{line[0]} ended with code {done.returncode}: {done.stderr[-_TOLD_CHARACTERS:]}")
    return done.stdout


def case_of(path: str, folder: Path) -> str:
    """The case that a path, or a place within a file, belongs to; empty if none."""
    parts = path.removeprefix(f"{folder}/").split("/")
    return "/".join(parts[:3]) if len(parts) > len(_KINDS) and parts[1] in _KINDS else ""


def _denied(cases: set[str]) -> set[str]:
    return {case for case in cases if not all(item.passes for item in look(WRITTEN[case]))}


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _counts(cases: set[str], spoke: tuple[set[str], set[str]], name: str) -> list[Row]:
    bad, good = ({case for case in cases if case.split("/")[1] == kind} for kind in _KINDS)
    found, alarms = ([len(each & of) for each in spoke] for of in (bad, good))
    return [
        Row(
            f"malicious samples found, of {len(bad)}",
            str(found[0]),
            f"{name}: {found[1]}",
            f"{found[0]}/{len(bad)}",
            "all",
            found[0] == len(bad),
            "the samples are those of our own checks",
            {"ours": found[0], "peer": found[1]},
        ),
        Row(
            f"benign samples denied, of {len(good)}",
            str(alarms[0]),
            f"{name}: {alarms[1]}",
            f"{alarms[0]}/{len(good)}",
            "none",
            not alarms[0],
            "a good sample of one check has to be good for all",
            {"ours": alarms[0], "peer": alarms[1]},
        ),
    ]


def compare(bench: Bench, peer: Peer) -> list[Row]:
    """Both scanners over the same files."""
    work = bench.folder / "work" / "detection"
    shutil.rmtree(work, ignore_errors=True)
    folder, home = work / "samples", work / "home"
    command = [bench.program("weighbridge"), "inspect", str(folder), "--json"]
    ours: list[float] = []
    theirs: list[float] = []
    spoke: set[str] = set()
    try:
        cases = samples(folder)
        for _ in range(bench.repeats):
            ours.append(_timed(lambda: run(command, home, {10})))
            theirs.append(_timed(lambda: spoke.update(peer.speaks(folder))))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    files = sum(len(WRITTEN[case]) for case in cases)
    return [
        *_counts(cases, (_denied(cases), spoke), peer.name),
        Row(
            f"inspect {files} files in {len(cases)} folders",
            seconds(ours),
            f"{peer.name}: {seconds(theirs)}",
            f"{median(theirs) / median(ours):.2f}x",
            "none: for the reader",
            reached=True,
            limit="every file is read whole, in processes that may do nothing else; the start of the programs counts",
            values={"ours": ours, "peer": theirs},
        ),
    ]
