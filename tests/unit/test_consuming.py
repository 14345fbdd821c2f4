"""The rules of loading without the repository, on a store in memory that its writers may be wrong about."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fakes.pins import make_pin
from tests.fakes.registry import SOURCE, MemoryRegistry
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.story import inspection_of

from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Statement, Subject, envelope_id, sign
from weighbridge.core.bundle import Bundle, bundle_key, checkpoint_key
from weighbridge.core.checkpoint import Checkpoint
from weighbridge.core.digest import PREFIX
from weighbridge.core.errors import DeniedError, IntegrityError, RegistryError, StoreError, UsageError
from weighbridge.core.policy import Person, Policy, Stage
from weighbridge.core.progress import Silent
from weighbridge.core.rules import Expression, Rules
from weighbridge.custody.consuming import Consumer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from weighbridge.core.canonical import Json
    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Evaluate, Progress

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALICE, LEAD, READER = FakeSigner("alice"), FakeSigner("lead"), FakeSigner("reader")
ONE, TWO = make_pin(), make_pin(files={"config.json": b"{} "})


def policy(*stages: Stage) -> Policy:
    return Policy(
        "project",
        stages or (Stage("production", 1, adder_may_approve=True), Stage("staging", 1, adder_may_approve=True)),
        (
            Person("alice", frozenset({"adder", "approver"}), (ALICE.key,)),
            Person("lead", frozenset({"ml-lead"}), (LEAD.key,)),
            Person("reader", frozenset({"reader"}), (READER.key,)),
        ),
        trust="sha256:" + "0" * 64,
    )


@dataclass
class Shop:
    """A store and what its writers put there; ``down`` names documents that can't be had now."""

    documents: dict[str, bytes] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    evidence: dict[str, list[bytes]] = field(default_factory=dict)
    number: int = 0

    def document(self, key: str) -> bytes | None:
        if key in self.down or "*" in self.down:
            raise StoreError("down", code="store-unreachable")
        return self.documents.get(key)

    def read(self, md5: str) -> Iterator[bytes]:
        raise AssertionError(md5)

    def sign(self, kind: str, pin: Pin, body: dict[str, Json], at: datetime = NOON) -> str:
        mine = self.evidence.setdefault(pin.name, [])
        parents = {pin.name: (envelope_id(mine[-1]),) if mine else ()}
        subjects = (Subject(pin.name, pin.digest),)
        mine.append(sign(Statement(kind, "project", subjects, at, parents, body), ALICE))
        return envelope_id(mine[-1])

    def approve(self, pin: Pin, *stages: str, at: datetime = NOON) -> None:
        known = self.sign("pin", pin, pin.to_json(), at)
        self.sign("inspection", pin, inspection_of(pin).to_body(), at)
        for stage in stages:
            body = Approval(stage, {pin.name: known}, "sha256:" + "0" * 64).to_body()
            self.sign("approval", pin, body, at)

    def publish(
        self,
        heads: dict[str, dict[str, str]],
        *pins: Pin,
        signer: FakeSigner = ALICE,
        at: datetime = NOON,
        lasts: timedelta = timedelta(days=1),
        project: str = "project",
    ) -> None:
        self.number += 1
        subjects = frozenset(Subject(pin.name, pin.digest) for pin in pins)
        said = Checkpoint(project, self.number, at, at + lasts, subjects, heads)
        checkpoint = sign(said.to_statement(), signer)
        for pin in pins:
            bundle = Bundle("project", pin.name, tuple(self.evidence[pin.name]), checkpoint)
            self.documents[bundle_key("project", pin.name, pin.digest)] = bundle.to_bytes()
        self.documents[checkpoint_key("project")] = checkpoint


@dataclass
class Kept:
    """Copies in memory."""

    documents: dict[str, bytes] = field(default_factory=dict)

    def exclusive(self, scope: str) -> AbstractContextManager[None]:
        assert scope == "checkpoint-project"
        return nullcontext()

    def recall(self, key: str) -> bytes | None:
        return self.documents.get(key)

    def keep(self, key: str, data: bytes) -> None:
        self.documents[key] = data

    def folder(self, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress) -> Path:
        assert read is not None
        progress.begin(pin.name, pin.size)
        return Path("/models") / pin.digest.removeprefix(PREFIX)


@dataclass
class Desk:
    """A consumer whose world a test may change."""

    shop: Shop = field(default_factory=Shop)
    kept: Kept = field(default_factory=Kept)
    policy: Policy = field(default_factory=policy)
    registry: MemoryRegistry | None = None
    now: datetime = NOON
    evaluate: Evaluate | None = None

    @property
    def consumer(self) -> Consumer:
        return Consumer(
            policy=self.policy,
            published=self.shop,
            copies=self.kept,
            verify_signature=fake_verify,
            clock=lambda: self.now,
            progress=Silent(),
            registry=lambda: self.registry,
            evaluate=self.evaluate,
        )

    def load(self, stage: str = "production") -> str:
        pin, folder = self.consumer.load("minilm", stage)
        assert folder.name == pin.digest.removeprefix(PREFIX)
        return pin.digest

    def by_digest(self, pin: Pin) -> str:
        return self.consumer.load_digest(pin.digest)[0].name


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
    assert desk.load() == ONE.digest
    assert code_of(lambda: desk.load("staging"), StoreError) == "store-unreachable"
    desk.shop.down = set()
    assert desk.load("staging") == ONE.digest


def test_a_lower_number_is_refused_and_the_same_one_is_not(desk: Desk) -> None:
    desk.load()
    desk.shop.number = 0
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE, lasts=timedelta(days=2))
    assert desk.load() == ONE.digest
    desk.shop.number = -1
    desk.shop.publish({"minilm": {"production": ONE.digest}}, ONE)
    assert code_of(desk.load, IntegrityError) == "rolled-back"


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
    desk.shop.evidence[hostile.name] = []
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
