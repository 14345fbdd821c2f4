"""Outcomes: what the verbs of `weighbridge.custody` give back, as values with one published JSON each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.core.times import time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from weighbridge.core.assess import Assessment
    from weighbridge.core.canonical import Json
    from weighbridge.core.change import FileChange
    from weighbridge.core.checkpoint import Checkpoint
    from weighbridge.core.divergence import Divergence
    from weighbridge.core.finding import Finding
    from weighbridge.core.inspection import Inspection
    from weighbridge.core.judge import Verdict
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import StoreProblem
    from weighbridge.core.reaching import Missing
    from weighbridge.core.word import Waiting


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
        taken: What it reaches for and was taken in with it.
        missing: What it reaches for and is not governed.
    """

    pin: Pin
    changed: bool
    inspection: InspectionOutcome | None
    pushed: bool
    taken: tuple[AddOutcome, ...] = ()
    missing: tuple[Missing, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The outcome's published JSON."""
        looked = self.inspection
        return {
            **pin_summary(self.pin),
            "changed": self.changed,
            "pushed": self.pushed,
            "verdict": looked.verdict if looked else None,
            "findings": [finding.to_json() for finding in looked.findings] if looked else [],
            "references": dict(self.pin.references),
            "taken": [item.to_json() for item in self.taken],
            "missing": [item.to_json() for item in self.missing],
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
class HeadsOutcome:
    """A checkpoint was published.

    Args:
        said: What it says.
        before: The one that it took the place of; None for the first.
    """

    said: Checkpoint
    before: Checkpoint | None

    def to_json(self) -> dict[str, Json]:
        """The checkpoint's published JSON."""
        return {
            "project": self.said.project,
            "number": self.said.number,
            "issued_at": time_text(self.said.issued_at),
            "expires": time_text(self.said.expires),
            "heads": {name: dict(stages) for name, stages in sorted(self.said.heads.items())},
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
        divergences: What the registry shows otherwise than signed state; None if it was not compared.
        waiting: What waits for approvals.
    """

    name: str
    pins: tuple[Pin, ...]
    heads: dict[str, str]
    verdicts: tuple[Verdict, ...]
    problems: tuple[StoreProblem, ...]
    divergences: tuple[Divergence, ...] | None = None
    waiting: tuple[Waiting, ...] = ()

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
            "divergences": None if self.divergences is None else [item.to_json() for item in self.divergences],
            "waiting": [item.to_json() for item in self.waiting],
        }


@dataclass(frozen=True, slots=True)
class Overview:
    """Where the project's models stand, and what the registry shows beside them.

    Args:
        models: Each model.
        ungoverned: What the registry has beside governed models; None if nobody looked.
        registry: ``compared``, ``skipped`` (nobody asked) or ``failed``.
        trouble: Why it failed: code, message, hint; None if it did not.
    """

    models: tuple[ModelStatus, ...]
    ungoverned: tuple[Divergence, ...] | None
    registry: str
    trouble: tuple[str, str, str] | None = None

    def to_json(self) -> dict[str, Json]:
        """The overview's published JSON."""
        code, message, hint = self.trouble or ("", "", "")
        problem: dict[str, Json] = {"code": code, "message": message, "hint": hint}
        return {
            "models": [item.to_json() for item in self.models],
            "ungoverned": None if self.ungoverned is None else [item.to_json() for item in self.ungoverned],
            "registry": {"state": self.registry, "problem": problem if self.trouble else None},
        }


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The registry shows what was signed, as far as Weighbridge could see to it.

    Args:
        pins: Live pins with the versions that stand for them now.
        restored: What diverged and no longer does.
        left: What diverges still, for people to mend.
    """

    pins: tuple[PinOutcome, ...]
    restored: tuple[Divergence, ...]
    left: tuple[Divergence, ...]

    def to_json(self) -> dict[str, Json]:
        """The reconciliation's published JSON."""
        return {
            "changed": bool(self.restored) or any(item.changed for item in self.pins),
            "models": [item.to_json() for item in self.pins],
            "restored": [item.to_json() for item in self.restored],
            "left": [item.to_json() for item in self.left],
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """A pin beside what its reference names now.

    Args:
        pin: The pin.
        state: ``current``, ``moved``, ``replaced`` (another repository has the name), ``gone``, or ``retired`` (it
            should not be served any more).
        revision: What the reference names now; None if nothing.
        changes: By file.
        retires: The day from which it is not served, as its source says; None if it says none.
        days_left: Until then, less than 1 if it has passed; None if there is no such day.
    """

    pin: Pin
    state: str
    revision: str | None
    changes: tuple[FileChange, ...]
    retires: date | None = None
    days_left: int | None = None

    def to_json(self) -> dict[str, Json]:
        """The drift's published JSON."""
        return {
            "name": self.pin.name,
            "state": self.state,
            "ref": str(self.pin.ref),
            "pinned": self.pin.revision,
            "now": self.revision,
            "changes": [change.to_json() for change in self.changes],
            "retires": None if self.retires is None else self.retires.isoformat(),
            "days_left": self.days_left,
        }
