"""Outcomes: what the verbs of `weighbridge.custody` give back, as values with one published JSON each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weighbridge.core.assess import Assessment
    from weighbridge.core.canonical import Json
    from weighbridge.core.change import FileChange
    from weighbridge.core.finding import Finding
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import StoreProblem


def pin_summary(pin: Pin) -> dict[str, Json]:
    """The few facts that name a pin to a reader."""
    return {
        "name": pin.name,
        "digest": pin.digest,
        "source": pin.source,
        "follow": pin.follow,
        "revision": pin.revision,
        "files": len(pin.files),
        "size_bytes": pin.size,
        "licence": str(pin.metadata.get("licence") or ""),
    }


@dataclass(frozen=True, slots=True)
class PinOutcome:
    """One pin was added, fetched, verified, registered or removed.

    Args:
        pin: The pin.
        changed: Whether anything had to be done.
        version: The registry's version, where one was asked for.
    """

    pin: Pin
    changed: bool
    version: str | None = None

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        return {**pin_summary(self.pin), "changed": self.changed, "version": self.version}


@dataclass(frozen=True, slots=True)
class InspectionOutcome:
    """What was seen in a pin, or in a folder that nobody pinned.

    Args:
        label: The governed name, or the folder as it was given.
        pin: The pin; None for a folder.
        inspection: The newest one that counts; None if there is none.
        at: When that was made, as its signer claims; None for a folder.
        assessment: What the project's rules say without any waiver; of a folder, findings alone count.
        changed: Whether it was made now and signed.
        waived: The stages in which approvals waive what was found, by check and path.
    """

    label: str
    pin: Pin | None
    inspection: Inspection | None
    at: datetime | None
    assessment: Assessment
    changed: bool
    waived: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``allow`` or ``deny``."""
        return "allow" if self.assessment.passes else "deny"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found."""
        return self.inspection.findings if self.inspection else ()

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        return {
            "target": self.label,
            "digest": self.pin.digest if self.pin else None,
            "changed": self.changed,
            "verdict": self.verdict,
            "findings": [finding.to_json() for finding in self.findings],
            "rules": [rule.to_json() for rule in self.assessment.outcomes],
            "inspection": None if self.inspection is None else _looked(self.inspection),
            "waived": [
                {"check": check, "path": path, "stages": list(stages)}
                for (check, path), stages in sorted(self.waived.items())
            ],
        }


def _looked(inspection: Inspection) -> dict[str, Json]:
    """An inspection without its findings."""
    return {key: value for key, value in inspection.to_body().items() if key != "findings"}


@dataclass(frozen=True, slots=True)
class AddOutcome:
    """A reference was taken in.

    Args:
        pin: The pin.
        changed: Whether anything had to be done.
        inspection: What was seen in it; None where the rules ask for no inspection.
        pushed: Whether the remote has it now.
    """

    pin: Pin
    changed: bool
    inspection: InspectionOutcome | None
    pushed: bool

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        looked = self.inspection
        return {
            **pin_summary(self.pin),
            "changed": self.changed,
            "pushed": self.pushed,
            "verdict": looked.verdict if looked else None,
            "findings": [finding.to_json() for finding in looked.findings] if looked else [],
        }


@dataclass(frozen=True, slots=True)
class ApprovalOutcome:
    """One pin was approved.

    Args:
        pin: The pin.
        changed: Whether an approval was signed.
        verdict: What the stage says of the pin now.
        version: The registry's version.
        published: Whether the evidence stands beside the bytes in the remote.
    """

    pin: Pin
    changed: bool
    verdict: Verdict
    version: str
    published: bool

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        return {
            **pin_summary(self.pin),
            "changed": self.changed,
            "version": self.version,
            "published": self.published,
            "verdict": self.verdict.to_json(),
        }


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Where one model stands, from the project's own files.

    Args:
        name: The governed name.
        pins: Live pins.
        heads: Digest of the head by stage, where there is one.
        verdicts: What each stage says.
        problems: What its owner should know.
    """

    name: str
    pins: tuple[Pin, ...]
    heads: dict[str, str]
    verdicts: tuple[Verdict, ...]
    problems: tuple[StoreProblem, ...]

    def to_json(self) -> dict[str, Json]:
        """The status's published JSON."""
        return {
            "name": self.name,
            "pins": [pin_summary(pin) for pin in self.pins],
            "heads": dict(self.heads),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "problems": [
                {"code": item.code, "digest": item.digest, "message": item.message, "hint": item.hint}
                for item in self.problems
            ],
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """A pin beside what its reference names now.

    Args:
        pin: The pin.
        state: ``current``, ``moved``, ``replaced`` (another repository has the name) or ``gone``.
        revision: What the reference names now; None if nothing.
        changes: By file.
    """

    pin: Pin
    state: str
    revision: str | None
    changes: tuple[FileChange, ...]

    def to_json(self) -> dict[str, Json]:
        """The drift's published JSON."""
        return {
            "name": self.pin.name,
            "state": self.state,
            "ref": str(self.pin.ref),
            "pinned": self.pin.revision,
            "now": self.revision,
            "changes": [change.to_json() for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One step of the chain, for readers.

    Args:
        id: The attestation's id.
        type: Its type.
        at: The time its signer claims.
        people: Ids of the trusted signers.
        digests: What it speaks of.
        text: What was done, in words.
        fault: Why it counts for nothing; empty if it counts.
    """

    id: str
    type: str
    at: datetime
    people: tuple[str, ...]
    digests: tuple[str, ...]
    text: str
    fault: str

    def to_json(self) -> dict[str, Json]:
        """The entry's published JSON."""
        return {
            "id": self.id,
            "type": self.type,
            "at": time_text(self.at),
            "time": "claimed",
            "people": list(self.people),
            "digests": list(self.digests),
            "text": self.text,
            "fault": self.fault,
        }


@dataclass(frozen=True, slots=True)
class Trail:
    """The chain of custody of one model.

    Args:
        name: The governed name.
        at: The time that is asked about.
        entries: In ledger order.
        pins: Every signed pin, newest first.
        verdicts: What each stage said at that time.
    """

    name: str
    at: datetime
    entries: tuple[TrailEntry, ...]
    pins: tuple[Pin, ...]
    verdicts: tuple[Verdict, ...]

    def to_json(self) -> dict[str, Json]:
        """The trail's published JSON."""
        return {
            "name": self.name,
            "at": time_text(self.at),
            "entries": [entry.to_json() for entry in self.entries],
            "pins": [pin.to_json() for pin in self.pins],
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }
