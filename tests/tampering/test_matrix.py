"""The matrix, sampled: `make matrix` makes every change, this makes the named ones and some of every artefact."""

from __future__ import annotations

import fcntl
import os
import pickle
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.tampering.artefacts import MODELS
from tests.tampering.classes import BLIND
from tests.tampering.classes import HARMLESS as EXPLAINED
from tests.tampering.judging import HARMLESS, LOOSENED, REFUSED, Row
from tests.tampering.matrix import blind, document, mutations, rows, sample, table
from tests.tampering.mutation import ALL_PROBES, Mutation
from tests.tampering.sandbox import Sandbox
from tests.tampering.world import PROJECT, REMOTE, World, build, environment, surroundings
from weighbridge.core.errors import IntegrityError
from weighbridge.wiring.project import open_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

A_GROUP = 3
SECURITY_MODEL = Path(__file__).parents[2] / "docs" / "security-model.md"
HEADING = "## What can't be seen from here, and who sees it"


# A busy machine takes its time for some hundred projects.
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run of the tests have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tampering"
    folder.mkdir(exist_ok=True)
    return folder


def once(folder: Path, name: str, make: Callable[[], T]) -> T:
    """What the first process to ask has made; the others wait for it."""
    kept = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(make()))
    made: T = pickle.loads(kept.read_bytes())  # noqa: S301  written a moment ago by this run
    return made


@pytest.fixture(scope="module")
def world(shared: Path) -> World:
    def made() -> World:
        with environment(**surroundings(shared / "home")):
            return build(shared / "home")

    return once(shared, "world", made)


@pytest.fixture(scope="module")
def every(world: World) -> list[Mutation]:
    return mutations(world)


@pytest.fixture(scope="module")
def found(world: World, shared: Path) -> list[Row]:
    return once(shared, "rows", lambda: rows(world, shared / "copy", sample(mutations(world), A_GROUP)))


@pytest.fixture
def home(world: World, tmp_path: Path) -> Iterator[Path]:
    """A copy of the project alone, to be spoilt."""
    shutil.copytree(world.base, tmp_path / "now")
    with environment(**surroundings(world.base.parent)):
        yield tmp_path / "now"


def of(found: list[Row], artefact: str) -> list[Row]:
    return [row for row in found if row.mutation.artefact == artefact]


def test_the_untouched_project_passes_every_probe(world: World, tmp_path: Path) -> None:
    with environment(**surroundings(world.base.parent)):
        before = Sandbox(world, tmp_path / "copy").before(Mutation("", "", "", probes=ALL_PROBES | {"pull"}))
    for probe, questions in before.items():
        granted = frozenset().union(*(answer.grants for answer in questions.values()))
        bundles = {grant for grant in world.allowed if grant[0] == "alpha"}
        assert granted == (bundles if probe.startswith("bundle") else world.allowed), probe
        assert {answer.exit for answer in questions.values()} <= {0, 10}, probe


def test_no_change_is_taken_that_must_not_be(found: list[Row]) -> None:
    assert [f"{row.mutation.label}: {row.fault}" for row in found if row.fault] == []
    assert {row.mutation.artefact for row in found} >= {
        "lock",
        "pointer",
        "checkpoint",
        "exported bundle",
        "model file",
    }
    assert sum(row.outcome == REFUSED for row in found) > len(found) / 3


def test_what_cant_be_seen_is_what_the_security_model_lists(found: list[Row]) -> None:
    text = SECURITY_MODEL.read_text(encoding="utf-8")
    section = text.partition(HEADING)[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert sorted(listed) == sorted(blind(found)) == sorted({item.id for item in BLIND})


def test_what_cant_be_seen_was_approved_once(found: list[Row], world: World) -> None:
    old = {"newest-removed", "store-set-back", "insider-statement"}
    loosened = [row for row in found if row.outcome == LOOSENED and row.reason in old]
    assert {row.reason for row in loosened} == old
    for row in loosened:
        assert row.gained <= world.ever, row.mutation.label


def test_who_sees_what_others_cant(found: list[Row]) -> None:
    (rules,) = of(found, "named: rules loosened in weighbridge.toml")
    assert not any("trusted" in code or "consumer" in code for code in rules.codes), "a trust file is the guard"
    (store,) = of(found, "named: the published statements set back")
    assert "20 rolled-back" in store.codes, "who saw a newer statement"
    assert "runs for seen" not in store.codes
    cut, evidence = of(found, "named: the newest revocation removed")
    assert (cut.mutation.kind, evidence.codes) == ("from the folder", {"20 rolled-back": 4})


def test_a_removed_revocation_comes_back_from_what_was_published(world: World, home: Path) -> None:
    revocation = f"{MODELS}/gamma/evidence/revocation-{world.evidence['gamma'][-1].id[:16]}.json"
    (home / revocation).unlink()
    custody = open_project(home / PROJECT).custody
    assert custody.load("gamma", "staging")
    custody.catch_up(["gamma"])
    assert (home / revocation).is_file()
    assert not custody.verdict(custody.record("gamma"), "staging").allow
    (home / revocation).unlink()
    for path in (home / REMOTE / "weighbridge" / PROJECT / "gamma").iterdir():
        path.unlink()
    with pytest.raises(IntegrityError) as error:
        custody.catch_up(["gamma"])
    assert error.value.code == "evidence-lost"


def test_the_next_who_publishes_puts_a_false_statement_right(every: list[Mutation], home: Path) -> None:
    false = next(item for item in every if item.kind == "with a higher number" and "trusted" in item.artefact)
    for path, data in false.files.items():
        assert data is not None
        (home / path).write_bytes(data)
    custody = open_project(home / PROJECT).custody
    last = custody.last()
    assert last is not None
    assert "staging" in last.said.heads["gamma"]
    said = replace(custody, clock=lambda: last.said.issued_at).heads(key="bot").said
    assert said.number == last.said.number + 1
    assert said.heads["gamma"] == {}


def test_a_harmless_change_is_explained_and_none_is_explained_twice(found: list[Row]) -> None:
    explained = {item.id for item in EXPLAINED}
    assert explained.isdisjoint({item.id for item in BLIND})
    for row in found:
        if row.outcome == HARMLESS:
            assert row.reason in explained | {item.id for item in BLIND}, row.mutation.label
    assert all(item.why for item in (*EXPLAINED, *BLIND))


def test_the_matrix_is_printed(found: list[Row]) -> None:
    text = table(found)
    assert f"{len(found)} changes: " in text
    assert "0 of them must not be" in text
    assert document(found).count('"outcome"') == len(found)


def test_the_sample_has_every_change_with_a_name_and_some_of_every_artefact(every: list[Mutation]) -> None:
    chosen = sample(every, A_GROUP)
    assert chosen == sample(every, A_GROUP)
    assert {item.label for item in every if item.artefact.startswith("named: ")} <= {item.label for item in chosen}
    assert {item.artefact for item in every} == {item.artefact for item in chosen}
    assert len(every) > 10_000 > 20 * len(chosen)
