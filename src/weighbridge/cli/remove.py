"""`weighbridge remove`."""

from __future__ import annotations

import click

from weighbridge.cli.output import emit, example, json_option, key_option, rows
from weighbridge.core.digest import short
from weighbridge.wiring import open_project


@click.command("remove", epilog=example('weighbridge remove minilm --reason "replaced by e5"'))
@click.argument("name")
@click.option("--digest", help="Only this pin: all or the beginning of its digest.")
@click.option("--reason", default="removed", show_default=True, help="Why, signed with the revocation.")
@key_option
@json_option
def command(name: str, *, digest: str | None, reason: str, key: str | None, as_json: bool) -> None:
    """Revoke a model everywhere and take it out of the project; evidence and cached bytes stay."""
    outcomes = open_project().custody.remove(name, digest=digest, key=key, reason=reason)
    lines = [f"removed {item.pin.name} {short(item.pin.digest)}; its evidence stays" for item in outcomes]
    emit("remove", lines, {"changed": bool(outcomes), "models": rows(outcomes)}, as_json=as_json)
