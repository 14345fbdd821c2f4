"""What `weighbridge export vllm` and `weighbridge export transformers` share: options and how the result is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.output import emit, emit_document, json_option
from weighbridge.cli.progress import progress
from weighbridge.reports.launch import ARGS, FORMATS
from weighbridge.wiring.launching import Wish, export_launch

if TYPE_CHECKING:
    from collections.abc import Callable

_HIGHEST_PORT = 65_535


def launch_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every server."""
    for option in reversed(
        (
            click.argument("name"),
            click.option("--stage", required=True, help="Only what this stage allows now: its head."),
            click.option(
                "--format", "form", type=click.Choice(FORMATS), default=ARGS, show_default=True, help="What to print."
            ),
            click.option(
                "--port",
                type=click.IntRange(1, _HIGHEST_PORT),
                default=8000,
                show_default=True,
                help="Where it listens.",
            ),
            click.option("--image", metavar="IMAGE", help="The image with the server, by digest: NAME@sha256:DIGEST."),
            click.option(
                "--fetch-image", "fetcher", metavar="IMAGE", help="The image with Weighbridge.  [default: the same]"
            ),
            click.option(
                "--store", metavar="ADDRESS", help="Where containers fetch from.  [default: the project's DVC remote]"
            ),
            click.option(
                "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the launch there instead."
            ),
            json_option,
        )
    ):
        function = option(function)
    return function


def show(wish: Wish, *, output: Path | None, as_json: bool) -> None:
    """Render a launch, and print it or write it."""
    done = export_launch(wish, output=output, progress=progress(as_json=as_json))
    if as_json or done.path is not None:
        emit(f"export-{wish.server}", [f"wrote {done.path}"], done.to_json(), as_json=as_json)
    else:
        emit_document(done.text)
