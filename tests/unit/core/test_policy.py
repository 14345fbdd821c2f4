from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.signer import FakeSigner
from tests.fakes.statements import NOON
from tests.fakes.story import ANN, BOB, EVE, TEAM, policy

from weighbridge.core.errors import ConfigError
from weighbridge.core.policy import NOTHING, KeyLimits, Person, Policy, Stage, require_stage_name

RULES = policy(Stage("staging", 1), Stage("production", lasts=timedelta(days=90), max_evidence_age=timedelta(hours=24)))


@pytest.mark.parametrize("name", ["staging", "production", "a", "eu-west_1", "v", "v1a", "latest-1", "a" * 63])
def test_a_stage_may_be_called(name: str) -> None:
    assert require_stage_name(name) == name


@pytest.mark.parametrize("name", ["", "latest", "v1", "v12", "Prod", "1st", "-a", "a b", "a.b", "a" * 64, "a\n", "é"])
def test_a_stage_may_not_be_called(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        require_stage_name(name)
    assert caught.value.code == "bad-stage"
    with pytest.raises(ConfigError):
        policy(Stage(name))


def test_who_owns_a_key() -> None:
    assert RULES.owner(ANN.key.id) == RULES.owner(FakeSigner("ann's other key").key.id) == TEAM[0]
    assert RULES.owner(EVE.key.id) is None
    assert RULES.keys[BOB.key.id] == BOB.key
    assert EVE.key.id not in RULES.keys
    assert len(RULES.keys) == 5


def test_how_far_a_key_counts() -> None:
    ended = KeyLimits(expires=NOON)
    rules = replace(RULES, people=(replace(TEAM[0], limits={ANN.key.id: ended}), *TEAM[1:]))
    assert rules.limits(ANN.key.id) == ended
    others = (FakeSigner("ann's other key"), BOB, EVE)
    assert [rules.limits(item.key.id) for item in others] == [KeyLimits()] * 3


def test_every_role() -> None:
    assert RULES.all_roles == {"adder", "approver", "machine"}
    assert policy(people=()).all_roles == frozenset()
    assert policy(Stage("a", roles=frozenset({"lead"}))).vouching_roles == {"adder", "approver", "machine", "lead"}


def test_a_stage_by_its_name() -> None:
    assert RULES.stage("staging") == RULES.stages[0]
    assert RULES.stage("unknown") is None


@pytest.mark.parametrize(
    ("stages", "people", "kind"),
    [
        ((Stage("a"), Stage("a", 1)), (), "stage"),
        ((), (TEAM[0], replace(TEAM[0], keys=())), "person"),
        ((), (TEAM[0], Person("eve", frozenset(), (ANN.key,))), "key"),
        ((), (Person("eve", frozenset(), (EVE.key, EVE.key)),), "key"),
    ],
)
def test_nothing_stands_twice(stages: tuple[Stage, ...], people: tuple[Person, ...], kind: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Policy("project", stages, people)
    assert caught.value.code == "duplicate"
    assert caught.value.details == {"kind": kind}


@pytest.mark.parametrize("approvals", [0, -1])
def test_a_stage_asks_for_somebody(approvals: int) -> None:
    with pytest.raises(ConfigError) as caught:
        policy(Stage("production", approvals))
    assert caught.value.code == "bad-value"
    assert "stages.production.approvals" in caught.value.message


CHANGES = [
    replace(RULES, project="other"),
    replace(RULES, stages=RULES.stages[:1]),
    replace(RULES, stages=(replace(RULES.stages[0], approvals=3), RULES.stages[1])),
    replace(RULES, stages=(replace(RULES.stages[0], adder_may_approve=True), RULES.stages[1])),
    replace(RULES, stages=(replace(RULES.stages[0], roles=frozenset({"boss"})), RULES.stages[1])),
    replace(RULES, stages=(replace(RULES.stages[0], lasts=timedelta(seconds=1)), RULES.stages[1])),
    replace(RULES, stages=(replace(RULES.stages[0], max_evidence_age=timedelta(seconds=1)), RULES.stages[1])),
    replace(RULES, stages=(replace(RULES.stages[0], allow_superseded=True), RULES.stages[1])),
    replace(RULES, people=TEAM[:3]),
    replace(RULES, people=(replace(TEAM[0], roles=frozenset()), *TEAM[1:])),
    replace(RULES, people=(replace(TEAM[0], keys=TEAM[0].keys[:1]), *TEAM[1:])),
    replace(RULES, people=(replace(TEAM[0], id="anna"), *TEAM[1:])),
    replace(RULES, stages=(RULES.stages[0], replace(RULES.stages[1], after="staging"))),
    replace(RULES, people=(replace(TEAM[0], limits={ANN.key.id: KeyLimits(expires=NOON)}), *TEAM[1:])),
    replace(RULES, people=(replace(TEAM[0], limits={ANN.key.id: KeyLimits(last=NOTHING)}), *TEAM[1:])),
    replace(RULES, people=(replace(TEAM[0], limits={ANN.key.id: KeyLimits(last="a" * 64)}), *TEAM[1:])),
    replace(RULES, rules=replace(RULES.rules, denied_sources=("hf:org/**",))),
]


def test_every_rule_is_in_the_digest() -> None:
    digests = {rules.digest for rules in [RULES, *CHANGES]}
    assert len(digests) == len(CHANGES) + 1


def test_names_for_readers_and_the_place_of_trust_are_not() -> None:
    renamed = replace(RULES, people=(replace(TEAM[0], name="Ann Example"), *TEAM[1:]), trust="sha256:" + "0" * 64)
    assert renamed.digest == RULES.digest
