"""`weighbridge diff`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.reports.text import diff_lines
from weighbridge.wiring import open_project


@click.command("diff", epilog=example("weighbridge diff minilm"))
@names_argument
@json_option
def command(names: tuple[str, ...], *, as_json: bool) -> None:
    """Show, file by file, how what models follow differs from what is pinned."""
    project = open_project()
    found = project.custody.outdated(names, project.follows)
    emit("diff", diff_lines(found), {"models": rows(found)}, as_json=as_json)
