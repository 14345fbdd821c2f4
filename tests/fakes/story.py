"""A story told in evidence: who pinned, approved and revoked what, when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.fakes.pins import make_pin
from tests.fakes.signer import FakeSigner, fake_verify
from tests.fakes.statements import NOON
from weighbridge.core.approval import Approval, KeyRevocation, Rejection, Request, Revocation, Waiver
from weighbridge.core.attestation import Statement, Subject, envelope_id, sign
from weighbridge.core.deployment import Deployment
from weighbridge.core.inspection import Inspection, Tool
from weighbridge.core.judge import Verdict, judge
from weighbridge.core.policy import ROLE_ADDER, ROLE_APPROVER, ROLE_MACHINE, KeyLimits, Person, Policy, Stage
from weighbridge.core.replay import replay
from weighbridge.core.rules import OFF, Rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.finding import Finding
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Evaluate
    from weighbridge.core.record import Record

UNINSPECTED = Rules(inspection=OFF)
POLICY_DIGEST = "sha256:" + "9" * 64
FIRST = make_pin()
SECOND = make_pin(files={"config.json": b"{}", "model.safetensors": b"newer"}, revision="2" * 40)
ANN, BOB, CAT, BOT, EVE = (FakeSigner(words) for words in ("ann", "bob", "cat", "bot", "eve"))
TEAM = (
    Person("ann", frozenset({ROLE_ADDER, ROLE_APPROVER}), (ANN.key, FakeSigner("ann's other key").key)),
    Person("bob", frozenset({ROLE_APPROVER}), (BOB.key,)),
    Person("cat", frozenset({ROLE_APPROVER}), (CAT.key,)),
    Person("bot", frozenset({ROLE_MACHINE}), (BOT.key,)),
)


def policy(*stages: Stage, people: Iterable[Person] = TEAM, rules: Rules = UNINSPECTED) -> Policy:
    """Rules of the story's project; by default one stage that asks for two people, none of them the adder.

    Most stories are about people alone: no inspection is asked for unless other rules are given.
    """
    return Policy("project", stages or (Stage("production"),), tuple(people), rules=rules)


def inspection_of(pin: Pin, *findings: Finding, facts: Mapping[str, tuple[str, ...]] | None = None) -> Inspection:
    """An inspection of all files of a pin; each is JSON."""
    return Inspection(
        findings=tuple(sorted(findings)),
        formats={file.entry.path: "json" for file in pin.files},
        facts={"code": (), "licences": ("Apache-2.0",), **(facts or {})},
        tools=(Tool("picklescan", "1.0", "incomplete"), Tool("weighbridge", "1", "complete")),
        ruleset="sha256:" + "7" * 64,
    )


class Story:
    """Evidence of one model; each step is a minute later than the one before, and has seen all of them.

    Args:
        rules: The policy.
        name: The model.
    """

    def __init__(self, rules: Policy | None = None, name: str = "minilm") -> None:
        self.rules = rules or policy()
        self.name = name
        self.now = NOON
        self.envelopes: list[bytes] = []
        self.leaves: set[str] = set()
        self.pinned: dict[str, str] = {}
        self.beside: dict[str, Story] = {name: self}

    def say(
        self,
        signer: FakeSigner,
        type_: str,
        body: Mapping[str, Json],
        digests: Iterable[str],
        *,
        at: datetime | None = None,
        parents: Iterable[str] | None = None,
        project: str = "project",
    ) -> str:
        """Add one statement; gives its id."""
        self.now += timedelta(minutes=1)
        seen = tuple(sorted(self.leaves if parents is None else parents))
        subjects = tuple(Subject(self.name, digest) for digest in digests)
        said = Statement(type_, project, subjects, at or self.now, {self.name: seen}, body)
        envelope = sign(said, signer)
        self.envelopes.append(envelope)
        self.leaves = (self.leaves - set(seen)) | {envelope_id(envelope)}
        return envelope_id(envelope)

    def pin(
        self,
        pin: Pin = FIRST,
        by: FakeSigner = ANN,
        *,
        at: datetime | None = None,
        parents: Iterable[str] | None = None,
    ) -> str:
        """Somebody pins."""
        self.pinned[pin.digest] = self.say(by, "pin", pin.to_json(), [pin.digest], at=at, parents=parents)
        return self.pinned[pin.digest]

    def approve(  # noqa: PLR0913 - each may matter to some test
        self,
        by: FakeSigner,
        pinned: str,
        pin: Pin = FIRST,
        *,
        stage: str = "production",
        until: datetime | None = None,
        waivers: Iterable[Waiver] = (),
        at: datetime | None = None,
        parents: Iterable[str] | None = None,
    ) -> str:
        """Somebody approves a pin."""
        body = Approval(stage, {self.name: pinned}, POLICY_DIGEST, until, tuple(waivers), "fine").to_body()
        return self.say(by, "approval", body, [pin.digest], at=at, parents=parents)

    def inspect(
        self,
        *findings: Finding,
        by: FakeSigner = BOT,
        pin: Pin = FIRST,
        facts: Mapping[str, tuple[str, ...]] | None = None,
        at: datetime | None = None,
        parents: Iterable[str] | None = None,
    ) -> str:
        """Somebody lets the checks look at a pin."""
        body = inspection_of(pin, *findings, facts=facts).to_body()
        return self.say(by, "inspection", body, [pin.digest], at=at, parents=parents)

    def revoke(
        self, by: FakeSigner, pin: Pin = FIRST, *, stage: str | None = None, parents: Iterable[str] | None = None
    ) -> str:
        """Somebody takes an approval back."""
        return self.say(by, "revocation", Revocation(stage, "leaked").to_body(), [pin.digest], parents=parents)

    def reject(
        self, by: FakeSigner, pin: Pin = FIRST, *, stage: str = "production", parents: Iterable[str] | None = None
    ) -> str:
        """Somebody says no to what waits for a stage."""
        return self.say(by, "rejection", Rejection(stage, "unclear").to_body(), [pin.digest], parents=parents)

    def request(
        self, by: FakeSigner, pinned: str, pin: Pin = FIRST, *, stage: str = "production", comment: str = "for search"
    ) -> str:
        """Somebody asks for approvals of a pin."""
        return self.say(by, "request", Request(stage, {self.name: pinned}, comment).to_body(), [pin.digest])

    def revoke_key(self, by: FakeSigner, key: str, *, parents: Iterable[str] | None = None) -> str:
        """Somebody marks the place after which a key counts no more."""
        body = KeyRevocation(key, "stolen").to_body()
        return self.say(by, "key-revocation", body, sorted(self.pinned), parents=parents)

    def limit(self, key: str, limits: KeyLimits) -> None:
        """Let the rules limit a key from now on."""
        people = [
            replace(item, limits={**item.limits, key: limits}) if key in {each.id for each in item.keys} else item
            for item in self.rules.people
        ]
        self.rules = replace(self.rules, people=tuple(people))

    def ledger(self, name: str) -> Iterable[bytes]:
        """The evidence of a model of this project."""
        return self.beside[name].envelopes if name in self.beside else ()

    def record(self, now: datetime | None = None) -> Record:
        """The evidence so far, replayed."""
        return replay(self.name, self.ledger, self.rules, fake_verify, now or self.now)

    def faults(self) -> list[str]:
        """The fault of each event, in ledger order."""
        return [event.fault for event in self.record().events]

    def head(self, stage: str = "production") -> str | None:
        """The head of a stage."""
        return self.record().stages[stage].head

    def verdict(
        self,
        digest: str | None = None,
        *,
        stage: str = "production",
        now: datetime | None = None,
        evidence_age: timedelta | None = None,
        evaluate: Evaluate | None = None,
    ) -> Verdict:
        """May it run?"""
        wish = Deployment("project", self.name, stage, digest)
        return judge(self.record(now), wish, self.rules, now or self.now, evidence_age, evaluate)

    def codes(self, digest: str | None = None, *, stage: str = "production", now: datetime | None = None) -> list[str]:
        """Why it may not run; nothing if it may."""
        verdict = self.verdict(digest, stage=stage, now=now)
        assert verdict.allow is not bool(verdict.reasons)
        return [reason.code for reason in verdict.reasons]


def project(*names: str, rules: Policy | None = None) -> tuple[Story, ...]:
    """Stories of several models of one project; in each of them the bytes of `FIRST` are pinned, by Ann."""
    stories = tuple(Story(rules, name) for name in names)
    for story in stories:
        story.beside = {each.name: each for each in stories}
        story.pin(make_pin(story.name))
    return stories


def approve_together(
    by: FakeSigner, *stories: Story, stage: str = "production", only: Iterable[Story] | None = None
) -> str:
    """One approval of several models.

    Args:
        by: Who signs.
        stories: The models.
        stage: The stage.
        only: Those whose ledger got it before the writer was killed; None for all.
    """
    now = max(story.now for story in stories) + timedelta(minutes=1)
    digest = FIRST.digest
    body = Approval(stage, {story.name: story.pinned[digest] for story in stories}, POLICY_DIGEST).to_body()
    parents = {story.name: tuple(sorted(story.leaves)) for story in stories}
    subjects = tuple(sorted(Subject(story.name, digest) for story in stories))
    envelope = sign(Statement("approval", "project", subjects, now, parents, body), by)
    for story in stories if only is None else only:
        story.envelopes.append(envelope)
        story.leaves = {envelope_id(envelope)}
    for story in stories:
        story.now = now
    return envelope_id(envelope)
