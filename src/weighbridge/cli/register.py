"""`weighbridge register`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.cli.progress import progress
from weighbridge.core.digest import short
from weighbridge.wiring import open_project


@click.command("register", epilog=example("weighbridge register minilm"))
@names_argument
@json_option
def command(names: tuple[str, ...], *, as_json: bool) -> None:
    """Verify pinned models and show them in MLflow: versions, tags, and the aliases that signed state gives."""
    outcomes = open_project(progress=progress(as_json=as_json)).custody.register(names)
    lines = [
        f"{item.pin.name} {short(item.pin.digest)} is version {item.version}{'' if item.changed else ', as before'}"
        for item in outcomes
    ]
    changed = any(item.changed for item in outcomes)
    emit("register", lines, {"changed": changed, "models": rows(outcomes)}, as_json=as_json)
