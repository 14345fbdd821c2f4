"""`weighbridge keys`."""

from __future__ import annotations

import getpass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import click

from weighbridge.cli.output import emit, emit_document, example, json_option, key_option
from weighbridge.core.times import time_text
from weighbridge.wiring.clock import now
from weighbridge.wiring.project import key_folder, write_file
from weighbridge.wiring.trusting import expire_key, export_trust, revoke_key, rotate_key, trust_key

if TYPE_CHECKING:
    from datetime import datetime

    from weighbridge.core.canonical import Json
    from weighbridge.signers.keyfolder import KeyInfo


def _row(info: KeyInfo) -> dict[str, Json]:
    return {"id": info.key.id, "public": info.key.public, "label": info.label, "created": time_text(info.created)}


@click.group("keys", epilog=example("weighbridge keys new --label laptop"))
def command() -> None:
    """Make, list and trust signing keys."""


@command.command("new", epilog=example("weighbridge keys new --label laptop"))
@click.option("--label", default=getpass.getuser, help="Your words for it.  [default: your user name]")
@click.option("--passphrase", is_flag=True, help="Ask for a passphrase; without, WEIGHBRIDGE_KEY_PASSPHRASE or none.")
@json_option
def new(label: str, *, passphrase: bool, as_json: bool) -> None:
    """Make a key; its private half never leaves your configuration folder."""
    secret = click.prompt("passphrase", hide_input=True, confirmation_prompt=True, err=True) if passphrase else None
    info = key_folder(secret).new(label, now())
    lines = [f"made {info.key.id} ({label})", "next: weighbridge keys trust PERSON"]
    emit("keys", lines, {"changed": True, "keys": [_row(info)]}, as_json=as_json)


@command.command("list", epilog=example("weighbridge keys list"))
@json_option
def list_keys(*, as_json: bool) -> None:
    """List your keys."""
    found = key_folder().list()
    lines = [f"{item.key.id[:16]}  {time_text(item.created)}  {item.label}" for item in found] or ["no key yet"]
    emit("keys", lines, {"changed": False, "keys": [_row(item) for item in found]}, as_json=as_json)


@command.command("show", epilog=example("weighbridge keys show laptop"))
@click.argument("which", required=False)
@json_option
def show(which: str | None, *, as_json: bool) -> None:
    """Show the public half of a key, to send to a colleague."""
    info = key_folder().find(which)
    lines = [f"id      {info.key.id}", f"public  {info.key.public}", f"label   {info.label}"]
    emit("keys", lines, {"changed": False, "keys": [_row(info)]}, as_json=as_json)


class _Trust(click.Group):
    """`keys trust PERSON`, and beside it `keys trust export`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """What is no subcommand is a person."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["person", *args])


@command.group(
    "trust",
    cls=_Trust,
    # The options of `keys trust person` may stand before the person.
    context_settings={"ignore_unknown_options": True},
    epilog=example("weighbridge keys trust bob --public 3f… --role approver"),
)
def trust() -> None:
    """Let the project trust a person's key, or write a trust file for those who load.

    `keys trust PERSON` adds a key; the change to weighbridge.toml is reviewed in Git.
    """


@trust.command("person", epilog=example("weighbridge keys trust bob --public 3f… --role approver"))
@click.argument("person")
@click.option("--public", help="Their public key.  [default: your own key's]")
@click.option("--role", "roles", multiple=True, help="What it counts for.  [default: adder, approver]")
@click.option("--name", default="", help="Their name, for readers.")
@json_option
def trust_person(person: str, *, public: str | None, roles: tuple[str, ...], name: str, as_json: bool) -> None:
    """Let the project trust a person's key; `keys trust PERSON` is the same."""
    key = key_folder().find(None).key.public if public is None else public
    changed = trust_key(person, key, roles or ("adder", "approver"), name)
    line = f"{'now trusted' if changed else 'trusted already'}: {person}; review weighbridge.toml in Git"
    emit("keys", [line], {"changed": changed, "keys": []}, as_json=as_json)


@trust.command("export", epilog=example("weighbridge keys trust export --output trust.toml"))
@click.option("--output", type=click.Path(path_type=Path), help="The file to write.  [default: print it]")
@json_option
def trust_export(*, output: Path | None, as_json: bool) -> None:
    """Write the trust file of this project: stages, people, keys and rules, for those who load from a store."""
    text, digest = export_trust()
    if output is None and not as_json:
        emit_document(text)
        return
    changed = output is not None and write_file(output, text.encode("utf-8"))
    lines = [f"wrote {output}: {digest}", "hand it over on a way that you trust; verdicts name this digest"]
    path = None if output is None else str(output)
    emit("keys-trust", lines, {"changed": changed, "path": path, "trust": digest, "text": text}, as_json=as_json)


@command.command("rotate", epilog=example("weighbridge keys rotate 886424c11b4e0839 --label laptop-2027"))
@click.argument("which")
@click.option("--label", required=True, help="Your words for the new key.")
@json_option
def rotate(which: str, *, label: str, as_json: bool) -> None:
    """Make a key in place of one that the project trusts; what the old one signed until now goes on counting."""
    made, ended, changed = rotate_key(which, label)
    lines = [
        f"{'made' if changed else 'made before:'} {made.key.id} ({label}) for {ended.person}",
        f"{ended.id[:16]} counts up to evidence {ended.last[:16] or 'none'}; review weighbridge.toml in Git",
        "next: weighbridge export heads",
    ]
    emit("keys", lines, {"changed": changed, "keys": [_row(made)]}, as_json=as_json)


@command.command("revoke", epilog=example('weighbridge keys revoke 886424c11b4e0839 --reason "laptop stolen"'))
@click.argument("which")
@click.option("--reason", required=True, help="Why, signed.")
@click.option("--entirely", is_flag=True, help="Let nothing count that it ever signed, not even before now.")
@key_option
@json_option
def revoke(which: str, *, reason: str, entirely: bool, key: str | None, as_json: bool) -> None:
    """End a trusted key: what it signs from this place in the ledger on counts for nothing, whatever its date says."""
    ended = revoke_key(which, reason, entirely=entirely, key=key)
    until = f"counts up to evidence {ended.last[:16]}" if ended.last else "counts for nothing"
    lines = [
        f"{ended.id[:16]} of {ended.person} {until}; review weighbridge.toml in Git",
        "next: weighbridge export heads",
    ]
    emit("keys", lines, {"changed": ended.changed, "keys": []}, as_json=as_json)


@command.command("expire", epilog=example("weighbridge keys expire 886424c11b4e0839 --on 2027-06-30"))
@click.argument("which")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day it counts no more.")
@json_option
def expire(which: str, *, day: datetime, as_json: bool) -> None:
    """Let a trusted key end on a day; a stolen one must be revoked, since it can sign older dates."""
    changed = expire_key(which, day.replace(tzinfo=UTC))
    line = f"{which} counts for nothing that it signs from {day:%Y-%m-%d} on; review weighbridge.toml in Git"
    emit("keys", [line], {"changed": changed, "keys": []}, as_json=as_json)
