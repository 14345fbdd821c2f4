"""The matrix: all rows, by one process or several, grouped for reading."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import warnings
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.tampering.artefacts import Artefacts
from tests.tampering.classes import HARMLESS
from tests.tampering.judging import HARMLESS as NOTHING
from tests.tampering.judging import LOOSENED, Row, judged
from tests.tampering.sandbox import Sandbox
from tests.tampering.special import Special
from tests.tampering.world import environment, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.tampering.mutation import Mutation
    from tests.tampering.world import World


def mutations(world: World) -> list[Mutation]:
    """Every change, those with a name first."""
    return [*Special(world), *Artefacts(world)]


def sample(found: Sequence[Mutation], a_group: int) -> list[Mutation]:
    """Every change with a name, and of each artefact so many, spread over all of its kinds; always the same ones."""
    groups: dict[str, list[Mutation]] = defaultdict(list)
    for item in found:
        groups[item.artefact].append(item)
    chosen: list[Mutation] = []
    for artefact, items in groups.items():
        named = artefact.startswith("named: ")
        step = 1 if named else max(1, -(-len(items) // a_group))
        chosen += items[step // 2 :: step]
    return chosen


def rows(world: World, folder: Path, asked: Iterable[Mutation]) -> list[Row]:
    """Make each change in a copy of the world and judge what comes of it."""
    with environment(**surroundings(world.base.parent)), warnings.catch_warnings():
        # MLflow and SQLAlchemy warn of what a database holds after somebody wrote into it.
        warnings.simplefilter("ignore")
        box = Sandbox(world, folder)
        try:
            return [judged(item, box.before(item), box.ask(item), world) for item in asked]
        finally:
            shutil.rmtree(folder)


def _part(job: tuple[World, Path, int, int, int]) -> list[Row]:
    world, folder, number, jobs, a_group = job
    found = mutations(world)
    chosen = sample(found, a_group) if a_group else found
    return rows(world, folder / f"copy-{number}", chosen[number::jobs])


def parallel(world: World, folder: Path, jobs: int, a_group: int = 0) -> list[Row]:
    """All rows, by several processes; with `a_group` so many of each artefact."""
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        parts = pool.map(_part, [(world, folder, number, jobs, a_group) for number in range(jobs)], chunksize=1)
    return sorted((row for part in parts for row in part), key=lambda row: row.mutation.label)


def table(found: Sequence[Row]) -> str:
    """The matrix in words: artefact, what was done to it, what came of it, how often."""
    groups: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in found:
        key = (row.mutation.artefact, row.mutation.kind, row.outcome + (f" ({row.reason})" if row.reason else ""))
        counts[key] += 1
        groups[key].update(row.codes.keys())
    lines, last = [], ""
    for key in sorted(counts):
        artefact, kind, outcome = key
        if artefact != last:
            lines += ["", artefact]
            last = artefact
        codes = ", ".join(code for code, _ in groups[key].most_common(4))
        lines.append(f"  {kind:<58} {counts[key]:>5}  {outcome}{': ' if codes else ''}{codes}")
    totals = Counter(row.outcome for row in found)
    summary = ", ".join(f"{outcome} {count}" for outcome, count in sorted(totals.items()))
    faults = [f"  {row.mutation.label}: {row.fault}" for row in found if row.fault]
    lines += ["", f"{len(found)} changes: {summary}", f"{len(faults)} of them must not be", *faults]
    return "\n".join(lines).lstrip("\n")


def document(found: Sequence[Row]) -> str:
    """The matrix for machines, one object a row."""
    return json.dumps(
        [
            {
                "artefact": row.mutation.artefact,
                "kind": row.mutation.kind,
                "where": row.mutation.where,
                "outcome": row.outcome,
                "codes": dict(row.codes),
                "class": row.reason,
                "fault": row.fault,
            }
            for row in found
        ],
        indent=1,
    )


def blind(found: Iterable[Row]) -> set[str]:
    """The classes of what can't be seen that some row is of."""
    ids = {item.id for item in HARMLESS}
    return {row.reason for row in found if row.outcome in {LOOSENED, NOTHING} and row.reason and row.reason not in ids}


def harmless(found: Iterable[Row]) -> set[str]:
    """The classes of harmless changes that some row is of."""
    ids = {item.id for item in HARMLESS}
    return {row.reason for row in found if row.reason in ids}
