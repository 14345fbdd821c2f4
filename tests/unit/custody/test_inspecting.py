from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.world import REPOSITORY, TEAM

from weighbridge.core.attestation import Statement, Subject, envelope_id, open_envelope, short_type, sign
from weighbridge.core.bundle import checkpoint_key
from weighbridge.core.checkpoint import checkpoint_from
from weighbridge.core.errors import DeniedError, IntegrityError, SigningError, UsageError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.ref import Ref
from weighbridge.core.rules import Rules
from weighbridge.core.selection import Selection

if TYPE_CHECKING:
    from tests.fakes.world import World

    from weighbridge.core.canonical import Json

BAD = Finding("pickle-globals", "config.json", Severity.DENY, "it calls os.system")
ODD = Finding("network-address", "config.json", Severity.WARN, "it names an address")


def _types(world: World) -> list[str]:
    found = [open_envelope(item, world.policy.keys, fake_verify).statement for item in world.ledger.read("tiny")]
    return [item.type for item in sorted(found, key=lambda item: item.issued_at)]


def test_add_looks_into_what_it_took_in_and_signs_what_it_saw(world: World) -> None:
    world.inspector.findings.append(ODD)
    outcome = world.add()
    assert outcome.inspection is not None
    assert (outcome.inspection.verdict, outcome.inspection.findings) == ("allow", (ODD,))
    assert (outcome.pushed, _types(world)) == (True, ["pin", "inspection"])
    assert world.custody.record("tiny").inspections[outcome.pin.digest].people == ("ann",)
    assert outcome.to_json()["findings"] == [ODD.to_json()]


def test_newer_checks_look_when_inspect_is_asked(world: World) -> None:
    pin = world.add().pin
    world.approve()
    before = world.store.published(checkpoint_key("project"))
    world.inspector.ruleset = "sha256:" + "8" * 64
    world.inspector.findings.append(BAD)
    assert not world.add().changed
    assert world.custody.admit("tiny", None)[1] == pin
    (looked,) = world.custody.inspect([])
    assert (looked.changed, looked.verdict) == (True, "deny")
    with pytest.raises(DeniedError) as caught:
        world.custody.admit("tiny", None)
    assert caught.value.reasons == ("findings",)
    view = world.registry.view("tiny")
    assert view is not None
    assert view.aliases == {}
    after = world.store.published(checkpoint_key("project"))
    assert after is not None
    assert after != before
    assert checkpoint_from(open_envelope(after, world.policy.keys, fake_verify).statement).heads == {"tiny": {}}


def test_what_is_denied_stays_here(world: World) -> None:
    world.inspector.findings.append(BAD)
    outcome = world.add()
    assert outcome.inspection is not None
    assert (outcome.inspection.verdict, outcome.pushed) == ("deny", False)
    assert [item.code for item in world.store.problems([outcome.pin])] == ["remote-missing"]
    again = world.add()
    assert (again.changed, again.pushed) == (False, False)
    with pytest.raises(DeniedError):
        world.approve()


def test_pushing_what_is_denied_is_recorded(world: World) -> None:
    world.inspector.findings.append(BAD)
    world.add()
    world.pass_time(seconds=1)
    outcome = world.add(push_denied=True)
    assert (outcome.changed, outcome.pushed) == (True, True)
    facts = world.custody.record("tiny").inspections[outcome.pin.digest].inspection.facts
    assert facts["push"] == ("denied-too",)
    assert not world.add(push_denied=True).changed


def test_who_may_not_record_it_may_not_push_what_is_denied(team: World) -> None:
    team.policy = replace(TEAM, rules=Rules(inspected_by=frozenset({"machine"})))
    with pytest.raises(SigningError) as caught:
        team.add(push_denied=True)
    assert caught.value.code == "role"
    assert not team.ledger.read("tiny")


def test_no_inspection_where_the_rules_ask_for_none(world: World) -> None:
    world.policy = replace(world.policy, rules=Rules(inspection="off"))
    outcome = world.add()
    assert (outcome.inspection, outcome.pushed, _types(world)) == (None, True, ["pin"])
    assert outcome.to_json()["verdict"] is None


def test_who_may_not_inspect_leaves_it_to_others(team: World) -> None:
    team.policy = replace(TEAM, rules=Rules(inspected_by=frozenset({"machine"})))
    outcome = team.add()
    assert outcome.inspection is not None
    assert (outcome.inspection.inspection, outcome.pushed) == (None, False)
    assert [rule.code for rule in outcome.inspection.assessment.failures] == ["uninspected"]
    with pytest.raises(SigningError):
        team.custody.inspect(["tiny"], key="ann")
    (looked,) = team.custody.inspect(["tiny"], key="robot")
    assert (looked.verdict, looked.changed) == ("allow", True)


def test_inspect_looks_at_all_live_pins_and_again_when_told(world: World) -> None:
    world.add()
    world.publish(config_json=b"{}")
    world.add()
    assert [item.changed for item in world.custody.inspect([])] == [False, False]
    assert [item.changed for item in world.custody.inspect([], again=True)] == [True, True]
    assert {item.label for item in world.custody.inspect([])} == {"tiny"}


