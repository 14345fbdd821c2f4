"""`weighbridge status`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, names_argument
from weighbridge.reports.standing import status_lines
from weighbridge.wiring import open_project


@click.command("status", epilog=example("weighbridge status", "weighbridge status --no-registry --json"))
@names_argument
@click.option("--no-registry", is_flag=True, help="Do not compare with what MLflow shows; no network is asked then.")
@json_option
def command(names: tuple[str, ...], *, no_registry: bool, as_json: bool) -> None:
    """Show where models stand: pins, heads of stages, problems, and what MLflow shows otherwise. Hashes nothing."""
    custody = open_project().custody
    found = custody.overview(names, registry=not no_registry)
    lines = status_lines(found) or ["no model is governed here yet"]
    emit("status", lines, {"trust": custody.policy.trust, **found.to_json()}, as_json=as_json)
