"""`weighbridge verify`."""

from __future__ import annotations

from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option, names_argument, rows
from weighbridge.cli.progress import progress
from weighbridge.core.digest import short
from weighbridge.core.errors import DeniedError, UsageError
from weighbridge.core.times import time_text
from weighbridge.reports.sizes import size_text
from weighbridge.reports.text import verdict_text
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
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check the evidence in a bundle instead, offline, by this machine's trust file.",
)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="With --bundle: a copy of the model to compare with it."
)
@json_option
def command(
    names: tuple[str, ...],
    *,
    stage: str | None,
    algorithm: str,
    report: Path | None,
    bundle: Path | None,
    folder: Path | None,
    as_json: bool,
) -> int | None:
    """Read every byte of pinned models; compare bytes, links and pointers with what was signed."""
    if bundle is not None:
        return _verify_bundle(bundle, names, stage, folder, as_json=as_json)
    custody = open_project(progress=progress(as_json=as_json)).custody
    outcomes = custody.verify(names, stage=stage, algorithm=algorithm)
    if report is not None:
        write_report(report, [item.pin for item in outcomes])
    lines = [f"{item.pin.name} {short(item.pin.digest)} good: {size_text(item.pin.size)}" for item in outcomes]
    emit("verify", lines, {"changed": False, "models": rows(outcomes)}, as_json=as_json)
    return None


def _verify_bundle(
    bundle: Path, names: tuple[str, ...], stage: str | None, folder: Path | None, *, as_json: bool
) -> int:
    """Exit code 0 if some stage that was asked about lets the model run, else 10."""
    if names:
        raise UsageError("a bundle names its model itself", hint="weighbridge verify --bundle FILE")
    from weighbridge.wiring.bundled import verify_bundle  # noqa: PLC0415  not needed in a project

    found = verify_bundle(bundle, stage, folder, progress(as_json=as_json))
    what = f"{found.bundle.project}/{found.bundle.name}"
    lines = [
        f"{what}: statement {found.said.number} of {time_text(found.said.issued_at)}",
        *[f"  {verdict.stage}: {verdict_text(verdict)}" for verdict in found.verdicts],
        *([f"  {folder} is {short(found.pin.digest)}, byte for byte"] if found.pin else []),
    ]
    emit("verify-bundle", lines, {"changed": False, **found.to_json()}, as_json=as_json)
    return 0 if found.allows else DeniedError.exit_code
