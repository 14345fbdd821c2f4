"""`weighbridge update`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, key_option, names_argument, rows
from weighbridge.cli.progress import progress
from weighbridge.core.errors import UsageError
from weighbridge.reports.inspection import add_lines
from weighbridge.wiring import open_project


@click.command("update", epilog=example("weighbridge update minilm"))
@names_argument
@click.option("--no-push", is_flag=True, help="Do not copy the bytes to the DVC remote.")
@click.option("--push-denied", is_flag=True, help="Copy them although a finding denies; the evidence says so.")
@click.option("--no-references", is_flag=True, help="Do not pin what their configuration fetches from elsewhere.")
@key_option
@json_option
def command(
    names: tuple[str, ...], *, no_push: bool, push_denied: bool, no_references: bool, key: str | None, as_json: bool
) -> None:
    """Take in what models follow now, beside what is pinned; nothing that is approved moves."""
    if no_push and push_denied:
        raise UsageError("--no-push and --push-denied contradict each other", hint="choose one")
    project = open_project(progress=progress(as_json=as_json))
    outcomes = project.custody.update(
        names, project.intents, push=not no_push, push_denied=push_denied, key=key, closure=not no_references
    )
    lines = [line for outcome in outcomes for line in add_lines(outcome, project.custody.policy)]
    changed = any(outcome.changed for outcome in outcomes)
    emit("update", lines, {"changed": changed, "models": rows(outcomes)}, as_json=as_json)
