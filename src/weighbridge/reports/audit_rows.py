"""What every shape of an audit tells, as labels and values: text, Markdown and HTML lay out the same."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from weighbridge.core.listing import retirement
from weighbridge.core.times import time_text
from weighbridge.core.trail_entry import evidence_name
from weighbridge.reports.sizes import size_text

if TYPE_CHECKING:
    from weighbridge.core.audit import Audit, Checked
    from weighbridge.core.deployments import Deployed
    from weighbridge.core.pin import Pin
    from weighbridge.core.trail_entry import Trail, TrailEntry

_KEY_LENGTH = 16
_STATES = {
    "same": "shows what signed state says",
    "diverges": "shows something else than signed state",
    "failed": "could not be looked at",
    "skipped": "was not asked",
}


def who_text(entry: TrailEntry) -> str:
    """Who signed an entry."""
    return ", ".join(entry.people) or "nobody trusted"


def keys_text(entry: TrailEntry) -> str:
    """The keys that an entry names, by the beginning of their ids."""
    return ", ".join(key[:_KEY_LENGTH] for key in entry.keys)


def fault_text(entry: TrailEntry) -> str:
    """Why an entry counts for nothing; empty if it counts."""
    return f"counts for nothing: {entry.fault}" if entry.fault else ""


def witness_text(entry: TrailEntry) -> str:
    """Who else has seen an entry, and by when; empty if nobody has."""
    seen = entry.witness
    if seen is None:
        return ""
    return f"{', '.join(seen.by)}, no later than {time_text(seen.at)}: {evidence_name(seen.type, seen.evidence)}"


def entry_rows(entry: TrailEntry) -> list[tuple[str, str]]:
    """Everything about an entry but its title, its findings and its waivers."""
    witness = witness_text(entry)
    return [
        ("who", who_text(entry)),
        ("key", keys_text(entry)),
        ("when", f"{time_text(entry.at)}, {entry.time}"),
        *([("witness", witness)] if witness else []),
        *(("digest", digest) for digest in entry.digests),
        ("evidence", evidence_name(entry.type, entry.id)),
        *((fact.label, fact.value) for fact in entry.told.facts),
    ]


def pin_rows(pin: Pin) -> list[tuple[str, str]]:
    """Everything about a pin but its files."""
    identity = ", ".join(f"{key} {value}" for key, value in sorted(pin.identity.items()))
    left_out = f", {len(pin.omitted)} left out" if pin.omitted else ""
    day = retirement(pin.metadata)
    return [
        ("digest", pin.digest),
        ("source", str(pin.ref)),
        ("revision", pin.revision),
        ("identity", identity or "not stated"),
        ("licence", str(pin.metadata.get("licence") or "not stated")),
        ("files", f"{len(pin.files)}, {size_text(pin.size)}{left_out}"),
        *([("retires", day.isoformat())] if day else []),
    ]


def trail_rows(trail: Trail) -> list[tuple[str, str]]:
    """What a trail is about."""
    return [
        ("project", trail.project),
        ("as of", time_text(trail.at)),
        *([("only", trail.digest)] if trail.digest else []),
        ("rules", trail.policy),
        ("trust", trail.trust),
    ]


def registry_text(audit: Audit) -> str:
    """What asking the registry gave, in one line; empty if it was not asked, or if nothing needs to be said."""
    found = audit.registry
    if found is not None and found.trouble:
        code, message, hint = found.trouble
        return f"the registry could not be looked at: {message} [{code}]; next: {hint}"
    return "" if found is None or audit.checked is not None else f"the registry {_STATES[audit.view]}"


def run_text(item: Deployed) -> str:
    """One run on record, in one line."""
    run = item.run
    how = ["refused nothing, reported only"] if not run.enforced else []
    how += ["in a sandbox"] if run.sandbox else []
    how += [f"{len(run.refusals)} refused"] if run.refusals and run.enforced else []
    end = "its end is not on record" if run.ended_at is None else f"ended {time_text(run.ended_at)} with {run.exit}"
    return ", ".join([f"ran for {run.stage} on {run.host} as {run.user}", *how, end])


def run_rows(item: Deployed) -> list[tuple[str, str]]:
    """Everything about one run on record but its refusals."""
    run = item.run
    return [
        ("run", run.id),
        ("program", shlex.join(run.program)),
        ("signed by", ", ".join(item.people) or "nobody trusted"),
        ("trust", run.trust),
        *((given.name, f"{given.digest} {given.source} at {given.revision}") for given in run.models),
        *((f"approval of {given.name}", key) for given in run.models for key in given.approvals),
        *(("problem", problem) for problem in item.problems),
    ]


def checked_text(item: Checked) -> str:
    """What verifying one pin gave, in one line."""
    if item.digest is None:
        return f"{item.name}: the lock differs from the evidence"
    if item.problems:
        return f"{item.name} {item.digest}: differs from what was signed"
    return f"{item.name} {item.digest}: good, {size_text(item.size_bytes)} read"


def verified_text(audit: Audit) -> str:
    """What verifying gave, in one line; empty if nobody asked."""
    if audit.checked is None:
        return ""
    wrong = sum(bool(item.problems) for item in audit.checked)
    said = f"{wrong} of {len(audit.checked)} differ" if wrong else f"{len(audit.checked)} of {len(audit.checked)} good"
    return f"live pins: {said}; the registry {_STATES[audit.view]}"
