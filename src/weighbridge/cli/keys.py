"""`weighbridge keys`."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from weighbridge.cli.output import emit, example, json_option
from weighbridge.core.times import time_text
from weighbridge.wiring.project import key_folder, now
from weighbridge.wiring.trusting import trust_key

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json
    from weighbridge.signers.keyfolder import KeyInfo


def _row(info: KeyInfo) -> dict[str, Json]:
    return {"id": info.key.id, "public": info.key.public, "label": info.label, "created": time_text(info.created)}


@click.group("keys", epilog=example("weighbridge keys new --label laptop"))
def command() -> None:
    """Make, list and trust signing keys."""


@command.command("new", epilog=example("weighbridge keys new --label laptop"))
@click.option("--label", default=getpass.getuser, help="Your words for it.  [default: your user name]")
@json_option
def new(label: str, *, as_json: bool) -> None:
    """Make a key; its private half never leaves your configuration folder."""
    info = key_folder().new(label, now())
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


@command.command("trust", epilog=example("weighbridge keys trust bob --public 3f… --role approver"))
@click.argument("person")
@click.option("--public", help="Their public key.  [default: your own key's]")
@click.option("--role", "roles", multiple=True, help="What it counts for.  [default: adder, approver]")
@click.option("--name", default="", help="Their name, for readers.")
@json_option
def trust(person: str, *, public: str | None, roles: tuple[str, ...], name: str, as_json: bool) -> None:
    """Let the project trust a person's key; the change to weighbridge.toml is reviewed in Git."""
    key = key_folder().find(None).key.public if public is None else public
    changed = trust_key(person, key, roles or ("adder", "approver"), name)
    line = f"{'now trusted' if changed else 'trusted already'}: {person}; review weighbridge.toml in Git"
    emit("keys", [line], {"changed": changed, "keys": []}, as_json=as_json)
