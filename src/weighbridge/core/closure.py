"""Pin closure: what may run may need other pins, and they must be what it was pinned with.

An adapter is nothing without its base model. A pin names the digests that it needs (`Pin.references`), and it runs in
a stage only while each of them is what that stage lets run under its own name. This module finds that head; whether
it is the right one is `weighbridge.core.judge`'s question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.deployment import Deployment
from weighbridge.core.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from weighbridge.core.judge import Heads
    from weighbridge.core.policy import Policy
    from weighbridge.core.ports import Evaluate
    from weighbridge.core.record import Record


def heads(
    find: Callable[[str], Record | None],
    policy: Policy,
    now: datetime,
    evidence_age: timedelta | None = None,
    evaluate: Evaluate | None = None,
) -> Heads:
    """What stages let run under other names now, with all that those need in turn.

    Models that need each other are judged without what leads back to where the question began.

    Args:
        find: The evidence of a model, replayed under this policy; None if there is none.
        policy: The present rules.
        now: The time of asking.
        evidence_age: How old the newest checkpoint is; None when the ledger itself is at hand.
        evaluate: Evaluates expressions; without one, each of them denies.

    Returns:
        A function of a governed name and a stage that gives the digest that may run there, or None.
    """
    asked: list[str] = []

    def head(name: str, stage: str) -> str | None:
        record = find(name)
        if record is None:
            return None
        if name in asked:
            return record.stages[stage].head
        asked.append(name)
        try:
            verdict = judge(
                record, Deployment(policy.project, name, stage), policy, now, evidence_age, evaluate, heads=head
            )
        finally:
            asked.pop()
        return verdict.digest if verdict.allow else None

    return head
