"""`weighbridge request`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, key_option
from weighbridge.reports.words import request_lines
from weighbridge.wiring import open_project


@click.command("request", epilog=example('weighbridge request minilm --stage production --comment "for search"'))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--stage", required=True, help="What approval is asked for.")
@click.option("--digest", help="An earlier pin: all or the beginning of its digest.")
@click.option("--comment", default="", help="Why it is wanted, signed with it.")
@key_option
@json_option
def command(
    names: tuple[str, ...], *, stage: str, digest: str | None, comment: str, key: str | None, as_json: bool
) -> None:
    """Ask colleagues for an approval; `weighbridge status` shows it to them."""
    done = open_project().custody.request(names, stage, digest=digest, comment=comment, key=key)
    emit("request", request_lines(done), done.to_json(), as_json=as_json)
