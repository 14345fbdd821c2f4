"""Explanation: what each rule of a stage says of one pin, and whose waivers count, as a value with a published JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.core.assess import Assessment
    from weighbridge.core.canonical import Json
    from weighbridge.core.change import FileChange
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin
    from weighbridge.core.quorum import Grant


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the rules say.

    Args:
        pin: The pin.
        stage: The stage's name.
        inspection: The newest inspection that counts; None if there is none.
        assessment: What each rule says, with the waivers that count.
        grants: Those waivers, one for each person who gave it.
        head: The pin that the stage lets run now; None if there is none.
        changes: How this pin's files differ from the head's; none where it is the head.
        taken_back: ``revoked`` or ``rejected`` if somebody took it back in the stage and no quorum answered since.
    """

    pin: Pin
    stage: str
    inspection: Inspection | None
    assessment: Assessment
    grants: tuple[Grant, ...]
    head: Pin | None
    changes: tuple[FileChange, ...]
    taken_back: str = ""

    def to_json(self) -> dict[str, Json]:
        """The explanation's published JSON."""
        return {
            "name": self.pin.name,
            "digest": self.pin.digest,
            "stage": self.stage,
            "passes": self.assessment.passes,
            "rules": [item.to_json() for item in self.assessment.outcomes],
            "waived": [item.to_json() for item in self.grants],
            "head": None if self.head is None else self.head.digest,
            "changes": [item.to_json() for item in self.changes],
            "taken_back": self.taken_back or None,
        }
