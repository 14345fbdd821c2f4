"""Outcomes: what the verbs of `weighbridge.custody` give back, as values with one published JSON each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from datetime import datetime

    from weighbridge.core.canonical import Json
    from weighbridge.core.change import FileChange
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
