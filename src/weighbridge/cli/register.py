"""`weighbridge register`."""

from __future__ import annotations

import sys

import click

from weighbridge.cli.output import emit, example, json_option, names_argument
from weighbridge.cli.progress import progress
from weighbridge.core.errors import DeniedError
from weighbridge.core.outcome import Reconciliation
from weighbridge.reports.standing import reconciled_lines, registered_lines
from weighbridge.wiring import open_project


@click.command("register", epilog=example("weighbridge register minilm", "weighbridge register --reconcile"))
@names_argument
@click.option("--reconcile", is_flag=True, help="Put back whatever MLflow shows otherwise than signed; read no bytes.")
@json_option
def command(names: tuple[str, ...], *, reconcile: bool, as_json: bool) -> None:
    """Verify pinned models and show them in MLflow: versions, tags, and the aliases that signed state gives."""
    custody = open_project(progress=progress(as_json=as_json)).custody
    found = custody.reconcile(names) if reconcile else Reconciliation(custody.register(names), (), ())
    lines = reconciled_lines(found) if reconcile else registered_lines(found.pins)
    emit("register", lines, found.to_json(), as_json=as_json)
    sys.exit(DeniedError.exit_code if found.left else 0)
