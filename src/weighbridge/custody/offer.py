"""What a program may load: verified bytes, and on what grounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.deployed import Given
from weighbridge.core.errors import DeniedError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.record import Record


@dataclass(frozen=True, slots=True)
class Offer:
    """A pin that may run.

    Args:
        pin: The signed pin.
        folder: Its bytes, verified now.
        given: The same for the record of a run.
    """

    pin: Pin
    folder: Path
    given: Given


def admitted(record: Record, verdict: Verdict) -> tuple[Pin, Given]:
    """The pin that a verdict lets run, and the grounds.

    Raises:
        DeniedError: It lets none run.
    """
    if verdict.digest is None or not verdict.allow:
        sources = sorted({item.pin.source for item in record.pins.values()})
        raise DeniedError(
            verdict.reasons[0].message,
            reasons=tuple(reason.code for reason in verdict.reasons),
            hint=verdict.reasons[0].hint,
            details={"verdict": verdict.to_json(), "sources": sources},
        )
    pin = record.pins[verdict.digest].pin
    votes = record.stages[verdict.stage].all_votes(verdict.digest)
    approvals = tuple(sorted({vote.attestation for vote in votes}))
    return pin, Given(pin.name, pin.digest, pin.source, pin.revision, approvals, record.leaves)
