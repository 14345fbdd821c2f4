"""`weighbridge export`: one file a subcommand, imported when it is used, or when help lists them all."""

from __future__ import annotations

import importlib

import click

from weighbridge.cli.output import example

SUBCOMMANDS = {
    "bundle": "weighbridge.cli.export_bundle",
    "heads": "weighbridge.cli.export_heads",
    "oci": "weighbridge.cli.export_oci",
    "oms": "weighbridge.cli.export_oms",
    "vllm": "weighbridge.cli.export_vllm",
    "transformers": "weighbridge.cli.export_transformers",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in SUBCOMMANDS:
            return None
        found = importlib.import_module(SUBCOMMANDS[cmd_name]).command
        if not isinstance(found, click.Command):
            raise TypeError(f"{SUBCOMMANDS[cmd_name]}.command is not a command")
        return found


@click.group("export", cls=_LazyGroup, epilog=example("weighbridge export oms minilm --private-key release.pem"))
def command() -> None:
    """Write what is governed here for those who load elsewhere, and in formats of other programs."""
