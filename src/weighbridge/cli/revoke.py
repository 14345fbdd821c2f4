"""`weighbridge revoke`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, key_option, names_argument
from weighbridge.core.errors import UsageError
from weighbridge.reports.words import revocation_lines
from weighbridge.wiring import open_project


@click.command("revoke", epilog=example('weighbridge revoke minilm --reason "tokenizer was tampered with"'))
@names_argument
@click.option("--stage", help="Only this stage.  [default: every stage]")
@click.option("--digest", help="Only this pin: all or the beginning of its digest.")
@click.option("--publisher", help="All that came from a publisher, such as hf:org, who is kept out from now on.")
@click.option("--reason", required=True, help="Why, signed with it.")
@key_option
@json_option
def command(
    names: tuple[str, ...],
    *,
    stage: str | None,
    digest: str | None,
    publisher: str | None,
    reason: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Take approvals back, and say until when those who do not hear of it may still load."""
    if not names and not publisher:
        raise UsageError("name a model, or a --publisher", hint="weighbridge status lists the models")
    if digest and len(names) != 1:
        raise UsageError("--digest is about one model", hint="name it: weighbridge revoke NAME --digest D")
    custody = open_project().custody
    done = custody.revoke(names, digest=digest, publisher=publisher, stage=stage, reason=reason, key=key)
    emit("revoke", revocation_lines(done), done.to_json(), as_json=as_json)
