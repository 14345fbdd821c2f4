"""Looking at what was pinned: the verb inspect, and the inspection that every pin gets when it is added."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.core.assess import assess
from weighbridge.core.attestation import Subject
from weighbridge.core.outcome import InspectionOutcome
from weighbridge.custody.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Signer
    from weighbridge.core.record import Record


# What an inspection says where its signer let the bytes go to the remote in spite of it.
_PUSH_DENIED: Final = {"push": ("denied-too",)}


class Inspecting(Ground):
    """The verbs that look into files and say what was seen."""

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
        if not again and self._up_to_date(record, pin, push_denied=push_denied):
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

    def _up_to_date(self, record: Record, pin: Pin, *, push_denied: bool) -> bool:
        known = record.inspections.get(pin.digest)
        if known is None or known.inspection.ruleset != self.inspector().ruleset:
            return False
        if push_denied and not known.inspection.facts.items() >= _PUSH_DENIED.items():
            return False
        return set(self.scanners) <= {tool.name for tool in known.inspection.tools}

    def shown(self, pin: Pin, *, changed: bool) -> InspectionOutcome:
        """The newest inspection of a pin, assessed by the project's rules without any waiver."""
        known = self.record(pin.name).inspections.get(pin.digest)
        inspection, at = (known.inspection, known.at) if known else (None, None)
        assessment = assess(self.policy.rules, pin, inspection, at, (), self.clock(), self.evaluate)
        return InspectionOutcome(pin.name, pin, inspection, at, assessment, changed)

    def inspect(
        self, asked: Sequence[str], *, key: str | None = None, again: bool = False
    ) -> tuple[InspectionOutcome, ...]:
        """Look at live pins with the present checks, and sign what was seen.

        What the present checks have looked at already is not looked at again, unless ``again``.

        Raises:
            IntegrityError: The bytes are not those of the pin; then nothing is inspected.
            SigningError: The key's owner may not sign inspections here.
        """
        signer = self.signer_for(key, self.policy.rules.inspected_by, "sign inspections")
        found = []
        for name in self.names(asked):
            with self.workspace.exclusive(name):
                for pin in self.signed(name):
                    self.store.verify(pin, self.progress)
                    found.append(self.shown(pin, changed=self.examined(pin, signer, again=again)))
        return tuple(found)
