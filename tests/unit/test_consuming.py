"""The rules of loading without the repository, on a store in memory that its writers may be wrong about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.fakes.desk import ALICE, LEAD, NOON, ONE, READER, TWO, Desk, policy
from tests.fakes.pins import make_pin
from tests.fakes.registry import SOURCE, MemoryRegistry
from tests.fakes.signer import FakeSigner

from weighbridge.core.approval import Approval, Revocation
from weighbridge.core.attestation import Statement, Subject, envelope_id, sign
from weighbridge.core.bundle import Bundle, bundle_key, checkpoint_key
from weighbridge.core.digest import PREFIX
from weighbridge.core.errors import DeniedError, IntegrityError, RegistryError, StoreError, UsageError
from weighbridge.core.policy import NOTHING, KeyLimits, Policy, Stage
from weighbridge.core.rules import Expression, Rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.errors import WeighbridgeError


@pytest.fixture
def desk() -> Desk:
    """`ONE` is approved for production and published."""
    made = Desk()
    made.shop.approve(ONE, "production")
    made.shop.publish({"minilm": {"production": ONE.digest}}, ONE)
    return made


def code_of(call: Callable[[], object], kind: type[WeighbridgeError]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.hint
    return caught.value.code


def test_the_head_is_given_and_another_stage_denied(desk: Desk) -> None:
    assert desk.load() == ONE.digest
    assert code_of(lambda: desk.load("staging"), DeniedError) == "no-approval"


def test_names_are_those_asked_for_or_all_that_were_published(desk: Desk) -> None:
    assert desk.consumer.names() == ("minilm",)
    assert desk.consumer.names(("b", "a", "b")) == ("b", "a")
    desk.shop.documents.clear()
    desk.kept.documents.clear()
    assert code_of(desk.consumer.names, DeniedError) == "unpublished"


def test_an_offer_says_on_what_grounds(desk: Desk) -> None:
    given = desk.consumer.offer("minilm", "production").given
    assert (given.name, given.digest, given.source) == ("minilm", ONE.digest, ONE.source)
    assert given.approvals
    assert set(given.leaves) >= set(given.approvals)
    with pytest.raises(DeniedError) as error:
        desk.consumer.offer("minilm", "staging")
    assert error.value.details["sources"] == [ONE.source]


def test_the_rules_of_the_trust_file_decide(desk: Desk) -> None:
    desk.policy = replace(desk.policy, rules=Rules(sources=("hf:other/*",)))
    assert code_of(desk.load, DeniedError) == "source-not-allowed"
    desk.policy = replace(desk.policy, rules=Rules(expressions=(Expression("mine", "named", ""),)))
    assert code_of(desk.load, DeniedError) == "rule-unavailable"
    desk.evaluate = lambda expression, document: expression == "named" and document["name"] == "minilm"
    assert desk.load() == ONE.digest


def test_who_may_sign_a_checkpoint(desk: Desk) -> None:
    heads = {"minilm": {"production": ONE.digest}}
    desk.shop.publish(heads, ONE, signer=READER)
    assert code_of(desk.load, IntegrityError) == "untrusted"
    desk.shop.publish(heads, ONE, signer=LEAD)
    assert code_of(desk.load, IntegrityError) == "untrusted"
    desk.policy = policy(Stage("production", 1, adder_may_approve=True, roles=frozenset({"ml-lead", "approver"})))
    assert desk.load() == ONE.digest
    desk.policy = replace(policy(), rules=Rules(inspected_by=frozenset({"ml-lead", "adder"})))
    assert desk.load() == ONE.digest
    desk.shop.publish(heads, ONE, signer=FakeSigner("stranger"))
    assert code_of(desk.load, IntegrityError) == "untrusted"


def test_a_checkpoint_of_the_future_is_refused_and_not_remembered(desk: Desk) -> None:
    heads = {"minilm": {"production": ONE.digest}}
    desk.load()
    desk.shop.publish(heads, ONE, at=NOON + timedelta(minutes=6))
    kept = dict(desk.kept.documents)
    assert code_of(desk.load, IntegrityError) == "future-evidence"
    assert desk.kept.documents == kept
    desk.shop.publish(heads, ONE, at=NOON + timedelta(minutes=5))
    assert desk.load() == ONE.digest


def test_a_checkpoint_of_another_project_is_refused(desk: Desk) -> None:
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE, project="other")
    assert code_of(desk.load, IntegrityError) == "foreign-evidence"


def test_a_checkpoint_ends_at_its_time_also_offline(desk: Desk) -> None:
    desk.load()
    desk.shop.down = {"*"}
    desk.now = NOON + timedelta(days=1, seconds=-1)
    assert desk.load() == ONE.digest
    desk.now = NOON + timedelta(days=1)
    assert code_of(desk.load, DeniedError) == "stale-evidence"


def test_a_stage_may_ask_for_fresher_evidence(desk: Desk) -> None:
    desk.policy = policy(Stage("production", 1, adder_may_approve=True, max_evidence_age=timedelta(hours=1)))
    desk.now = NOON + timedelta(hours=1)
    assert desk.load() == ONE.digest
    desk.now += timedelta(seconds=1)
    assert code_of(desk.load, DeniedError) == "stale-evidence"


def test_a_store_that_lost_its_checkpoint_is_as_if_it_were_down(desk: Desk) -> None:
    del desk.shop.documents[checkpoint_key("project")]
    assert code_of(desk.load, DeniedError) == "unpublished"
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE)
    desk.load()
    desk.shop.documents.clear()
    assert desk.load() == ONE.digest


def test_an_unreachable_store_without_kept_evidence_is_an_error(desk: Desk) -> None:
    desk.shop.down = {"*"}
    assert code_of(desk.load, StoreError) == "store-unreachable"


def test_kept_evidence_that_a_newer_checkpoint_contradicts_does_not_stand_in(desk: Desk) -> None:
    desk.load()
    desk.shop.approve(ONE, "staging")
    desk.shop.publish({"minilm": {"production": ONE.digest, "staging": ONE.digest}}, ONE)
    desk.shop.down = {bundle_key("project", "minilm", ONE.digest)}
    assert code_of(desk.load, StoreError) == "store-unreachable"
    assert code_of(lambda: desk.load("staging"), StoreError) == "store-unreachable"
    desk.shop.down = set()
    assert desk.load() == ONE.digest
    assert desk.load("staging") == ONE.digest


def test_a_lower_number_is_refused_and_the_same_one_is_not(desk: Desk) -> None:
    desk.load()
    desk.shop.number = 0
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE, lasts=timedelta(days=2))
    assert desk.load() == ONE.digest
    desk.shop.number = -1
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE)
    assert code_of(desk.load, IntegrityError) == "rolled-back"


def test_who_saw_newer_evidence_believes_no_statement_that_leaves_it_out(desk: Desk) -> None:
    old = list(desk.shop.evidence["minilm"])
    desk.shop.sign("revocation", ONE, Revocation(None, "leaked").to_body())
    desk.shop.publish({"minilm": {}}, ONE)
    assert code_of(desk.load, DeniedError) == "revoked"
    desk.shop.evidence["minilm"] = old
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE)
    assert code_of(desk.load, IntegrityError) == "rolled-back"
    desk.kept.documents.clear()
    assert desk.load() == ONE.digest


def test_a_head_that_the_checkpoint_does_not_have_is_a_rollback(desk: Desk) -> None:
    desk.shop.publish({"minilm": {}}, ONE)
    assert code_of(desk.load, IntegrityError) == "rolled-back"
    assert code_of(lambda: desk.by_digest(ONE), IntegrityError) == "rolled-back"


def test_an_approval_that_ended_is_no_rollback(desk: Desk) -> None:
    desk.policy = policy(Stage("production", 1, adder_may_approve=True, lasts=timedelta(hours=1)))
    desk.now = NOON + timedelta(hours=2)
    desk.shop.publish({"minilm": {}}, ONE, at=desk.now)
    assert code_of(desk.load, DeniedError) == "expired"


def test_a_digest_is_given_where_one_name_and_stage_let_it_run(desk: Desk) -> None:
    twin = make_pin("another")
    desk.shop.approve(twin)
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE, twin)
    assert desk.by_digest(ONE) == "minilm"
    assert code_of(lambda: desk.by_digest(TWO), DeniedError) == "unknown-digest"
    desk.registry = MemoryRegistry()
    desk.registry.register(twin)
    desk.registry.set_alias("another", "production", "1")
    assert code_of(lambda: desk.by_digest(ONE), DeniedError) == "no-approval"


def two_stages(desk: Desk) -> MemoryRegistry:
    """`TWO` is for staging alone, and both are registered."""
    desk.shop.approve(TWO, "staging")
    desk.shop.publish({"minilm": {"production": ONE.digest, "staging": TWO.digest}}, ONE, TWO)
    desk.registry = MemoryRegistry()
    for pin, stage in ((ONE, "production"), (TWO, "staging")):
        desk.registry.register(pin)
        desk.registry.point("minilm", stage, pin.digest)
    return desk.registry


def test_an_alias_moved_by_hand_loads_nothing(desk: Desk) -> None:
    registry = two_stages(desk)
    assert desk.by_digest(TWO) == "minilm"
    registry.set_alias("minilm", "production", "2")
    assert code_of(lambda: desk.by_digest(TWO), DeniedError) == "no-approval"
    assert desk.by_digest(ONE) == "minilm"


def test_an_alias_moved_to_a_second_version_of_the_same_bytes_loads_nothing(desk: Desk) -> None:
    registry = two_stages(desk)
    registry.create_version("minilm", SOURCE + TWO.digest.removeprefix(PREFIX), {})
    registry.set_alias("minilm", "production", "3")
    assert code_of(lambda: desk.by_digest(TWO), DeniedError) == "no-approval"


def test_aliases_that_are_no_stages_and_a_model_that_is_not_registered_do_not_matter(desk: Desk) -> None:
    two_stages(desk).set_alias("minilm", "champion", "2")
    assert desk.by_digest(TWO) == "minilm"
    desk.registry = MemoryRegistry()
    assert desk.by_digest(TWO) == "minilm"


def test_a_registry_that_fails_lets_nothing_run(desk: Desk) -> None:
    two_stages(desk).failure = RegistryError("down", code="registry-unreachable")
    assert code_of(lambda: desk.by_digest(TWO), RegistryError) == "registry-unreachable"


def test_a_trust_file_without_stages_lets_nothing_run(desk: Desk) -> None:
    desk.policy = Policy("project", (), desk.policy.people)
    assert code_of(lambda: desk.by_digest(ONE), DeniedError) == "unknown-stage"
    assert code_of(lambda: desk.consumer.load("minilm", None), UsageError) == "unknown-stage"
    desk.policy = policy(Stage("production", 1, adder_may_approve=True))
    assert desk.consumer.load("minilm", None)[0] == ONE


def test_a_name_that_leads_out_of_the_cache_is_refused(desk: Desk) -> None:
    hostile = make_pin("../../evil")
    desk.shop.approve(hostile)
    desk.shop.publish({}, hostile)
    assert code_of(lambda: desk.by_digest(hostile), UsageError) == "bad-name"


def test_a_name_that_was_never_published_is_denied(desk: Desk) -> None:
    assert code_of(lambda: desk.consumer.load("other", "production"), DeniedError) == "unknown-model"


def test_evidence_that_is_missing_or_of_another_model_is_refused(desk: Desk) -> None:
    key = bundle_key("project", "minilm", ONE.digest)
    bundle = desk.shop.documents.pop(key)
    assert code_of(desk.load, StoreError) == "remote-missing"
    desk.shop.documents[key] = bundle.replace(b'"name":"minilm"', b'"name":"others"')
    assert code_of(desk.load, IntegrityError) == "foreign-evidence"


def test_stages_are_told_about_without_any_bytes(desk: Desk) -> None:
    said, record, verdicts = desk.consumer.verdicts("minilm", None)
    assert (said.number, record.name) == (1, "minilm")
    assert [(item.stage, item.digest, item.allow) for item in verdicts] == [
        ("production", ONE.digest, True),
        ("staging", None, False),
    ]
    assert [item.stage for item in desk.consumer.verdicts("minilm", "staging")[2]] == ["staging"]
    assert code_of(lambda: desk.consumer.verdicts("minilm", "nowhere"), UsageError) == "unknown-stage"
    assert code_of(lambda: desk.consumer.verdicts("other", None), DeniedError) == "unknown-model"
    desk.shop.down = {"*"}
    assert desk.consumer.verdicts("minilm", None)[2] == verdicts


@pytest.mark.parametrize("limits", [KeyLimits(expires=NOON), KeyLimits(last=NOTHING), KeyLimits(last="a" * 64)])
def test_a_checkpoint_of_a_key_that_ended_is_refused(desk: Desk, limits: KeyLimits) -> None:
    desk.load()
    alice = desk.policy.people[0]
    desk.policy = replace(
        desk.policy,
        people=(replace(alice, limits={ALICE.key.id: limits}), *desk.policy.people[1:]),
        rules=Rules(inspected_by=frozenset({"ml-lead", "adder"})),
    )
    assert code_of(desk.load, IntegrityError) == "untrusted"
    desk.shop.down = {"*"}
    assert code_of(desk.load, IntegrityError) == "untrusted"
    desk.shop.down = set()
    desk.shop.publish({"minilm": {}}, ONE, signer=LEAD)
    assert code_of(desk.load, DeniedError) == "no-approval"


def test_a_revocation_that_was_cut_off_is_a_rollback(desk: Desk) -> None:
    key = bundle_key("project", "minilm", ONE.digest)
    approved = desk.shop.documents[key]
    desk.load()
    desk.shop.sign("revocation", ONE, {"stage": None, "reason": "leaked"})
    desk.shop.publish({"minilm": {}}, ONE)
    desk.shop.documents[key] = approved
    assert code_of(desk.load, IntegrityError) == "rolled-back"
    assert code_of(lambda: desk.by_digest(ONE), IntegrityError) == "rolled-back"
    desk.shop.down = {key}
    assert code_of(desk.load, StoreError) == "store-unreachable"


def test_evidence_newer_than_the_checkpoint_is_no_rollback_where_heads_agree(desk: Desk) -> None:
    desk.shop.approve(ONE, "staging")
    key = bundle_key("project", "minilm", ONE.digest)
    desk.shop.documents[key] = Bundle("project", "minilm", {"minilm": tuple(desk.shop.evidence["minilm"])}).to_bytes()
    assert desk.load() == ONE.digest
    assert code_of(lambda: desk.load("staging"), IntegrityError) == "rolled-back"
    desk.shop.down = {key}
    assert desk.load() == ONE.digest
    assert code_of(lambda: desk.load("staging"), StoreError) == "store-unreachable"


def test_heads_that_this_trust_file_counts_otherwise_are_denied(desk: Desk) -> None:
    desk.policy = policy(Stage("production", 2, adder_may_approve=True))
    assert code_of(desk.load, DeniedError) == "quorum"


def test_models_that_were_approved_together_need_each_other_s_evidence(desk: Desk) -> None:
    twin = make_pin("twin")
    desk.shop.approve(twin)
    desk.shop.approve(TWO)
    pins = {"minilm": (desk.shop.evidence["minilm"][-2], TWO), "twin": (desk.shop.evidence["twin"][-2], twin)}
    body = Approval("production", {name: envelope_id(found) for name, (found, _) in pins.items()}, "sha256:" + "0" * 64)
    subjects = tuple(Subject(name, pin.digest) for name, (_, pin) in sorted(pins.items()))
    parents = {name: (envelope_id(desk.shop.evidence[name][-1]),) for name in pins}
    both = sign(Statement("approval", "project", subjects, NOON, parents, body.to_body()), ALICE)
    for name in pins:
        desk.shop.evidence[name].append(both)
    heads = {"minilm": {"production": TWO.digest}, "twin": {"production": twin.digest}}
    desk.shop.publish(heads, ONE, TWO, twin)
    assert code_of(desk.load, IntegrityError) == "rolled-back"
    evidence = {name: tuple(found) for name, found in desk.shop.evidence.items()}
    for pin in (ONE, TWO):
        desk.shop.documents[bundle_key("project", "minilm", pin.digest)] = Bundle(
            "project", "minilm", evidence
        ).to_bytes()
    assert desk.load() == TWO.digest
    assert desk.consumer.verdicts("minilm", "production")[1].tied == ("twin",)


def needing(*, base: str | None) -> Desk:
    """A store whose minilm needs a base model, which is approved for a stage, or nowhere to be had for None."""
    desk, pin = Desk(), replace(ONE, references={"base": TWO.digest})
    desk.shop.approve(pin, "production")
    if base is None:
        desk.shop.publish({"minilm": {"production": pin.digest}}, pin)
        return desk
    other = replace(TWO, name="base")
    desk.shop.approve(other, base)
    heads = {"minilm": {"production": pin.digest}, "base": {base: other.digest}}
    desk.shop.publish(heads, pin, other)
    return desk


def test_what_it_needs_is_asked_of_the_store_and_kept() -> None:
    desk = needing(base="production")
    assert desk.load() == ONE.digest
    desk.shop.down.add("*")
    assert desk.load() == ONE.digest


@pytest.mark.parametrize("base", ["staging", None])
def test_without_what_it_needs_it_does_not_run(base: str | None) -> None:
    with pytest.raises(DeniedError) as error:
        needing(base=base).load()
    assert error.value.reasons == ("reference-denied",)


def test_evidence_of_what_it_needs_is_not_cut_short() -> None:
    desk = needing(base="production")
    key = bundle_key("project", "base", TWO.digest)
    desk.shop.documents[key] = Bundle("project", "base", {"base": tuple(desk.shop.evidence["base"][:-1])}).to_bytes()
    with pytest.raises(IntegrityError) as error:
        desk.load()
    assert error.value.code == "rolled-back"
