"""`weighbridge env`."""

from __future__ import annotations

import shlex

import click

from weighbridge.cli.output import emit, emit_document, example, json_option
from weighbridge.cli.progress import progress
from weighbridge.core.errors import UsageError
from weighbridge.wiring.running import Wish, exported

FORMATS = ("sh", "fish", "docker")


@click.command("env", epilog=example('eval "$(weighbridge env --stage production)"'))
@click.option("--stage", help="Whose approvals count.  [default: the only one]")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model; repeatable.  [default: all]")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="sh", show_default=True, help="For whom it is printed."
)
@click.option("--paranoid", is_flag=True, help="Read every byte, also of files found right before and unchanged since.")
@json_option
def command(*, stage: str | None, models: tuple[str, ...], form: str, paranoid: bool, as_json: bool) -> None:
    """Print the environment in which programs see approved models only, their bytes verified now."""
    _, changes = exported(Wish(stage, models, paranoid=paranoid), progress(as_json=as_json))
    if as_json:
        emit("env", (), {"variables": dict(changes)}, as_json=True)
        return
    emit_document("".join(line + "\n" for line in _lines(changes, form)))


def _lines(changes: dict[str, str | None], form: str) -> list[str]:
    """One line a variable, in a syntax that the reader takes as it is."""
    if form == "docker":
        # docker run --env-file: no quotes are read, and a name without a value would be passed on from outside.
        broken = [key for key, value in changes.items() if value and "\n" in value]
        if broken:
            raise UsageError(f"{broken[0]} holds a line break, which an env file can't", code="bad-value")
        return [f"{key}={value or ''}" for key, value in changes.items()]
    if form == "fish":
        return [
            f"set -e {key};" if value is None else f"set -gx {key} {shlex.quote(value)};"
            for key, value in changes.items()
        ]
    return [f"unset {key}" if value is None else f"export {key}={shlex.quote(value)}" for key, value in changes.items()]
