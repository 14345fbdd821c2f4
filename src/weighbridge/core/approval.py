"""What people say of pins and keys: request, approval, rejection, revocation, as they stand in attestations.

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
class Request:
    """Somebody asks for approvals; it moves nothing.

    Args:
        stage: The stage.
        pins: For each governed name, the id of the pin attestation that is meant.
        comment: Why it is wanted.
    """

    stage: str
    pins: Mapping[str, str]
    comment: str = ""

    def to_body(self) -> dict[str, Json]:
        """The request as it stands in a statement."""
        return {"stage": self.stage, "pins": dict(self.pins), "comment": self.comment}


@dataclass(frozen=True, slots=True)
class Rejection:
    """An approver's no for one stage: what was said for these digests before it counts no more.

    Args:
        stage: The stage.
        reason: Why, in words.
    """

    stage: str
    reason: str

    def to_body(self) -> dict[str, Json]:
        """The rejection as it stands in a statement."""
        return {"stage": self.stage, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class KeyRevocation:
    """A key's end: the place in the ledger after which it counts for nothing.

    It takes effect where rules name its id beside the key (`weighbridge.core.policy.KeyLimits`), never by itself.

    Args:
        key: The key's id.
        reason: Why, in words.
    """

    key: str
    reason: str

    def to_body(self) -> dict[str, Json]:
        """The key's revocation as it stands in a statement."""
        return {"key": self.key, "reason": self.reason}


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


def _pins(value: Json) -> dict[str, str]:
    pins = shape.texts(value, "pins")
    if not all(map(is_hex64, pins.values())):
        raise IntegrityError("a malformed pin is named", code="bad-statement")
    return pins


def approval_from(body: Mapping[str, Json]) -> Approval:
    """Read the body of an approval.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(dict(body), "approval", {"stage", "pins", "policy", "until", "waivers", "comment"})
    return Approval(
        stage=shape.text(row["stage"], "stage"),
        pins=_pins(row["pins"]),
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


def request_from(body: Mapping[str, Json]) -> Request:
    """Read the body of a request.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(dict(body), "request", {"stage", "pins", "comment"})
    return Request(shape.text(row["stage"], "stage"), _pins(row["pins"]), shape.text(row["comment"], "comment"))


def rejection_from(body: Mapping[str, Json]) -> Rejection:
    """Read the body of a rejection.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(dict(body), "rejection", {"stage", "reason"})
    return Rejection(shape.text(row["stage"], "stage"), shape.text(row["reason"], "reason"))


def key_revocation_from(body: Mapping[str, Json]) -> KeyRevocation:
    """Read the body of a key's revocation.

    Raises:
        IntegrityError: It has another shape.
    """
    row = shape.record(dict(body), "key-revocation", {"key", "reason"})
    key = shape.text(row["key"], "key")
    if not is_hex64(key):
        raise IntegrityError("a malformed key is named", code="bad-statement")
    return KeyRevocation(key, shape.text(row["reason"], "reason"))
