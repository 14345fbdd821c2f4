"""`weighbridge approve`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from weighbridge.cli.output import emit, example, json_option, key_option, rows
from weighbridge.cli.progress import progress
from weighbridge.reports.text import approval_lines, signing_lines
from weighbridge.wiring import open_project


@click.command("approve", epilog=example("weighbridge approve minilm --stage production --until 2027-06-30"))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--stage", required=True, help="What the approval is for.")
@click.option("--digest", help="An earlier pin: all or the beginning of its digest.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the approval ends (UTC).")
@click.option("--comment", default="", help="Your words, signed with it.")
@key_option
@json_option
def command(
    names: tuple[str, ...],
    *,
    stage: str,
    digest: str | None,
    until: datetime | None,
    comment: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Recompute the hashes, sign an approval, and let MLflow's alias follow at quorum."""
    custody = open_project(progress=progress(as_json=as_json)).custody
    if not as_json:
        emit("approve", signing_lines([custody.candidate(name, digest) for name in names], stage), {}, as_json=False)
    end = until.replace(tzinfo=UTC) if until else None
    outcomes = custody.approve(names, stage, digest=digest, key=key, until=end, comment=comment)
    changed = any(item.changed for item in outcomes)
    emit("approve", approval_lines(outcomes), {"changed": changed, "models": rows(outcomes)}, as_json=as_json)
