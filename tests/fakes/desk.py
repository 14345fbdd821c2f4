"""A store in memory and a machine that loads from it: whoever writes to the store may be wrong."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes.pins import make_pin
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.story import inspection_of
from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Statement, Subject, envelope_id, sign
from weighbridge.core.bundle import Bundle, bundle_key, checkpoint_key
from weighbridge.core.checkpoint import Checkpoint
from weighbridge.core.digest import PREFIX
from weighbridge.core.errors import StoreError
from weighbridge.core.policy import Person, Policy, Stage
from weighbridge.core.progress import Silent
from weighbridge.custody.consuming import Consumer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.fakes.registry import MemoryRegistry
    from weighbridge.core.canonical import Json
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
        leaves = {pin.name: (envelope_id(self.evidence[pin.name][-1]),) for pin in pins}
        said = Checkpoint(project, self.number, at, at + lasts, subjects, heads, leaves)
        checkpoint = sign(said.to_statement(), signer)
        for pin in pins:
            bundle = Bundle("project", pin.name, {pin.name: tuple(self.evidence[pin.name])})
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

    def folder(self, pin: Pin, read: Callable[[str], Iterator[bytes]], progress: Progress, *, paranoid: bool) -> Path:
        assert read is not None
        assert not paranoid
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
