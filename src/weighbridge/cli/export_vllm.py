"""`weighbridge export vllm`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.launching import launch_options, show
from weighbridge.cli.output import example
from weighbridge.core.errors import UsageError
from weighbridge.reports.launch import VLLM
from weighbridge.wiring.launching import Wish

if TYPE_CHECKING:
    from pathlib import Path


@click.command("vllm", epilog=example("weighbridge export vllm llama --stage production"))
@launch_options
@click.option("--served-model-name", "served_name", metavar="N", help="What requests call it.  [default: NAME]")
def command(*, output: Path | None, as_json: bool, served_name: str | None, **words: Any) -> None:
    """Print how vLLM serves the bytes that a stage allows: for a shell, Docker Compose or Kubernetes."""
    if served_name is not None and (not served_name.strip() or served_name.startswith("-")):
        raise UsageError(
            "--served-model-name is empty, or would be read as an option",
            hint="leave it out, and the governed name is served",
        )
    show(Wish(VLLM, served_name=served_name, **words), output=output, as_json=as_json)
