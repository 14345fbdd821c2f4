"""`weighbridge reject`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, key_option
from weighbridge.reports.words import rejection_lines
from weighbridge.wiring import open_project


@click.command("reject", epilog=example('weighbridge reject minilm --stage production --reason "licence unclear"'))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--stage", required=True, help="What it was asked for.")
@click.option("--digest", help="An earlier pin: all or the beginning of its digest.")
@click.option("--reason", required=True, help="Why, signed with it.")
@key_option
@json_option
def command(
    names: tuple[str, ...], *, stage: str, digest: str | None, reason: str, key: str | None, as_json: bool
) -> None:
    """Say no to what waits for a stage: approvals given so far count no more."""
    done = open_project().custody.reject(names, stage, digest=digest, reason=reason, key=key)
    emit("reject", rejection_lines(done), done.to_json(), as_json=as_json)
