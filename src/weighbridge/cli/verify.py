"""`weighbridge verify`."""

from __future__ import annotations

from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.cli.progress import progress
from weighbridge.core.digest import short
from weighbridge.reports.sizes import size_text
from weighbridge.reports.validation import write_report
from weighbridge.wiring import open_project


@click.command("verify", epilog=example("weighbridge verify minilm --algorithm sha256"))
@names_argument
@click.option("--stage", help="Only the head of this stage.")
@click.option(
    "--algorithm", type=click.Choice(["blake3", "sha256"]), default="blake3", show_default=True, help="Hash to compare."
)
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="Write a deterministic report, if good."
)
@json_option
def command(names: tuple[str, ...], *, stage: str | None, algorithm: str, report: Path | None, as_json: bool) -> None:
    """Read every byte of pinned models; compare bytes, links and pointers with what was signed."""
    custody = open_project(progress=progress(as_json=as_json)).custody
    outcomes = custody.verify(names, stage=stage, algorithm=algorithm)
    if report is not None:
        write_report(report, [item.pin for item in outcomes])
    lines = [f"{item.pin.name} {short(item.pin.digest)} good: {size_text(item.pin.size)}" for item in outcomes]
    emit("verify", lines, {"changed": False, "models": rows(outcomes)}, as_json=as_json)
