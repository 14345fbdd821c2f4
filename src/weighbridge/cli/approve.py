"""`weighbridge approve`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from weighbridge.cli.output import emit, example, json_option, key_option, rows
from weighbridge.cli.progress import progress
from weighbridge.core.approval import Waiver
from weighbridge.core.errors import UsageError
from weighbridge.reports.text import approval_lines, signing_lines
from weighbridge.wiring import open_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.canonical import Json


@click.command("approve", epilog=example("weighbridge approve minilm --stage production --until 2027-06-30"))
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--stage", required=True, help="What the approval is for.")
@click.option("--digest", help="An earlier pin: all or the beginning of its digest.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day on which approval and waivers end (UTC).")
@click.option("--waive", multiple=True, metavar="CHECK:PATH", help="A finding that you accept; repeatable.")
@click.option("--reason", default="", help="Why you accept it, signed with it.")
@click.option("--comment", default="", help="Your words, signed with it.")
@click.option("--dry-run", is_flag=True, help="Show and check everything, and sign nothing.")
@key_option
@json_option
def command(  # noqa: PLR0913  the options of the verb
    names: tuple[str, ...],
    *,
    stage: str,
    digest: str | None,
    until: datetime | None,
    waive: tuple[str, ...],
    reason: str,
    comment: str,
    dry_run: bool,
    key: str | None,
    as_json: bool,
) -> None:
    """Recompute the hashes, sign an approval, and let MLflow's alias follow at quorum."""
    custody = open_project(progress=progress(as_json=as_json)).custody
    end = until.replace(tzinfo=UTC) if until else None
    waivers = _waivers(waive, reason, end)
    shown = [custody.explain(name, stage, digest) for name in names] if dry_run or not as_json else []
    if not as_json:
        emit("approve", signing_lines(shown, stage, waivers), {}, as_json=False)
    if dry_run:
        custody.rehearse(names, stage, digest=digest, key=key, waivers=waivers)
        payload: dict[str, Json] = {"policy": None, "models": rows(shown)}
        emit("policy", ["every byte is good; nothing was signed"], payload, as_json=as_json)
        return
    outcomes = custody.approve(names, stage, digest=digest, key=key, until=end, comment=comment, waivers=waivers)
    changed = any(item.changed for item in outcomes)
    emit("approve", approval_lines(outcomes), {"changed": changed, "models": rows(outcomes)}, as_json=as_json)


def _waivers(asked: Sequence[str], reason: str, until: datetime | None) -> tuple[Waiver, ...]:
    """What ``--waive``, ``--reason`` and ``--until`` say together.

    Raises:
        UsageError: One is missing beside the others, or no ``CHECK:PATH``.
    """
    if reason and not asked:
        raise UsageError("--reason says why a finding is waived, and there is no --waive", hint="see --comment")
    found = []
    for item in dict.fromkeys(asked):
        check, _, path = item.partition(":")
        if not check or not path:
            raise UsageError(f"--waive takes CHECK:PATH, not {item!r}", hint="weighbridge inspect lists the findings")
        if until is None or not reason.strip():
            raise UsageError("a waiver needs --reason and --until", hint="say why, and the day on which it ends")
        found.append(Waiver(check, path, reason, until))
    return tuple(found)
