"""`weighbridge export transformers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.launching import launch_options, show
from weighbridge.cli.output import example
from weighbridge.reports.launch import TRANSFORMERS
from weighbridge.wiring.launching import Wish

if TYPE_CHECKING:
    from pathlib import Path


@click.command("transformers", epilog=example("weighbridge export transformers llama --stage production"))
@launch_options
def command(*, output: Path | None, as_json: bool, **words: Any) -> None:
    """Print how `transformers serve` serves the bytes that a stage allows: for a shell, Compose or Kubernetes."""
    show(Wish(TRANSFORMERS, **words), output=output, as_json=as_json)
