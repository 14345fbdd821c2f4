"""`weighbridge run`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from weighbridge.cli.output import example, key_option, plain
from weighbridge.cli.progress import progress
from weighbridge.core.digest import short
from weighbridge.wiring.project import key_folder, write_file
from weighbridge.wiring.running import Set, Wish, run


@click.command(
    "run",
    context_settings={"allow_interspersed_args": False},
    epilog=example("weighbridge run --stage production -- python serve.py"),
)
@click.option("--stage", help="Whose approvals count.  [default: the only one]")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model; repeatable.  [default: all]")
@click.option("--sandbox", is_flag=True, help="Give the program a network with nothing but its own loopback (Linux).")
@click.option("--report-only", is_flag=True, help="Refuse nothing; say and record what would have been refused.")
@click.option("--paranoid", is_flag=True, help="Read every byte, also of files found right before and unchanged since.")
@click.option("--no-record", is_flag=True, help="Keep no signed record of the run.")
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="Write what ran and what was refused, as JSON."
)
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@key_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND [ARGUMENT]...")
def command(  # noqa: PLR0913  one parameter an option
    command: tuple[str, ...],
    *,
    stage: str | None,
    models: tuple[str, ...],
    sandbox: bool,
    report_only: bool,
    paranoid: bool,
    no_record: bool,
    report: Path | None,
    quiet: bool,
    key: str | None,
) -> int:
    """Run a program that sees approved models only, its bytes verified now. Its exit code is the program's."""
    wish = Wish(stage, models, report_only=report_only, paranoid=paranoid)
    done = run(
        wish,
        command,
        sandbox=sandbox,
        signer=None if no_record else lambda: key_folder(asks=True).get(key),
        progress=progress(as_json=quiet),
        on_start=lambda found: None if quiet else _say(found, report_only=report_only),
    )
    if report_only and not quiet:
        for refusal in done.run.refusals:
            click.echo(plain(f"weighbridge: would refuse {refusal.what} [{refusal.reason}]"), err=True)
    if report is not None:
        write_file(report, json.dumps({"schema": "weighbridge.run/1", **done.to_json()}, indent=2).encode() + b"\n")
    return done.run.exit or 0


def _say(found: Set, *, report_only: bool) -> None:
    names = ", ".join(f"{offer.pin.name} {short(offer.pin.digest)}" for offer in found.offers) or "nothing"
    how = "reports only" if report_only else "verified"
    click.echo(plain(f"weighbridge: {found.stage}, {how}: {names}"), err=True)
