"""`weighbridge init`."""

from __future__ import annotations

from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option
from weighbridge.wiring.founding import TEMPLATES, found


@click.command("init", epilog=example("weighbridge init --template team"))
@click.option(
    "--template", type=click.Choice(TEMPLATES), default="solo", show_default=True, help="Rules to start with."
)
@json_option
def command(template: str, *, as_json: bool) -> None:
    """Make this folder a project: Git, DVC, rules and, if you have none, a key.

    Running it again changes nothing.
    """
    changes = found(Path.cwd(), template)
    lines = (
        [*changes, "ready: weighbridge add REF --name NAME"]
        if changes
        else ["nothing to do: this is a project, and its rules are yours"]
    )
    emit("init", lines, {"changed": bool(changes), "changes": list(changes)}, as_json=as_json)
