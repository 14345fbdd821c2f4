"""`weighbridge export heads`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, key_option
from weighbridge.core.times import time_text
from weighbridge.reports.words import heads_lines
from weighbridge.wiring import open_project


@click.command("heads", epilog=example("weighbridge export heads --key machine"))
@key_option
@json_option
def command(*, key: str | None, as_json: bool) -> None:
    """Sign the statement of all stage heads anew and publish it beside the bytes; let a machine do so each day."""
    done = open_project().custody.heads(key=key)
    lines = [f"published statement {done.said.number}, good until {time_text(done.said.expires)}", *heads_lines(done)]
    emit("export-heads", lines, {"changed": True, "statement": done.to_json()}, as_json=as_json)
