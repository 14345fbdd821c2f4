"""`weighbridge status`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.reports.text import status_lines
from weighbridge.wiring import open_project


@click.command("status", epilog=example("weighbridge status --json"))
@names_argument
@json_option
def command(names: tuple[str, ...], *, as_json: bool) -> None:
    """Show where models stand: pins, heads of stages, problems. Asks no network and hashes nothing."""
    custody = open_project().custody
    found = custody.status(names)
    lines = status_lines(found) or ["no model is governed here yet"]
    emit("status", lines, {"trust": custody.policy.trust, "models": rows(found)}, as_json=as_json)
