"""Telling: what one attestation says, in words and as published JSON. It decides nothing, and believes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.approval import (
    approval_from,
    key_revocation_from,
    rejection_from,
    request_from,
    revocation_from,
)
from weighbridge.core.errors import IntegrityError, UsageError
from weighbridge.core.inspection import COMPLETE, inspection_from
from weighbridge.core.listing import retirement
from weighbridge.core.pin import pin_from_json
from weighbridge.core.times import time_text
from weighbridge.core.trail_entry import Fact, Told, evidence_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.approval import Approval, Waiver
    from weighbridge.core.canonical import Json
    from weighbridge.core.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an attestation does not say itself.

    Args:
        name: The model that is told about.
        policy: The digest of the present rules.
        inspections: The newest inspections that counted when it was signed.
        counts: Whether it counts.
    """

    name: str
    policy: str
    inspections: tuple[str, ...]
    counts: bool


def _pin(body: Mapping[str, Json], _around: Circumstances) -> Told:
    pin = pin_from_json(dict(body))
    title = f"pinned {pin.ref}"
    sizes = f"{len(pin.files)} files, {pin.size} bytes, {len(pin.omitted)} left out"
    licence = str(pin.metadata.get("licence") or "")
    identity = ", ".join(f"{key} {value}" for key, value in sorted(pin.identity.items()))
    day = retirement(pin.metadata)
    facts = (
        Fact("source", str(pin.ref), told=True),
        Fact("revision", pin.revision, told=True),
        Fact("files", sizes, told=True),
        Fact("licence", licence or "not stated"),
        Fact("identity", identity or "not stated"),
        *([Fact("retires", day.isoformat())] if day else []),
    )
    said: dict[str, Json] = {
        "source": pin.source,
        "follow": pin.follow,
        "revision": pin.revision,
        "identity": dict(pin.identity),
        "licence": licence,
        "files": len(pin.files),
        "size_bytes": pin.size,
        "omitted": len(pin.omitted),
    }
    return Told(title, f"{title} at {pin.revision}: {sizes}", facts, body=said)


def _inspected_text(inspection: Inspection, title: str, pushed: str) -> str:
    """What an inspection saw, and who looked."""
    done = ", ".join(f"{tool.name} {tool.version}" for tool in inspection.tools if tool.status == COMPLETE)
    others = [
        f"{tool.name} {tool.version}".strip() + f" is {tool.status}"
        for tool in inspection.tools
        if tool.status != COMPLETE
    ]
    told = [f"pushed whatever was found ({pushed})"] if pushed else []
    return "; ".join([f"{title}, by {done or 'nobody'}", *others, *told])


def _inspection(body: Mapping[str, Json], around: Circumstances) -> Told:
    if not around.counts:
        # What a stranger claims to have seen is not repeated.
        return _other("inspection")
    inspection = inspection_from(body)
    title = f"inspected: {inspection.counts or 'no finding'}"
    pushed = ", ".join(inspection.facts.get("push", ()))
    tools = ", ".join(f"{tool.name} {tool.version}".strip() + f" ({tool.status})" for tool in inspection.tools)
    facts = [Fact("tools", tools or "none", told=True), Fact("ruleset", inspection.ruleset)]
    facts += [Fact("pushed", f"whatever was found ({pushed})", told=True)] if pushed else []
    said: dict[str, Json] = {
        "findings": [item.to_json() for item in inspection.findings],
        "tools": [{"name": tool.name, "version": tool.version, "status": tool.status} for tool in inspection.tools],
        "ruleset": inspection.ruleset,
    }
    return Told(title, _inspected_text(inspection, title, pushed), tuple(facts), inspection.findings, body=said)


def _waiver_json(item: Waiver) -> Json:
    return {"check": item.check, "path": item.path, "reason": item.reason, "until": time_text(item.until)}


