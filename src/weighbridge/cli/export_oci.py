"""`weighbridge export oci`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option
from weighbridge.cli.progress import progress
from weighbridge.core.digest import short
from weighbridge.reports.sizes import size_text
from weighbridge.wiring import open_project
from weighbridge.wiring.exporting_oci import export_oci, target_of


@click.command("oci", epilog=example("weighbridge export oci minilm --to oci:registry.example.org/models/minilm:v1"))
@click.argument("name")
@click.option("--to", "target", metavar="REF", required=True, help="Where to: oci:HOST/REPOSITORY:TAG.")
@click.option("--stage", help="Only what this stage allows: its head.  [default: the only stage]")
@click.option("--digest", help="An earlier pin that the stage allows: all or the beginning of its digest.")
@json_option
def command(name: str, *, target: str, stage: str | None, digest: str | None, as_json: bool) -> None:
    """Verify what a stage allows and push it to a registry of containers, as ModelPack."""
    custody = open_project(progress=progress(as_json=as_json)).custody
    done = export_oci(custody, name, target_of(target), stage=stage, digest=digest)
    what = f"{name} {short(done.pin.digest)}: {len(done.pin.files)} files ({size_text(done.pin.size)})"
    lines = [f"{'pushed' if done.changed else 'pushed before:'} {what}, to {done.target}", f"pull it: {done.pinned}"]
    emit("export-oci", lines, done.to_json(), as_json=as_json)
