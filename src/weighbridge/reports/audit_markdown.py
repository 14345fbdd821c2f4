"""An audit as Markdown, for a ticket or a wiki. What strangers wrote stays text: see `weighbridge.reports.markdown`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.core.times import time_text
from weighbridge.reports.audit_rows import (
    checked_text,
    entry_rows,
    fault_text,
    pin_rows,
    registry_text,
    run_rows,
    run_text,
    trail_rows,
    verified_text,
)
from weighbridge.reports.findings import ORDER
from weighbridge.reports.markdown import escaped
from weighbridge.reports.text import verdict_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.core.audit import Audit
    from weighbridge.core.deployments import Deployed
    from weighbridge.core.divergence import Divergence
    from weighbridge.core.pin import Pin
    from weighbridge.core.trail_entry import Trail, TrailEntry


def audit_markdown(audit: Audit) -> str:
    """One page of all models."""
    parts = ["# Chain of custody", ""]
    for text in (verified_text(audit), registry_text(audit)):
        parts += [f"{escaped(text)}.", ""] if text else []
    for item in audit.checked or ():
        parts += [f"- {escaped(checked_text(item))}", *[f"  - {escaped(problem)}" for problem in item.problems]]
    parts += [""] if audit.checked else []
    parts += _divergences("## Other registered models", audit.ungoverned)
    for trail in audit.trails:
        parts += _model(trail, audit.divergences(trail.name))
    parts += ["## Runs on record", ""] if audit.deployments else []
    for deployed in audit.deployments:
        parts += _run(deployed)
    return "\n".join(parts).rstrip() + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table whose cells are escaped here."""
    lines = [" | ".join(escaped(cell) for cell in row) for row in rows]
    return [f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *[f"| {line} |" for line in lines], ""]


def _model(trail: Trail, divergences: Sequence[Divergence]) -> list[str]:
    stages = [(item.stage, verdict_text(item)) for item in trail.verdicts]
    parts = [f"## {escaped(trail.name)}", "", *_table(("what", "value"), trail_rows(trail))]
    parts += _table(("stage", "verdict"), stages)
    parts += _divergences("### What the registry shows otherwise", divergences)
    parts += ["### What happened", ""]
    parts += ["There is no evidence at that time.", ""] if not trail.entries else []
    for entry in trail.entries:
        parts += _entry(entry)
    for pin in trail.pins:
        parts += _pin(pin)
    return parts


def _divergences(title: str, found: Sequence[Divergence]) -> list[str]:
    if not found:
        return []
    rows = [(str(item.code), item.message, item.hint) for item in found]
    return [title, "", *_table(("code", "what", "next"), rows)]


def _entry(entry: TrailEntry) -> list[str]:
    fault = fault_text(entry)
    parts = [f"#### {time_text(entry.at)} {escaped(entry.told.title)}", ""]
    parts += [f"**{escaped(fault)}**", ""] if fault else []
    parts += _table(("what", "value"), entry_rows(entry))
    if entry.told.waivers:
        rows = [(item.check, item.path, item.reason, time_text(item.until)) for item in entry.told.waivers]
        parts += _table(("waived check", "path", "reason", "until"), rows)
    if entry.told.findings:
        found = sorted(entry.told.findings, key=lambda item: (ORDER.index(item.severity), item))
        rows = [(str(item.severity), item.check, item.path, item.message) for item in found]
        parts += _table(("severity", "check", "path", "finding"), rows)
    return parts


def _run(item: Deployed) -> list[str]:
    parts = [f"### {time_text(item.run.started_at)} {escaped(run_text(item))}", ""]
    parts += _table(("what", "value"), run_rows(item))
    if item.run.refusals:
        parts += _table(("refused", "reason"), [(each.what, each.reason) for each in item.run.refusals])
    return parts


def _pin(pin: Pin) -> list[str]:
    files = [(file.entry.path, str(file.entry.size), file.entry.sha256) for file in pin.files]
    return [
        f"### Bytes of {short(pin.digest)}",
        "",
        *_table(("what", "value"), pin_rows(pin)),
        *_table(("path", "bytes", "SHA-256"), files),
    ]
