"""Which changes of rules, stages and people loosen: every field, in both directions."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.merges import codes
from tests.fakes.signer import FakeSigner
from tests.fakes.story import ANN, BOB, EVE, TEAM, policy

from weighbridge.core.finding import Severity
from weighbridge.core.merge_policy import policy_findings
from weighbridge.core.merge_rules import RULES, STAGE, looser_rules
from weighbridge.core.policy import NOTHING, KeyLimits, Person, Policy, Stage
from weighbridge.core.ports import PublicKey
from weighbridge.core.rules import Expression, Rules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON, LATER = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
PEM = "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----"
ONE_KEY, TWO_KEYS = (PEM.format("AAAA"),), (PEM.format("AAAA"), PEM.format("BBBB"))
SMALL = Expression("small", "size < 10", "too large")

# field: the stricter value, the looser one.
RULE_STEPS: dict[str, list[tuple[Any, Any]]] = {
    "inspection": [("required", "off")],
    "sources": [
        (("hf:a/*",), ()),
        (("hf:a/*",), ("hf:a/*", "hf:b/*")),
        (("hf:a/*",), ("hf:*/*",)),
        (("hf:a/*",), ("hf:**",)),
    ],
    "denied_sources": [
        (("hf:*/*",), ("hf:a/*",)),
        (("hf:**",), ("hf:a/b",)),
        (("hf:a/*",), ()),
        (("hf:a/*", "hf:b/*"), ("hf:a/*",)),
    ],
    "formats": [(("safetensors",), ()), (("safetensors",), ("safetensors", "pickle"))],
    "licences_allow": [(("MIT",), ()), (("MIT",), ("MIT", "GPL-3.0-only"))],
    "licences_deny": [(("MIT",), ())],
    "licences_unknown": [("deny", "allow"), ("deny", "")],
    "max_model_bytes": [(10, 11), (10, None)],
    "max_file_bytes": [(10, 11), (10, None)],
    "remote_code": [("deny", "pinned")],
    "severities": [
        ({}, {"licence-unknown": Severity.NOTE}),
        ({"licence-unknown": Severity.DENY}, {}),
        ({"licence-unknown": Severity.DENY}, {"licence-unknown": Severity.WARN}),
    ],
    "scanners": [(("modelscan",), ())],
    "max_inspection_age": [(HOUR, DAY), (HOUR, None)],
    "inspected_by": [(frozenset({"machine"}), frozenset({"machine", "adder"}))],
    "publishers": [(ONE_KEY, ()), (ONE_KEY, TWO_KEYS)],
    "expressions": [((SMALL,), ()), ((SMALL,), (replace(SMALL, expression="true"),))],
}
STAGE_STEPS: dict[str, list[tuple[Any, Any]]] = {
    "name": [],
    "approvals": [(2, 1)],
    "adder_may_approve": [(False, True)],
    "roles": [(frozenset({"approver"}), frozenset({"approver", "adder"}))],
    "lasts": [(HOUR, DAY), (HOUR, None)],
    "max_evidence_age": [(HOUR, DAY), (HOUR, None)],
    "allow_superseded": [(False, True)],
    "rules": [(Rules(), Rules(inspection="off")), (Rules(), Rules(remote_code="pinned"))],
    "after": [("staging", None), ("staging", "testing")],
}


def found(before: Policy, after: Policy) -> list[str]:
    return codes(policy_findings(before, after, "weighbridge.toml"))


@pytest.mark.parametrize(("kind", "judged", "tried"), [(Rules, RULES, RULE_STEPS), (Stage, STAGE, STAGE_STEPS)])
def test_every_field_is_judged_and_tried(kind: type, judged: Any, tried: Any) -> None:
    """A new rule fails here until somebody says which change of it lets more in."""
    names = {item.name for item in fields(kind)}
    assert judged.keys() == names
    assert tried.keys() == names


def test_every_field_of_a_person_and_of_a_policy_is_known() -> None:
    assert {item.name for item in fields(Policy)} == {"project", "stages", "people", "trust", "rules"}
    assert {item.name for item in fields(Person)} == {"id", "roles", "keys", "name", "limits"}
    assert {item.name for item in fields(KeyLimits)} == {"expires", "last"}
    assert {item.name for item in fields(PublicKey)} == {"id", "public"}


@pytest.mark.parametrize(("name", "strict", "loose"), [(n, s, lo) for n, rows in RULE_STEPS.items() for s, lo in rows])
def test_a_rule_that_is_loosened_is_refused_and_one_that_is_tightened_a_note(
    name: str, strict: Any, loose: Any
) -> None:
    tight, wide = (policy(rules=replace(Rules(), **{name: value})) for value in (strict, loose))
    assert set(found(tight, wide)) == {"policy-changed?", "policy-loosened"}
    assert found(tight, tight) == []
    # Two different expressions can't be put in order.
    is_ordered = name != "expressions" or not loose
    assert found(wide, tight) == (["policy-changed?"] if is_ordered else ["policy-changed?", "policy-loosened"])
    staged = [policy(Stage("production", rules=item.rules), rules=Rules()) for item in (tight, wide)]
    # Who may inspect is the same for all stages; it is compared all the same.
    assert "policy-loosened" in found(*staged)


@pytest.mark.parametrize(("name", "strict", "loose"), [(n, s, lo) for n, rows in STAGE_STEPS.items() for s, lo in rows])
def test_a_stage_that_is_loosened_is_refused_and_one_that_is_tightened_a_note(
    name: str, strict: Any, loose: Any
) -> None:
    tight, wide = (
        policy(Stage("staging"), Stage("testing"), replace(Stage("production"), **{name: value}))
        for value in (strict, loose)
    )
    assert found(tight, wide) == ["policy-changed?", "policy-loosened"]
    is_ordered = (name, loose) != ("after", "testing")
    assert found(wide, tight) == (["policy-changed?"] if is_ordered else ["policy-changed?", "policy-loosened"])


def test_a_severity_that_is_raised_is_a_note() -> None:
    plain = Rules()
    raised = Rules(severities={"licence-unknown": Severity.DENY})
    assert list(looser_rules(plain, raised)) == []
    assert list(looser_rules(raised, raised)) == []
    noted = Rules(severities={"licence-unknown": Severity.NOTE})
    assert list(looser_rules(noted, plain)) == []
    assert list(looser_rules(noted, raised)) == []


def test_patterns_with_other_wildcards_are_not_compared() -> None:
    before, after = Rules(sources=("hf:?*",)), Rules(sources=("hf:ab",))
    assert [name for name, _ in looser_rules(before, after)] == ["sources"]
    assert list(looser_rules(before, before)) == []


def test_long_lists_are_cut() -> None:
    many = Rules(sources=("hf:a/*", *(f"hf:{'x' * 90}{number}" for number in range(9))))
    ((_, words),) = looser_rules(Rules(sources=("hf:a/*",)), many)
    assert len(words) < 400


def test_project_and_stages_may_not_go() -> None:
    plain = policy(Stage("staging"), Stage("production"))
    assert found(plain, replace(plain, project="other")) == ["policy-changed?", "project-changed"]
    assert found(plain, policy(Stage("production"))) == ["policy-changed?", "stage-removed"]
    assert found(policy(Stage("production")), plain) == ["policy-changed?", "stage-added"]


def people(*persons: Person) -> Policy:
    return policy(people=persons)


def test_people_keys_and_roles_that_come_are_refused_and_those_that_go_are_notes() -> None:
    ann, bob = TEAM[0], TEAM[1]
    eve = Person("eve", frozenset({"approver"}), (EVE.key,))
    nobody = Person("nobody", frozenset(), ())
    assert found(people(ann), people(ann, eve)) == ["person-added", "policy-changed?"]
    assert found(people(ann), people(ann, nobody)) == ["person-added", "policy-changed?"]
    assert found(people(ann, bob), people(ann)) == ["person-removed?", "policy-changed?"]
    more = replace(bob, roles=bob.roles | {"adder"})
    assert found(people(bob), people(more)) == ["policy-changed?", "role-added"]
    assert found(people(more), people(bob)) == ["policy-changed?", "role-removed?"]
    keyed = replace(bob, keys=(BOB.key, FakeSigner("bob's other key").key))
    assert found(people(bob), people(keyed)) == ["key-added", "policy-changed?"]
    assert found(people(keyed), people(bob)) == ["key-removed?", "policy-changed?"]
    assert found(people(bob), people(replace(bob, name="Alice"))) == ["person-renamed?", "policy-changed?"]


def test_a_key_that_changes_hands_or_halves_is_a_new_key() -> None:
    ann, bob = TEAM[0], TEAM[1]
    handed = people(replace(ann, keys=()), replace(bob, keys=(BOB.key, *ann.keys)))
    assert found(people(ann, bob), handed).count("key-added") == 2
    other = replace(bob, keys=(PublicKey(BOB.key.id, ANN.key.public),))
    assert found(people(bob), people(other)) == ["key-added", "policy-changed?"]


@pytest.mark.parametrize(
    ("strict", "loose"),
    [
        (KeyLimits(expires=SOON), None),
        (KeyLimits(expires=SOON), KeyLimits(expires=LATER)),
        (KeyLimits(last="1" * 64), None),
        (KeyLimits(last="1" * 64), KeyLimits(expires=SOON)),
        (KeyLimits(last=NOTHING), KeyLimits(last="1" * 64)),
    ],
)
def test_a_key_s_end_may_come_and_not_go(strict: KeyLimits, loose: KeyLimits | None) -> None:
    bob = TEAM[1]
    tight = people(replace(bob, limits={BOB.key.id: strict}))
    wide = people(replace(bob, limits={} if loose is None else {BOB.key.id: loose}))
    assert found(tight, wide) == ["key-limit-loosened", "policy-changed?"]
    assert found(wide, tight) == ["policy-changed?"] or loose == KeyLimits(expires=SOON)
    assert found(tight, tight) == []


def test_a_revocation_may_become_stricter_and_not_name_another_place() -> None:
    bob = TEAM[1]
    first, second, whole = (
        people(replace(bob, limits={BOB.key.id: KeyLimits(last=last)})) for last in ("1" * 64, "2" * 64, NOTHING)
    )
    assert found(first, second) == ["key-limit-loosened", "policy-changed?"]
    assert found(first, whole) == ["policy-changed?"]