def test_inspect_verifies_first(world: World) -> None:
    pin = world.add().pin
    before = list(world.inspector.seen)
    damaged = world.store.path(pin) / "config.json"
    damaged.chmod(0o644)
    damaged.write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        world.custody.inspect(["tiny"], again=True)
    assert world.inspector.seen == before


def test_every_scanner_that_a_rule_names_looks(world: World) -> None:
    world.add()
    (stage,) = world.policy.stages
    world.rule(replace(stage, rules=Rules(scanners=("modelaudit",))))
    assert world.custody.scanners == ("modelaudit", "picklescan")
    (looked,) = world.custody.inspect(["tiny"])
    assert looked.inspection is not None
    assert {"modelaudit", "picklescan"} <= {tool.name for tool in looked.inspection.tools}
    assert looked.changed
    assert looked.to_json()["verdict"] == "allow"


def _looks(world: World) -> bool:
    world.pass_time(seconds=1)
    return world.custody.inspect(["tiny"])[0].changed


def test_an_inspection_that_is_too_old_is_made_again(world: World) -> None:
    world.add()
    world.policy = replace(world.policy, rules=Rules(max_inspection_age=timedelta(days=1)))
    assert not _looks(world)
    world.pass_time(days=1)
    assert [_looks(world), _looks(world)] == [True, False]
    (stage,) = world.policy.stages
    world.rule(replace(stage, rules=Rules(max_inspection_age=timedelta(hours=1))))
    world.pass_time(hours=1)
    assert _looks(world)


def test_a_scanner_that_was_missing_looks_once_it_is_there(world: World) -> None:
    world.add()
    (stage,) = world.policy.stages
    wanted = replace(stage, rules=Rules(scanners=("modelaudit",)))
    world.rule(wanted)
    world.inspector.missing = {"modelaudit"}
    assert [_looks(world), _looks(world)] == [True, False]
    world.inspector.missing = set()
    assert [_looks(world), _looks(world)] == [True, False]
    assert world.custody.explain("tiny", "production").assessment.passes


def test_a_scanner_that_is_no_longer_asked_for_leaves_no_gap(world: World) -> None:
    world.add()
    (stage,) = world.policy.stages
    world.inspector.missing = {"modelaudit"}
    world.rule(replace(stage, rules=Rules(scanners=("modelaudit",))))
    assert _looks(world)
    world.rule(stage)
    assert [_looks(world), _looks(world)] == [True, False]


def test_the_signature_of_a_publisher_is_looked_for_again(world: World) -> None:
    key = f"-----BEGIN PUBLIC KEY-----\n{b64encode(b'a key').decode()}\n-----END PUBLIC KEY-----"
    world.add()
    world.policy = replace(world.policy, rules=Rules(publishers=(key,)))
    assert not _looks(world)
    world.inspector.facts["publisher"] = tuple(world.policy.rules.publisher_ids)
    assert [_looks(world), _looks(world)] == [True, False]


def test_inspections_that_had_not_seen_each_other_are_followed_by_one_that_has(world: World) -> None:
    pin = world.add().pin
    world.pass_time(seconds=1)
    (seen,) = (item for item in world.ledger.read("tiny") if short_type(item) == "pin")
    other = Statement(
        "inspection",
        "project",
        (Subject("tiny", pin.digest),),
        world.now,
        {"tiny": (envelope_id(seen),)},
        {**world.custody.record("tiny").inspections[pin.digest].inspection.to_body(), "findings": [_body(BAD)]},
    )
    world.ledger.append(["tiny"], sign(other, FakeSigner("ann")))
    assert world.custody.explain("tiny", "production").assessment.denying == (BAD,)
    assert [_looks(world), _looks(world)] == [True, False]
    assert world.custody.explain("tiny", "production").assessment.passes


def _body(finding: Finding) -> dict[str, Json]:
    return {key: value for key, value in finding.to_json().items() if key != "url"}


def test_update_takes_in_what_is_followed_now(world: World) -> None:
    first = world.add().pin
    intents = {"tiny": (Ref.parse(f"hf:{REPOSITORY}@main"), Selection())}
    assert [item.changed for item in world.custody.update([], intents)] == [False]
    world.publish(config_json=b"{}")
    world.pass_time(seconds=1)
    (outcome,) = world.custody.update(["tiny"], intents)
    assert outcome.changed
    assert {pin.digest for pin in world.workspace.pins("tiny")} == {first.digest, outcome.pin.digest}
    with pytest.raises(UsageError) as caught:
        world.custody.update([], {})
    assert caught.value.code == "no-intent"


def test_an_explanation_compares_with_the_head(world: World) -> None:
    old = world.add().pin
    assert world.custody.explain("tiny", "production").head is None
    world.approve()
    same = world.custody.explain("tiny", "production")
    assert (same.head, same.changes) == (old, ())
    world.publish(config_json=b'{"layers": 12}')
    world.add()
    newer = world.custody.explain("tiny", "production")
    assert newer.head == old
    shown = newer.to_json()
    assert (shown["head"], len(newer.changes)) == (old.digest, 1)
    assert shown["changes"] == [item.to_json() for item in newer.changes]
