"""Every signed pin beside what stages say of it now: for those who look at bytes that lie about.

Removed models count as well: their evidence stays, and so may their bytes. It reads evidence and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core import closure
from weighbridge.core.attestation import open_envelope
from weighbridge.core.cached import KnownPin, is_revoked
from weighbridge.core.deployment import Deployment
from weighbridge.core.errors import DeniedError, UsageError
from weighbridge.core.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import timedelta

    from weighbridge.core.judge import Heads, Verdict
    from weighbridge.core.policy import Policy
    from weighbridge.core.record import Record
    from weighbridge.custody.consuming import Consumer
    from weighbridge.custody.ground import Ground


def known_in_project(
    ground: Ground, stage: str | None, wanted: Callable[[str, Collection[str]], bool] | None = None
) -> tuple[KnownPin, ...]:
    """The pins of a project, of removed models too.

    Args:
        ground: The project.
        stage: The only stage that counts; None for all of them.
        wanted: Whether a model is asked about, by its name and the sources of its pins, believed or not; None for
            all. The evidence of others is not checked.

    Raises:
        UsageError: There is no such stage.
        IntegrityError: Some evidence is broken: then nothing is known for sure.
    """
    stages = _stages(ground.policy, stage)
    names = sorted({*ground.workspace.names(), *ground.ledger.names()})
    if wanted is not None:
        names = [name for name in names if wanted(name, _sources(ground, name))]
    heads = closure.heads(ground.record, ground.policy, ground.clock(), evaluate=ground.evaluate)
    return tuple(known for name in names for known in _known(ground, ground.record(name), stages, None, heads))


def known_in_store(consumer: Consumer, stage: str | None) -> tuple[KnownPin, ...]:
    """The pins of all that was published.

    Args:
        consumer: The store, and whom to trust.
        stage: The only stage that counts; None for all of the trust file.

    Raises:
        UsageError: There is no such stage.
        DeniedError: The evidence is too old to say what is allowed now (code ``stale-evidence``), or there is none.
        IntegrityError: Some evidence is broken or was rolled back.
        StoreError: The store can't be reached, and nothing kept stands in for it.
    """
    stages = _stages(consumer.policy, stage)
    said, records = consumer.records()
    by_name = {record.name: record for record in records}
    heads = closure.heads(by_name.get, consumer.policy, consumer.clock(), said.age, consumer.evaluate)
    return tuple(known for record in records for known in _known(consumer, record, stages, said.age, heads))


def _sources(ground: Ground, name: str) -> set[str]:
    """The sources of a model's pins, signed by whomever: no pin that counts has another one."""
    statements = (open_envelope(each, {}, ground.verify_signature).statement for each in ground.ledger.read(name))
    return {str(each.body["source"]) for each in statements if "source" in each.body}


def _stages(policy: Policy, stage: str | None) -> list[str]:
    known = [item.name for item in policy.stages]
    if stage is None:
        return known
    if stage not in known:
        hint = f"stages: {', '.join(known) or 'none'}"
        raise UsageError(f"there is no stage {stage!r}", code="unknown-stage", hint=hint)
    return [stage]


def _known(
    asker: Ground | Consumer, record: Record, stages: Sequence[str], age: timedelta | None, heads: Heads
) -> list[KnownPin]:
    found = []
    for digest in sorted(record.pins):
        verdicts = [
            judge(
                record,
                Deployment(asker.policy.project, record.name, stage, digest),
                asker.policy,
                asker.clock(),
                age,
                asker.evaluate,
                heads=heads,
            )
            for stage in stages
        ]
        reasons = {verdict.stage: _reason(verdict) for verdict in verdicts}
        found.append(KnownPin(record.pins[digest].pin, reasons, is_revoked(record, digest, stages)))
    return found


def _reason(verdict: Verdict) -> str:
    """Why a stage denies a pin; empty if it does not.

    Raises:
        DeniedError: The evidence is too old: what it allowed may seem revoked alone, and would be thrown away.
    """
    for reason in verdict.reasons:
        if reason.code == "stale-evidence":
            raise DeniedError(reason.message, reasons=("stale-evidence",), hint=reason.hint)
    return verdict.reasons[0].code if verdict.reasons else ""
