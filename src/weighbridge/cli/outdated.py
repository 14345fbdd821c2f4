"""`weighbridge outdated`."""

from __future__ import annotations

import sys

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.core.errors import DeniedError
from weighbridge.reports.text import drift_lines
from weighbridge.wiring import open_project


@click.command("outdated", epilog=example("weighbridge outdated minilm"))
@names_argument
@json_option
def command(names: tuple[str, ...], *, as_json: bool) -> None:
    """Ask the sources whether what models follow has moved; exits with 10 if anything has."""
    project = open_project()
    found = project.custody.outdated(names, project.follows)
    drifted = any(item.state != "current" for item in found)
    emit("outdated", drift_lines(found), {"outdated": drifted, "models": rows(found)}, as_json=as_json)
    sys.exit(DeniedError.exit_code if drifted else 0)
