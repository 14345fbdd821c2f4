"""Approval and revocation: a person's dated yes, and its taking back, as they stand in attestations.

Whether an approval counts is decided by `weighbridge.core.record` and `weighbridge.core.judge`, never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core import shape
from weighbridge.core.digest import is_hex64, require_digest
from weighbridge.core.errors import IntegrityError
from weighbridge.core.times import time_from, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from weighbridge.core.canonical import Json


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that the approver accepts.

    Args:
        check: The check's id.
        path: The file.
        reason: Why, in words.
        until: When the waiver ends.
    """

    check: str
    path: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A yes for one stage and exactly these pins.

    Args:
        stage: The stage.
        pins: For each governed name, the id of the pin attestation that was approved.
        policy: Digest of the rules that the approver saw: evidence only.
        until: When it ends; None for as long as the stage allows.
        waivers: Accepted findings.
        comment: The approver's words.
    """

    stage: str
    pins: Mapping[str, str]
    policy: str
    until: datetime | None = None
    waivers: tuple[Waiver, ...] = ()
    comment: str = ""

    def to_body(self) -> dict[str, Json]:
        """The approval as it stands in a statement."""
        return {
            "stage": self.stage,
            "pins": dict(self.pins),
            "policy": self.policy,
            "until": None if self.until is None else time_text(self.until),
            "waivers": [
                {"check": item.check, "path": item.path, "reason": item.reason, "until": time_text(item.until)}
                for item in self.waivers
            ],
            "comment": self.comment,
        }


@dataclass(frozen=True, slots=True)
class Revocation:
    """A no to digests that may have been approved.

    Args:
        stage: The stage; None for all of them.
        reason: Why, in words.
    """

    stage: str | None
    reason: str

    def to_body(self) -> dict[str, Json]:
        """The revocation as it stands in a statement."""
        return {"stage": self.stage, "reason": self.reason}


def _waiver(value: Json) -> Waiver:
    row = shape.record(value, "waiver", {"check", "path", "reason", "until"})
    texts = {key: shape.text(row[key], key) for key in ("check", "path", "reason", "until")}
    return Waiver(texts["check"], texts["path"], texts["reason"], time_from(texts["until"]))


def approval_from(body: Mapping[str, Json]) -> Approval:
    """Read the body of an approval.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(dict(body), "approval", {"stage", "pins", "policy", "until", "waivers", "comment"})
    pins = shape.texts(row["pins"], "pins")
    if not all(map(is_hex64, pins.values())):
        raise IntegrityError("an approval names a malformed pin", code="bad-statement")
    return Approval(
        stage=shape.text(row["stage"], "stage"),
        pins=pins,
        policy=require_digest(row["policy"]),
        until=None if row["until"] is None else time_from(shape.text(row["until"], "until")),
        waivers=tuple(_waiver(item) for item in shape.array(row["waivers"], "waivers")),
        comment=shape.text(row["comment"], "comment"),
    )


def revocation_from(body: Mapping[str, Json]) -> Revocation:
    """Read the body of a revocation.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(dict(body), "revocation", {"stage", "reason"})
    stage = None if row["stage"] is None else shape.text(row["stage"], "stage")
    return Revocation(stage, shape.text(row["reason"], "reason"))
