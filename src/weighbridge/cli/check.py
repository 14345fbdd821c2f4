"""`weighbridge check`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, emit_document, example, json_option
from weighbridge.core.errors import UsageError
from weighbridge.reports.merge import merge_lines, merge_markdown
from weighbridge.wiring.checking import Asked, check


@click.command("check", epilog=example("weighbridge check --base origin/main"))
@click.option("--base", required=True, metavar="REV", help="What the team has: a branch, tag or commit.")
@click.option("--head", metavar="REV", help="What shall be merged; the working tree by default.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, for the pull request.")
@click.option("--no-remote", is_flag=True, help="Do not look for objects in the DVC remote.")
@click.option("--no-registry", is_flag=True, help="Do not look for models in MLflow.")
@json_option
def command(
    *, base: str, head: str | None, as_markdown: bool, no_remote: bool, no_registry: bool, as_json: bool
) -> int:
    """Refuse a merge that loosens, forges or drops what governs models, judged by what its base says."""
    if as_json and as_markdown:
        raise UsageError("--json and --markdown are two shapes of one output", hint="choose one")
    report = check(Asked(base, head, remote=not no_remote, registry=not no_registry))
    if as_markdown:
        emit_document(merge_markdown(report))
    else:
        emit("check", merge_lines(report), report.to_json(), as_json=as_json)
    return report.exit_code
