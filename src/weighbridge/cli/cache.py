"""`weighbridge cache`."""

from __future__ import annotations

from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option
from weighbridge.cli.progress import progress
from weighbridge.reports.caches import cache_lines
from weighbridge.wiring.caching import check_caches


@click.group("cache", epilog=example("weighbridge cache check", "weighbridge cache check --purge"))
def command() -> None:
    """Find bytes on this machine's disks that nobody may load any more."""


@command.command("check", epilog=example("weighbridge cache check ~/.cache/huggingface/hub --stage production"))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--stage", help="What this stage says.  [default: what any of them says]")
@click.option("--purge", is_flag=True, help="Remove what is revoked.")
@click.option("--dry-run", is_flag=True, help="With --purge: remove nothing, only tell.")
@click.option("--strict", is_flag=True, help="Exit with 10 for what nobody approved, too.")
@json_option
def check(
    paths: tuple[Path, ...], *, stage: str | None, purge: bool, dry_run: bool, strict: bool, as_json: bool
) -> int:
    """Tell for each file of caches whether it is approved, unapproved, revoked or damaged.

    Without PATH: the caches of the Hugging Face clients, of torch and of loaded models, and in a project DVC's.
    """
    report = check_caches(paths, stage, progress(as_json=as_json), purge=purge, dry_run=dry_run, strict=strict)
    emit("cache-check", cache_lines(report), report.to_json(), as_json=as_json)
    return report.exit_code
