"""A verdict on ten attestations that were replayed once, against checking their signatures each time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.fakes.pins import make_pin
from tests.fakes.story import inspection_of

from benchmarks.result import BenchmarkError, Row, seconds, within
from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Statement, Subject, envelope_id, sign
from weighbridge.core.deployment import Deployment
from weighbridge.core.judge import judge
from weighbridge.core.policy import Person, Policy, Stage
from weighbridge.core.replay import replay
from weighbridge.signers.ed25519 import Ed25519Signer
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.result import Bench
    from weighbridge.core.canonical import Json

APPROVALS, STAGE, LIMIT_SECONDS = 8, "production", 50e-6
_START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_LOOPS = 500


def _evidence() -> tuple[list[bytes], Policy]:
    """A pin, its inspection and approvals by as many people as the rules ask for."""
    pin = make_pin()
    signers = [Ed25519Signer(Ed25519PrivateKey.generate()) for _ in range(APPROVALS + 1)]
    people = tuple(
        Person(f"person-{number}", frozenset({"approver" if number else "adder"}), (signer.key,))
        for number, signer in enumerate(signers)
    )
    policy = Policy(pin.project, (Stage(STAGE, approvals=APPROVALS),), people)

    def said(number: int, kind: str, body: Mapping[str, Json], parents: tuple[str, ...]) -> bytes:
        when = _START + timedelta(minutes=number)
        subjects = (Subject(pin.name, pin.digest),)
        return sign(Statement(kind, pin.project, subjects, when, {pin.name: parents}, body), signers[number])

    envelopes = [said(0, "pin", pin.to_json(), ())]
    envelopes.append(said(0, "inspection", inspection_of(pin).to_body(), (envelope_id(envelopes[0]),)))
    approval = Approval(STAGE, {pin.name: envelope_id(envelopes[0])}, policy.digest)
    for number in range(1, APPROVALS + 1):
        envelopes.append(said(number, "approval", approval.to_body(), (envelope_id(envelopes[-1]),)))
    return envelopes, policy


def _each(work: Callable[[], object], loops: int) -> float:
    start = time.perf_counter()
    for _ in range(loops):
        work()
    return (time.perf_counter() - start) / loops


def measure(bench: Bench) -> list[Row]:
    """Both, in turn."""
    envelopes, policy = _evidence()
    pin, now = make_pin(), _START + timedelta(hours=1)
    deployment = Deployment(policy.project, pin.name, STAGE)
    record = replay(pin.name, lambda _name: envelopes, policy, verify_signature, now)
    if not judge(record, deployment, policy, now).allow:
        raise BenchmarkError("the evidence does not allow what it should")

    def again() -> None:
        judge(replay(pin.name, lambda _name: envelopes, policy, verify_signature, now), deployment, policy, now)

    ours: list[float] = []
    peer: list[float] = []
    for _ in range(bench.rounds):
        ours.append(_each(lambda: judge(record, deployment, policy, now), _LOOPS))
        peer.append(_each(again, _LOOPS // 25))
    cost, best, most, kept = within(ours, LIMIT_SECONDS, 1e-6, "µs")
    return [
        Row(
            f"judge, record of {len(envelopes)} attestations",
            cost,
            f"with every signature checked again: {seconds(peer)}",
            best,
            most,
            kept,
            "counting votes in Python",
            {"ours": ours, "replay": peer},
        )
    ]
