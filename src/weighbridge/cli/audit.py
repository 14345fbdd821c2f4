"""`weighbridge audit`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.reports.text import trail_lines
from weighbridge.wiring import open_project

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"]


@click.command("audit", epilog=example("weighbridge audit minilm --at 2026-11-23T12:00:00Z"))
@names_argument
@click.option("--digest", help="Only what concerns this pin: all or the beginning of its digest.")
@click.option("--at", type=click.DateTime(_FORMATS), help="Answer for an earlier time (UTC, claimed times).")
@json_option
def command(names: tuple[str, ...], *, digest: str | None, at: datetime | None, as_json: bool) -> None:
    """Print the chain of custody: who, what, when, which bytes, which approvals."""
    custody = open_project().custody
    moment = at.replace(tzinfo=UTC) if at else None
    trails = [custody.audit(name, at=moment, digest=digest) for name in names or custody.names([])]
    lines = [line for item in trails for line in trail_lines(item)]
    emit("audit", lines, {"models": rows(trails)}, as_json=as_json)
