"""The audit trail as values: what is told of each attestation, of each model, and of the registry's view of it.

Nothing here decides; `weighbridge.core.trail` fills it in and `weighbridge.reports` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weighbridge.core.approval import Waiver
    from weighbridge.core.canonical import Json
    from weighbridge.core.finding import Finding
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin

_ID_LENGTH = 16


def evidence_name(kind: str, key: str) -> str:
    """The name of an attestation's file without its ending, such as ``pin-4b64a06de41d727a``."""
    return f"{kind}-{key[:_ID_LENGTH]}"


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody else whose own evidence names an entry, or something that follows it, as seen.

    Args:
        by: Ids of those people.
        at: The time that they claim.
        type: The type of their attestation.
        evidence: Its id.
    """

    by: tuple[str, ...]
    at: datetime
    type: str
    evidence: str

    def to_json(self) -> dict[str, Json]:
        """The witness's published JSON."""
        return {"by": list(self.by), "at": time_text(self.at), "evidence": self.evidence}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that an attestation says.

    Args:
        label: What it is, in a word.
        value: For readers.
        told: Whether the entry's sentence says it already.
    """

    label: str
    value: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What an attestation says, for readers and for programs.

    Args:
        title: In a few words.
        text: In one sentence.
        facts: Each thing by itself.
        findings: Everything that an inspection saw.
        waivers: Everything that an approval accepts.
        body: The published JSON, by type; empty if it can't be read.
    """

    title: str
    text: str
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    body: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One step of the chain, for readers.

    Args:
        id: The attestation's id.
        type: Its type.
        at: The time its signer claims.
        people: Ids of the trusted signers.
        keys: Ids of every key that the envelope names, trusted or not.
        digests: What it speaks of.
        told: What it says.
        fault: Why it counts for nothing; empty if it counts.
        witness: Who else has seen it, and by when; None if only its signers speak of its time.
    """

    id: str
    type: str
    at: datetime
    people: tuple[str, ...]
    keys: tuple[str, ...]
    digests: tuple[str, ...]
    told: Told
    fault: str
    witness: Witness | None

    @property
    def text(self) -> str:
        """What was done, in one sentence."""
        return self.told.text

    @property
    def time(self) -> str:
        """``claimed`` or ``witnessed``."""
        return "witnessed" if self.witness else "claimed"

    @property
    def evidence(self) -> str:
        """The name of its file without the ending."""
        return evidence_name(self.type, self.id)

    def to_json(self) -> dict[str, Json]:
        """The entry's published JSON."""
        return {
            "id": self.id,
            "type": self.type,
            "at": time_text(self.at),
            "time": self.time,
            "witness": None if self.witness is None else self.witness.to_json(),
            "people": list(self.people),
            "keys": list(self.keys),
            "digests": list(self.digests),
            "text": self.text,
            "fault": self.fault,
            "details": dict(self.told.body),
        }


@dataclass(frozen=True, slots=True)
class Trail:
    """The chain of custody of one model.

    Args:
        project: The project.
        name: The governed name.
        at: The time that is asked about.
        digest: The only pin that is asked about; None for all of them.
        policy: The digest of the rules under which evidence counts.
        trust: Where keys and roles come from.
        entries: In ledger order.
        pins: Every signed pin, newest first.
        verdicts: What each stage said at that time.
    """

    project: str
    name: str
    at: datetime
    digest: str | None
    policy: str
    trust: str
    entries: tuple[TrailEntry, ...]
    pins: tuple[Pin, ...]
    verdicts: tuple[Verdict, ...]

    def to_json(self) -> dict[str, Json]:
        """The trail's published JSON."""
        return {
            "project": self.project,
            "name": self.name,
            "at": time_text(self.at),
            "digest": self.digest,
            "policy": self.policy,
            "trust": self.trust,
            "entries": [entry.to_json() for entry in self.entries],
            "pins": [pin.to_json() for pin in self.pins],
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }
