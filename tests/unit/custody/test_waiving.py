from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.store import FolderStore
from tests.fakes.world import NOON, SOLO, World

from weighbridge.core.approval import Waiver
from weighbridge.core.errors import DeniedError, StoreError, UsageError
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.rules import Expression, Rules

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress

END = NOON + timedelta(days=9)
PICKLE = Finding("pickle-globals", "model.safetensors", Severity.DENY, "os.system")
CODE = Finding("python-code", "config.json", Severity.DENY, "it's code")
SECRET = Finding("credential", "config.json", Severity.WARN, "a key")
WAIVER = Waiver("pickle-globals", "model.safetensors", "read it", END)


@pytest.fixture
def found(world: World) -> World:
    """One person's project whose model has findings."""
    world.inspector.findings = [PICKLE, SECRET]
    world.add()
    return world


def test_nobody_approves_past_a_finding(found: World) -> None:
    before = found.ledger.read("tiny")
    with pytest.raises(DeniedError) as caught:
        found.approve()
    error = caught.value
    assert (error.code, error.reasons) == ("findings", ("findings",))
    assert error.details["findings"] == [PICKLE.to_json()]
    assert error.details["problems"] == ["model.safetensors: os.system [pickle-globals]"]
    assert error.hint == (
        "weighbridge approve tiny --stage production --waive pickle-globals:model.safetensors"
        " --reason TEXT --until YYYY-MM-DD"
    )
    assert found.ledger.read("tiny") == before
    assert found.registry.view("tiny") is None


def test_the_hint_is_bounded(world: World) -> None:
    world.inspector.findings = [Finding(f"new-{number}", "config.json", Severity.DENY, "x") for number in range(60)]
    world.add()
    with pytest.raises(DeniedError) as caught:
        world.approve()
    assert caught.value.hint.count("--waive") == 50
    assert caught.value.hint.endswith("(and 10 more)")


def test_nobody_approves_what_was_not_inspected(world: World) -> None:
    world.policy = replace(SOLO, rules=Rules(inspection="off"))
    world.add()
    world.policy = SOLO
    with pytest.raises(DeniedError) as caught:
        world.approve()
    assert (caught.value.code, caught.value.hint) == ("uninspected", "weighbridge inspect tiny")
    world.pass_time(seconds=1)
    world.custody.inspect(["tiny"])
    world.approve()
    assert world.custody.admit("tiny", None)


def test_a_waiver_lets_it_pass_and_is_shown(found: World) -> None:
    (outcome,) = found.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])
    assert outcome.changed
    assert outcome.verdict.allow
    assert [(item.by, item.reason) for item in outcome.verdict.waived] == [("ann", "read it")]
    assert found.custody.load("tiny", None)[0].name == "tiny"
    (shown,) = found.custody.status(["tiny"])
    assert shown.verdicts[0].waived == outcome.verdict.waived
    assert "waives pickle-globals in model.safetensors" in found.custody.audit("tiny").entries[-1].text
    (looked,) = found.custody.inspect(["tiny"])
    assert (looked.verdict, looked.waived) == ("deny", {("pickle-globals", "model.safetensors"): ("production",)})


def test_what_was_kept_here_goes_to_the_remote_once_it_is_waived(found: World) -> None:
    pin = found.custody.candidate("tiny")
    codes = {problem.code for problem in found.store.problems([pin])}
    found.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])
    assert "remote-missing" in codes
    assert "remote-missing" not in {problem.code for problem in found.store.problems([pin])}


def test_approving_again_with_the_same_waiver_changes_nothing(found: World) -> None:
    assert found.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])[0].changed
    assert not found.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])[0].changed
    assert not found.custody.approve(["tiny"], "production")[0].changed
    other = replace(WAIVER, reason="read it twice")
    assert found.custody.approve(["tiny"], "production", until=END, waivers=[other])[0].changed


def test_when_the_waiver_has_ended_it_is_asked_for_again(found: World) -> None:
    found.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])
    found.now = END
    with pytest.raises(DeniedError) as caught:
        found.custody.load("tiny", None)
    assert caught.value.reasons == ("expired", "findings")
    with pytest.raises(DeniedError):
        found.approve()


@pytest.mark.parametrize(
    ("waiver", "code"),
    [
        (replace(WAIVER, path="config.json"), "no-such-finding"),
        (replace(WAIVER, check="pickle-structure"), "no-such-finding"),
        (replace(WAIVER, until=NOON), "past"),
        (replace(WAIVER, reason="  "), "no-reason"),
    ],
)
def test_a_waiver_that_can_not_be_given(found: World, waiver: Waiver, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        found.custody.approve(["tiny"], "production", until=END, waivers=[waiver])
    assert caught.value.code == code


def test_in_a_team_each_of_the_quorum_waives(team: World) -> None:
    team.inspector.findings = [PICKLE]
    team.add()
    (first,) = team.custody.approve(["tiny"], "production", key="bob", until=END, waivers=[WAIVER])
    assert [reason.code for reason in first.verdict.reasons] == ["quorum", "findings"]
    with pytest.raises(DeniedError):
        team.approve("cleo")
    (second,) = team.custody.approve(["tiny"], "production", key="cleo", until=END, waivers=[WAIVER])
    assert second.verdict.allow
    # Two others have waived it: who comes later need not.
    team.policy = replace(team.policy, people=(*team.policy.people[1:], replace(SOLO.people[0], id="dora")))
    shown = team.custody.explain("tiny", "production")
    assert {item.by for item in shown.grants} == {"bob", "cleo"}


def test_a_third_approver_relies_on_the_two_who_waived(team: World) -> None:
    team.inspector.findings = [PICKLE]
    team.add(key="robot")
    for key in ("bob", "cleo"):
        team.custody.approve(["tiny"], "production", key=key, until=END, waivers=[WAIVER])
    assert team.custody.approve(["tiny"], "production", key="ann", until=END)[0].verdict.allow


def test_who_goes_back_to_a_former_head_waives_again(found: World) -> None:
    first = found.custody.candidate("tiny")
    found.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])
    found.inspector.findings = []
    found.publish(config_json=b"{}")
    found.add()
    found.approve()
    found.pass_time(seconds=1)
    with pytest.raises(DeniedError) as caught:
        found.custody.approve(["tiny"], "production", digest=first.digest)
    assert "--waive pickle-globals:model.safetensors" in caught.value.hint
    (outcome,) = found.custody.approve(["tiny"], "production", digest=first.digest, until=END, waivers=[WAIVER])
    assert (outcome.changed, outcome.verdict.allow) == (True, True)


def test_nothing_is_explained_of_a_model_that_is_not_governed(found: World) -> None:
    with pytest.raises(UsageError) as caught:
        found.custody.explain("nope", "production")
    assert caught.value.code == "unknown-model"


def test_what_a_stage_alone_allows_goes_to_the_remote_with_its_approval(found: World) -> None:
    (stage,) = found.policy.stages
    found.inspector.findings = [SECRET]
    found.policy = replace(found.policy, rules=Rules(severities={"credential": Severity.DENY}))
    found.pass_time(seconds=1)
    found.custody.inspect(["tiny"], again=True)
    found.rule(replace(stage, rules=Rules()))
    pin = found.custody.candidate("tiny")
    assert "remote-missing" in {problem.code for problem in found.store.problems([pin])}
    found.approve()
    assert "remote-missing" not in {problem.code for problem in found.store.problems([pin])}


def test_an_explanation_of_each_rule(found: World) -> None:
    shown = found.custody.explain("tiny", "production")
    assert (shown.stage, shown.pin, shown.assessment.passes) == ("production", found.custody.candidate("tiny"), False)
    assert shown.inspection is not None
    assert shown.assessment.denying == (PICKLE,)
    assert found.custody.explain("tiny", "production", shown.pin.digest[:20]) == shown
    for stage, digest in (("nowhere", None), ("production", "0" * 64)):
        with pytest.raises(UsageError):
            found.custody.explain("tiny", stage, digest)


def test_any_rule_stops_an_approval(world: World) -> None:
    world.add()
    world.policy = replace(SOLO, rules=Rules(sources=("hf:other/*",), expressions=(Expression("mine", "x", ""),)))
    with pytest.raises(DeniedError) as caught:
        world.approve()
    assert caught.value.reasons == ("source-not-allowed", "rule-unavailable")
    assert "policy.sources" in caught.value.hint
    assert caught.value.message.endswith("(hf:other/*); against it too: expression mine")
    world.policy = replace(SOLO, rules=Rules(expressions=(Expression("mine", "x", ""),)))
    world.evaluate = lambda expression, document: expression == "x" and document["name"] == "tiny"
    world.approve()
    assert world.custody.admit("tiny", None)


def test_without_a_remote_a_waiver_needs_none(tmp_path: Path) -> None:
    world = World(tmp_path, with_remote=False)
    world.inspector.findings = [PICKLE]
    world.add(push=False)
    (outcome,) = world.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])
    assert (outcome.verdict.allow, outcome.published) == (True, False)


def test_a_remote_that_fails_is_an_error_after_signing(found: World) -> None:
    class Full(FolderStore):
        def push(self, pin: Pin, progress: Progress) -> bool:
            del pin, progress
            raise StoreError("the remote is full", code="remote-failed")

    found.store = Full(found.root / "project", found.root / "remote")
    before = len(found.ledger.read("tiny"))
    with pytest.raises(StoreError):
        found.custody.approve(["tiny"], "production", until=END, waivers=[WAIVER])
    assert len(found.ledger.read("tiny")) == before + 1


def test_several_models_are_waived_in_one_approval(world: World) -> None:
    world.inspector.findings = [PICKLE]
    world.add()
    world.add("twin")
    outcomes = world.custody.approve(["tiny", "twin"], "production", until=END, waivers=[WAIVER])
    assert [item.verdict.allow for item in outcomes] == [True, True]
