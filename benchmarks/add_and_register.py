"""`weighbridge add` and `register`, against the whole pipeline that is copied around, repaired so that it runs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks import add, taking_in
from benchmarks.peers import mission_pipeline_files
from benchmarks.place import NAME, REPO, Place, place

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.process import Cost
    from benchmarks.result import Bench, Row

FASTER, WRITTEN = 4.0, 0.42


def ours(at: Place) -> taking_in.Way:
    """Two commands."""

    def register(folder: Path) -> Cost:
        return at.run("weighbridge", "register", NAME, cwd=folder)

    way = add.ours(at)
    return taking_in.Way("weighbridge", way.prepare, [*way.steps, ("register", register)], way.remote)


def peer(at: Place, layout: str) -> taking_in.Way:
    """`dvc repro` runs download, validation and registration and does the work of `dvc add`.

    Args:
        at: Where.
        layout: ``cache`` for the Hub cache's own, as it was written, or ``flat``.
    """

    def prepare(name: str) -> Path:
        folder = at.dvc_project(name)
        script, stages = mission_pipeline_files()
        (folder / "scripts").mkdir()
        (folder / "models" / "external").mkdir(parents=True)
        shutil.copy(script, folder / "scripts" / script.name)
        shutil.copy(stages, folder / "dvc.yaml")
        return folder

    def repro(folder: Path) -> Cost:
        return at.run("dvc", "repro", cwd=folder, MODEL_ID=REPO, MODEL_REVISION=at.commit, MODEL_LAYOUT=layout)

    def push(folder: Path) -> Cost:
        return at.run("dvc", "push", cwd=folder)

    return taking_in.Way("the pipeline", prepare, [("dvc repro", repro), ("dvc push", push)], "remote")


def measure(bench: Bench) -> list[Row]:
    """Time and bytes written, against the pipeline as it was written and with a flat folder."""
    with place(bench, "register") as at:
        us, *others = taking_in.in_turn(at, ours(at), peer(at, "cache"), peer(at, "flat"))
        found = []
        for them, name in zip(others, ("the repaired pipeline", "the same with a flat folder"), strict=True):
            found += taking_in.rows(at, (us, them), "add + register", name, (FASTER, WRITTEN))
        return found
