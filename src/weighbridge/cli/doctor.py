"""`weighbridge doctor`."""

from __future__ import annotations

import sys

import click

from weighbridge.cli.output import emit, example, json_option
from weighbridge.wiring.doctor import examine


@click.command("doctor", epilog=example("weighbridge doctor"))
@json_option
def command(*, as_json: bool) -> None:
    """Examine this machine and project: tools, key, trust, remote, registry, disk. Exits with 1 if anything fails."""
    found = examine()
    lines = [f"{'ok  ' if item.good else 'FAIL'} {item.what}: {item.text}" for item in found]
    healthy = all(item.good for item in found)
    emit("doctor", lines, {"healthy": healthy, "checks": [item.to_json() for item in found]}, as_json=as_json)
    sys.exit(0 if healthy else 1)
