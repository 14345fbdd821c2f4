"""The inspection that every pin gets: made by the present checks, signed, and assessed by the project's rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.assess import assess
from weighbridge.core.attestation import Subject
from weighbridge.core.inspection import BUNDLED, COMPLETE
from weighbridge.core.outcome import InspectionOutcome
from weighbridge.core.quorum import granted
from weighbridge.custody.referring import Referring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.approval import Waiver
    from weighbridge.core.assess import Assessment
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Signer
    from weighbridge.core.record import InspectionRecord, Record
    from weighbridge.core.rules import Rules


# What an inspection says where its signer let the bytes go to the remote in spite of it.
_PUSH_DENIED: Final = {"push": ("denied-too",)}
# What stands among the tools and is no scanner.
_OWN: Final = frozenset({"weighbridge", "sandbox"})


class Inspecting(Referring):
    """Looks into pinned files, signs what was seen, and says what the rules make of it."""

    __slots__ = ()

    def examined(self, pin: Pin, signer: Signer, *, again: bool = False, push_denied: bool = False) -> bool:
        """See that the newest inspection of a pin was made by the present checks; True if a new one was signed.

        Where scanners or a publisher's signature are still missing, it looks again, and signs what is new alone. The
        bytes must have been verified before, by the same caller.

        Args:
            pin: A signed pin.
            signer: Signs what was seen.
            again: Look even if the present checks have looked already.
            push_denied: The caller pushes whatever is found; the statement says so.
        """
        record = self.record(pin.name)
        known = record.inspections.get(pin.digest)
        again |= push_denied or known is None or self._outdated(known)
        if not again and known is not None and not self._lacking(known.inspection):
            return False
        inspection = self.inspector().inspect(
            self.store.path(pin),
            {file.entry.path: file.entry.size for file in pin.files},
            source=pin.source,
            metadata=pin.metadata,
            progress=self.progress,
            scanners=self.scanners,
            governed=self.linked(pin),
        )
        if push_denied:
            inspection = replace(inspection, facts={**inspection.facts, **_PUSH_DENIED})
        if not again and known is not None and known.inspection == inspection:
            return False
        self.append("inspection", [(record, Subject(pin.name, pin.digest))], inspection.to_body(), signer)
        return True

    @property
    def scanners(self) -> tuple[str, ...]:
        """Every scanner that some rule asks for, and the one that comes along."""
        return tuple(sorted({BUNDLED}.union(*(rule.scanners for rule in self.policy.all_rules))))

    def _outdated(self, known: InspectionRecord) -> bool:
        """Whether other checks looked, too long ago for some rule, or several times without knowing of each other."""
        age, limits = self.clock() - known.at, [rule.max_inspection_age for rule in self.policy.all_rules]
        old = any(age >= limit for limit in limits if limit)
        return old or len(known.ids) > 1 or known.inspection.ruleset != self.inspector().ruleset

    def _lacking(self, known: Inspection) -> bool:
        """Whether a scanner did not look at all of it, or a publisher that some rule asks for was not seen to sign."""
        wanted = {tool for tool in known.tools if tool.name not in _OWN}
        done = {tool.name for tool in wanted if tool.status == COMPLETE}
        signed = set(known.facts.get("publisher", ()))
        unsigned = any(rule.publisher_ids and not rule.publisher_ids & signed for rule in self.policy.all_rules)
        return not set(self.scanners) | {tool.name for tool in wanted} <= done or unsigned

    @staticmethod
    def says_pushed(inspection: Inspection) -> bool:
        """Whether its signer let the bytes go to the remote whatever was found."""
        return inspection.facts.items() >= _PUSH_DENIED.items()

    def shown(self, pin: Pin, *, changed: bool) -> InspectionOutcome:
        """The newest inspection of a pin, assessed by the project's rules without any waiver, and those waivers."""
        record = self.record(pin.name)
        known = record.inspections.get(pin.digest)
        inspection, at = (known.inspection, known.at) if known else (None, None)
        assessment = self.assessed(record, pin, self.policy.rules, ())
        return InspectionOutcome(pin.name, pin, inspection, at, assessment, changed, self._waived(record, pin))

    def assessed(self, record: Record, pin: Pin, rules: Rules, waivers: Sequence[Waiver]) -> Assessment:
        """What rules say of a pin now, by its newest inspection and with these waivers."""
        known = record.inspections.get(pin.digest)
        inspection, at = (known.inspection, known.at) if known else (None, None)
        return assess(rules, pin, inspection, at, waivers, self.clock(), self.evaluate)

    def _waived(self, record: Record, pin: Pin) -> dict[tuple[str, str], tuple[str, ...]]:
        """The stages in which waivers of a finding count now, by check and path."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for stage in self.policy.stages:
            votes = record.stages[stage.name].all_votes(pin.digest)
            grants = granted(stage, votes, record.pins[pin.digest].adders, self.clock())
            for key in {(item.check, item.path) for item in grants}:
                found[key] = (*found.get(key, ()), stage.name)
        return found
