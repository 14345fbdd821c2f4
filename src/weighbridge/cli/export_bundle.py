"""`weighbridge export bundle`."""

from __future__ import annotations

from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option, key_option
from weighbridge.wiring import open_project
from weighbridge.wiring.project import write_file


@click.command("bundle", epilog=example("weighbridge export bundle minilm --output minilm.bundle.json"))
@click.argument("name")
@click.option("--output", type=click.Path(path_type=Path), help="The file to write.  [default: NAME.bundle.json]")
@key_option
@json_option
def command(name: str, *, output: Path | None, key: str | None, as_json: bool) -> None:
    """Publish the heads of stages, and write all evidence of a model into one file that verifies offline."""
    bundle, said = open_project().custody.export(name, key=key)
    path = output or Path(f"{name}.bundle.json")
    changed = write_file(path, bundle.to_bytes())
    lines = [f"wrote {path}, with statement {said.number}", f"next, elsewhere: weighbridge verify --bundle {path}"]
    emit(
        "export-bundle",
        lines,
        {"changed": changed, "name": name, "path": str(path), "number": said.number},
        as_json=as_json,
    )
