"""Runs on record: who vouches for them, and whether the evidence has the grounds that they name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.world import NOON, SOLO, World

from weighbridge.core.attestation import sign
from weighbridge.core.deployed import Refusal, Run
from weighbridge.core.deployments import Deployed, deployments
from weighbridge.core.errors import IntegrityError
from weighbridge.core.policy import NOTHING, KeyLimits

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.policy import Policy

ANN, EVE = FakeSigner("ann"), FakeSigner("eve")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.add()
    made.approve()
    return made


@pytest.fixture
def run(world: World) -> Run:
    given = world.custody.offer("tiny", "production").given
    return Run(
        id="a" * 32,
        project="project",
        stage="production",
        program=("python3", "serve.py"),
        host="node",
        user="ann",
        trust="local",
        enforced=True,
        sandbox=False,
        models=(given,),
        started_at=NOON + timedelta(minutes=1),
    )


def words(*runs: Run, signer: FakeSigner = ANN) -> list[bytes]:
    return [sign(run.to_statement(), signer) for run in runs]


def found(world: World, envelopes: list[bytes], policy: Policy = SOLO) -> tuple[Deployed, ...]:
    return deployments(envelopes, policy, fake_verify, world.custody.record)


def test_a_run_is_told_once_as_it_ended(world: World, run: Run) -> None:
    ended = run.ended(run.started_at + timedelta(hours=1), 3, [Refusal("hf:org/other", "not-approved")])
    (told,) = found(world, words(ended, run))
    assert (told.run, told.people, told.problems) == (ended, ("ann",), ())
    assert len(told.evidence) == 2
    json = told.to_json()
    assert json["digests"] == {"tiny": run.models[0].digest}
    assert (json["people"], json["problems"]) == (["ann"], [])
    assert json["deployment"] == ended.to_json()


def test_a_killed_run_has_left_its_first_word(world: World, run: Run) -> None:
    (told,) = found(world, words(run))
    assert (told.run, told.problems) == (run, ())


def test_the_newest_start_comes_first_and_other_projects_are_none_of_ours(world: World, run: Run) -> None:
    later = replace(run, id="b" * 32, started_at=run.started_at + timedelta(seconds=1))
    elsewhere = replace(run, id="c" * 32, project="other")
    assert [item.run.id[0] for item in found(world, words(run, later, elsewhere))] == ["b", "a"]


def test_nobody_vouches_for_what_a_stranger_signed(world: World, run: Run) -> None:
    (told,) = found(world, words(run, signer=EVE))
    assert (told.people, told.problems) == ((), ("nobody trusted signed the record",))


@pytest.mark.parametrize(
    ("limits", "people"),
    [
        (KeyLimits(expires=NOON), ()),
        (KeyLimits(expires=NOON + timedelta(days=1)), ("ann",)),
        (KeyLimits(last=NOTHING), ()),
    ],
)
def test_a_key_that_ended_vouches_for_nothing(
    world: World, run: Run, limits: KeyLimits, people: tuple[str, ...]
) -> None:
    owner = replace(SOLO.people[0], limits={ANN.key.id: limits})
    (told,) = found(world, words(run), replace(SOLO, people=(owner,)))
    assert told.people == people


def test_a_key_without_an_owner_vouches_for_nothing(world: World, run: Run) -> None:
    policy = replace(SOLO, people=())
    (told,) = found(world, words(run), policy)
    assert told.people == ()


def test_two_words_of_one_moment_are_told(world: World, run: Run) -> None:
    end = run.started_at + timedelta(hours=1)
    (told,) = found(world, words(run, run.ended(end, 0, []), run.ended(end, 1, [])))
    assert told.problems == ("there is more than one record of the same moment of the run",)


def test_an_end_of_another_program_is_told(world: World, run: Run) -> None:
    other = replace(run, program=("python3", "other.py")).ended(run.started_at, 0, [])
    (told,) = found(world, words(run, other))
    assert told.problems == ("the records of its start and of its end are not of one run",)


def test_grounds_that_the_evidence_does_not_have_are_told(world: World, run: Run) -> None:
    given = replace(run.models[0], digest="sha256:" + "0" * 64, approvals=("f" * 64, *run.models[0].approvals))
    (told,) = found(world, words(replace(run, models=(given,))))
    assert told.problems == ("tiny 000000000000 is no signed pin", f"tiny has no approval {'f' * 16} that counts")


def test_an_approval_that_counts_no_more_is_no_ground(world: World, run: Run) -> None:
    world.policy = replace(SOLO, people=(replace(SOLO.people[0], roles=frozenset({"adder"})),))
    (told,) = found(world, words(run))
    assert told.problems == (f"tiny has no approval {run.models[0].approvals[0][:16]} that counts",)


def test_what_is_no_deployment_is_refused(world: World) -> None:
    with pytest.raises(IntegrityError) as caught:
        found(world, list(world.ledger.read("tiny")))
    assert caught.value.code == "bad-statement"