def _approval_facts(approval: Approval, pin: str, around: Circumstances) -> tuple[Fact, ...]:
    present = approval.policy == around.policy
    looked = " and ".join(evidence_name("inspection", key) for key in around.inspections)
    newest = f"{looked}, the newest that counted then" if looked else "no inspection counted then"
    facts = [Fact("comment", approval.comment, told=True)] if approval.comment else []
    facts += [Fact("until", time_text(approval.until))] if approval.until else []
    return (
        *facts,
        Fact("approved", evidence_name("pin", pin) if pin else "no pin of this model"),
        Fact("signed", "under the present rules" if present else f"under other rules, {approval.policy}"),
        Fact("inspected", newest),
    )


def _approval(body: Mapping[str, Json], around: Circumstances) -> Told:
    approval = approval_from(body)
    pin = approval.pins.get(around.name, "")
    title = f"approved for {approval.stage}"
    waived = [f"{item.check} in {item.path} until {time_text(item.until)} ({item.reason})" for item in approval.waivers]
    comment = f": {approval.comment}" if approval.comment else ""
    said: dict[str, Json] = {
        "stage": approval.stage,
        "until": None if approval.until is None else time_text(approval.until),
        "comment": approval.comment,
        "waivers": [_waiver_json(item) for item in approval.waivers],
        "pin": pin or None,
        "policy": approval.policy,
        "policy_is_present": approval.policy == around.policy,
        "inspections": list(around.inspections),
    }
    text = title + comment + (f"; waives {', '.join(waived)}" if waived else "")
    return Told(title, text, _approval_facts(approval, pin, around), waivers=approval.waivers, body=said)


def _revocation(body: Mapping[str, Json], _around: Circumstances) -> Told:
    revocation = revocation_from(body)
    title = f"revoked for {revocation.stage or 'every stage'}"
    facts = (Fact("reason", revocation.reason, told=True),)
    said: dict[str, Json] = {"stage": revocation.stage, "reason": revocation.reason}
    return Told(title, f"{title}: {revocation.reason}", facts, body=said)


def _request(body: Mapping[str, Json], around: Circumstances) -> Told:
    request = request_from(body)
    title = f"asked for approval for {request.stage}"
    pin = request.pins.get(around.name, "")
    facts = [Fact("comment", request.comment, told=True)] if request.comment else []
    facts.append(Fact("asked", evidence_name("pin", pin) if pin else "no pin of this model"))
    text = title + (f": {request.comment}" if request.comment else "")
    said: dict[str, Json] = {"stage": request.stage, "comment": request.comment, "pin": pin or None}
    return Told(title, text, tuple(facts), body=said)


def _rejection(body: Mapping[str, Json], _around: Circumstances) -> Told:
    rejection = rejection_from(body)
    title = f"rejected for {rejection.stage}"
    facts = (Fact("reason", rejection.reason, told=True),)
    said: dict[str, Json] = {"stage": rejection.stage, "reason": rejection.reason}
    return Told(title, f"{title}: {rejection.reason}", facts, body=said)


def _key_revocation(body: Mapping[str, Json], _around: Circumstances) -> Told:
    found = key_revocation_from(body)
    title = f"revoked the key {found.key[:16]}"
    facts = (Fact("key", found.key), Fact("reason", found.reason, told=True))
    said: dict[str, Json] = {"key": found.key, "reason": found.reason}
    return Told(title, f"{title}: {found.reason}", facts, body=said)


_TELLERS = {
    "pin": _pin,
    "inspection": _inspection,
    "request": _request,
    "approval": _approval,
    "rejection": _rejection,
    "revocation": _revocation,
    "key-revocation": _key_revocation,
}


def _other(kind: str) -> Told:
    title = f"added evidence of type {kind}"
    return Told(title, title)


def tell(kind: str, body: Mapping[str, Json], around: Circumstances) -> Told:
    """What an attestation says; what counts for nothing may be malformed, and then that is told.

    Args:
        kind: Its type; one that is not known here is named and no more.
        body: What stands in its statement.
        around: What it does not say itself.
    """
    teller = _TELLERS.get(kind)
    if teller is None:
        return _other(kind)
    try:
        return teller(body, around)
    except (IntegrityError, UsageError) as error:
        title = f"added malformed evidence of type {kind}"
        return Told(title, f"{title}: {error.message}")
