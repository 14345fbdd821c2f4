"""`weighbridge lint`, beside Bandit's B615, which looks for downloads from the Hub without a revision in Python.

What both find in the labelled corpus, place by place; both commands over real source trees of PyPI, with what Bandit
finds there and we do not; and the hook's own case, a few files of a governed project.
"""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.lint_peer import Bandit, found_by_bandit
from benchmarks.lint_places import labelled, on_lines, spoken
from benchmarks.lint_trees import trees
from benchmarks.place import NAME, REPO, place
from benchmarks.process import run
from benchmarks.result import MIB, BenchmarkError, Row, faster, seconds, within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from benchmarks.lint_places import Line
    from benchmarks.result import Bench

LIMIT_SECONDS = 0.300
FEW = 20
_LEAST = 10.0
_RECALL, _PRECISION = 0.95, 0.95
_TOLD = 20


def measure(bench: Bench) -> list[Row]:
    """Detection, speed, and the hook.

    Raises:
        PeerMissingError: Bandit can't be installed, or the source trees can't be had.
    """
    bandit = Bandit.installed(bench)
    return [*_corpus(bench, bandit), *_trees(bench, bandit), *_hook(bench)]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _corpus(bench: Bench, bandit: Bandit) -> list[Row]:
    """One row a language: places that name a model which is not pinned."""
    rows = []
    theirs = found_by_bandit(bandit, bench.folder / "work" / "lint-corpus")
    for language, (wanted, known) in labelled().items():
        ours = spoken(language)
        recall, precision = _share(len(wanted & ours), len(wanted)), _share(len(ours & known), len(ours))
        peer = {line for line in theirs if line[0].startswith(f"{language}/")}
        hits = on_lines(wanted, peer)
        said = f"Bandit B615: {hits} of {len(wanted)} found, {len(peer) - on_lines(known, peer)} false"
        rows.append(
            Row(
                f"models found in {language}, of {len(wanted)} places",
                f"{len(wanted & ours)} found, {len(ours - known)} false, precision {precision:.1%}",
                said,
                f"{recall:.1%}",
                f"≥ {_RECALL:.0%}, precision ≥ {_PRECISION:.0%}",
                recall >= _RECALL and precision >= _PRECISION,
                "the corpus is ours: whoever wrote it knew the tables",
                {"recall": recall, "precision": precision, "peer": _share(hits, len(wanted))},
            )
        )
    return rows


def _ours(bench: Bench, folder: Path) -> tuple[float, set[Line]]:
    """Seconds of the command, and the lines that it speaks of."""
    output = folder.with_name("lint.json")
    command = f'"{bench.program("weighbridge")}" lint --json . > "{output}"; test $? -eq 0 -o $? -eq 10'
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "LANG": "C.UTF-8"}
    cost = run(["bash", "-c", command], cwd=folder, env=environment)
    references = json.loads(output.read_text(encoding="utf-8"))["references"]
    return cost.seconds, {(each["path"], each["line"]) for each in references}


def _trees(bench: Bench, bandit: Bandit) -> list[Row]:
    folder, count = trees(bench.folder)
    ours: list[float] = []
    theirs: list[float] = []
    lines: set[Line] = set()
    for _ in range(bench.repeats):
        took, lines = _ours(bench, folder)
        ours.append(took)
        theirs.append(bandit.over(folder))
    missed = [line for line in bandit.ranges() if not _within(line, lines)]
    ratio, target, reached = faster("bandit", ours, theirs, _LEAST)
    return [
        Row(
            f"lint of {count} Python files",
            seconds(ours),
            f"bandit -t B615 -r: {seconds(theirs)}",
            ratio,
            target,
            reached,
            "parsing; both are whole commands",
            {"ours": ours, "peer": theirs},
        ),
        Row(
            f"what Bandit finds there, {len(bandit.ranges())} places",
            f"{len(bandit.ranges()) - len(missed)} found",
            "what is left: " + ", ".join(f"{path}:{first}" for path, first, _ in missed[:_TOLD]),
            f"{len(missed)} left",
            "nothing true; see docs/lint.md",
            all(bandit.is_data(place) for place in missed),
            "data sets are no models, and a path that a program made itself is none",
            {"left": len(missed)},
        ),
    ]


def _within(place: tuple[str, int, int], lines: Collection[Line]) -> bool:
    path, first, last = place
    return any((path, line) in lines for line in range(first, last + 1))


def _files(folder: Path, commit: str) -> Iterable[str]:
    """Programs of a usual size, of which every fourth names the governed model."""
    for number in range(FEW):
        names = f'MODEL = "{REPO}"\nmodel = AutoModel.from_pretrained(MODEL, revision="{commit}")\n'
        loads = f"from transformers import AutoModel\n\n{names}" if number % 4 == 0 else ""
        text = "".join(f"def f{line}(a, b):\n    return [a + x for x in b if x]\n\n\n" for line in range(40))
        path = folder / f"module_{number}.py"
        path.write_text(f"import os\n{loads}\n{text}", encoding="utf-8")
        yield path.name


def _hook(bench: Bench) -> list[Row]:
    """`weighbridge lint F1 … F20` in a project whose model is approved."""
    taken: list[float] = []
    with place(bench, "lint", size_bytes=MIB, shards=1) as at:
        project = at.project("project")
        at.run("weighbridge", "add", at.ref, "--name", NAME, "--no-push", cwd=project)
        at.run("weighbridge", "approve", NAME, "--stage", "production", cwd=project)
        names = list(_files(project, at.commit))
        if subprocess.run(["git", "add", *names], cwd=project, check=False).returncode:
            raise BenchmarkError("git can't take the files in")
        taken += [at.run("weighbridge", "lint", *names, cwd=project).seconds for _ in range(3 * bench.rounds)]
    cost, best, most, kept = within(taken, LIMIT_SECONDS, 1e-3, "ms")
    why = f"the interpreter, and the evidence of the model that is named; median {median(taken) * 1e3:.0f} ms"
    return [Row(f"weighbridge lint of {FEW} files in a project", cost, "none", best, most, kept, why, {"ours": taken})]
