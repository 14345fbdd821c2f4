"""The inspection that every pin gets: made by the present checks, signed, and assessed by the project's rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.assess import assess
from weighbridge.core.attestation import Subject
from weighbridge.core.outcome import InspectionOutcome
from weighbridge.custody.ground import Ground

if TYPE_CHECKING:
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Signer
    from weighbridge.core.record import Record


# What an inspection says where its signer let the bytes go to the remote in spite of it.
_PUSH_DENIED: Final = {"push": ("denied-too",)}


class Inspecting(Ground):
    """Looks into pinned files, signs what was seen, and says what the rules make of it."""

    __slots__ = ()

    def examined(self, pin: Pin, signer: Signer, *, again: bool = False, push_denied: bool = False) -> bool:
        """See that the newest inspection of a pin was made by the present checks; True if one had to be made.

        The bytes must have been verified before, by the same caller.

        Args:
            pin: A signed pin.
            signer: Signs what was seen.
            again: Look even if the present checks have looked already.
            push_denied: The caller pushes whatever is found; the statement says so.
        """
        record = self.record(pin.name)
        if not again and not push_denied and self._up_to_date(record, pin):
            return False
        inspection = self.inspector().inspect(
            self.store.path(pin),
            {file.entry.path: file.entry.size for file in pin.files},
            source=pin.source,
            metadata=pin.metadata,
            progress=self.progress,
            scanners=self.scanners,
        )
        if push_denied:
            inspection = replace(inspection, facts={**inspection.facts, **_PUSH_DENIED})
        self.append("inspection", [(record, Subject(pin.name, pin.digest))], inspection.to_body(), signer)
        return True

    @property
    def scanners(self) -> tuple[str, ...]:
        """Every scanner that some rule asks for, and the one that comes along."""
        rules = [self.policy.rules, *(self.policy.rules_of(stage) for stage in self.policy.stages)]
        return tuple(sorted({"picklescan"}.union(*(rule.scanners for rule in rules))))

    def _up_to_date(self, record: Record, pin: Pin) -> bool:
        known = record.inspections.get(pin.digest)
        if known is None or known.inspection.ruleset != self.inspector().ruleset:
            return False
        return set(self.scanners) <= {tool.name for tool in known.inspection.tools}

    @staticmethod
    def says_pushed(inspection: Inspection) -> bool:
        """Whether its signer let the bytes go to the remote whatever was found."""
        return inspection.facts.items() >= _PUSH_DENIED.items()

    def shown(self, pin: Pin, *, changed: bool) -> InspectionOutcome:
        """The newest inspection of a pin, assessed by the project's rules without any waiver."""
        known = self.record(pin.name).inspections.get(pin.digest)
        inspection, at = (known.inspection, known.at) if known else (None, None)
        assessment = assess(self.policy.rules, pin, inspection, at, (), self.clock(), self.evaluate)
        return InspectionOutcome(pin.name, pin, inspection, at, assessment, changed)
