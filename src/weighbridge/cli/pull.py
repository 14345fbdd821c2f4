"""`weighbridge pull`."""

from __future__ import annotations

from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.cli.progress import progress
from weighbridge.core.digest import short
from weighbridge.wiring.fetching import pull


@click.command("pull", epilog=example("weighbridge pull minilm"))
@names_argument
@click.option("--stage", help="Only the head of this stage.")
@click.option("--digest", help="Only these bytes of one model: all or the beginning of their digest; needs --stage.")
@click.option("--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Write a verified copy there instead.")
@json_option
def command(names: tuple[str, ...], *, stage: str | None, digest: str | None, to: Path | None, as_json: bool) -> None:
    """Make the bytes of pinned models good again, from the cache or the DVC remote."""
    outcomes = pull(names, stage=stage, digest=digest, to=to, progress=progress(as_json=as_json))
    did = f"copied to {to}" if to else "fetched or repaired"
    lines = [
        f"{item.pin.name} {short(item.pin.digest)} {did if item.changed else 'was good already'}" for item in outcomes
    ]
    changed = any(item.changed for item in outcomes)
    emit("pull", lines, {"changed": changed, "models": rows(outcomes)}, as_json=as_json)
