"""An audit as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.core.times import time_text
from weighbridge.reports.audit_rows import (
    checked_text,
    fault_text,
    keys_text,
    registry_text,
    run_rows,
    run_text,
    verified_text,
    who_text,
    witness_text,
)
from weighbridge.reports.standing import divergence_lines
from weighbridge.reports.text import verdict_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.audit import Audit
    from weighbridge.core.deployments import Deployed
    from weighbridge.core.trail_entry import Trail, TrailEntry

MAX_RUNS = 20


def audit_lines(audit: Audit) -> list[str]:
    """The chain of custody of each model, what the registry shows, and what was verified."""
    lines = []
    for trail in audit.trails:
        lines += trail_lines(trail)
        lines += divergence_lines(audit.divergences(trail.name), "  ")
    return [*lines, *run_lines(audit.deployments), *divergence_lines(audit.ungoverned), *outcome_lines(audit)]


def run_lines(found: Sequence[Deployed]) -> list[str]:
    """The runs on record, the newest first; of many the newest alone."""
    lines = []
    for item in found[:MAX_RUNS]:
        lines.append(f"{time_text(item.run.started_at)}  {run_text(item)}")
        lines += [f"  {label} {value}" for label, value in run_rows(item)]
        lines += [f"  refused {refusal.what} [{refusal.reason}]" for refusal in item.run.refusals]
    left = len(found) - MAX_RUNS
    return [*lines, f"and {left} earlier runs: --json tells of all"] if left > 0 else lines


def outcome_lines(audit: Audit) -> list[str]:
    """What was verified now, and a registry that could not be looked at."""
    lines = [registry_text(audit)] if audit.view == "failed" else []
    for item in audit.checked or ():
        lines.append(f"verified {checked_text(item)}")
        lines += [f"  - {problem}" for problem in item.problems]
    return [*lines, f"verified: {verified_text(audit)}"] if audit.checked is not None else lines


def trail_lines(trail: Trail) -> list[str]:
    """The chain of custody of one model."""
    about = f" {short(trail.digest)}" if trail.digest else ""
    lines = [f"chain of custody of {trail.name}{about} at {time_text(trail.at)}"]
    for entry in trail.entries:
        lines += _entry_lines(entry)
    for pin in trail.pins:
        lines.append(f"  bytes of {short(pin.digest)}: {pin.ref} at {pin.revision}")
        lines += [f"      sha256:{file.entry.sha256}  {file.entry.size:>12}  {file.entry.path}" for file in pin.files]
    return [*lines, *[f"  {verdict.stage}: {verdict_text(verdict)}" for verdict in trail.verdicts]]


def _entry_lines(entry: TrailEntry) -> list[str]:
    fault = fault_text(entry)
    witness = witness_text(entry)
    return [
        f"  {time_text(entry.at)} ({entry.time})  {who_text(entry)}: {entry.text}" + (f"  ({fault})" if fault else ""),
        *[f"      {digest}" for digest in entry.digests],
        f"      evidence {entry.evidence}",
        *([f"      witness {witness}"] if witness else []),
        *([] if entry.people else [f"      key {keys_text(entry)}"]),
        *[f"      {fact.label} {fact.value}" for fact in entry.told.facts if not fact.told],
    ]
