"""`weighbridge adopt`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option, key_option
from weighbridge.cli.progress import progress
from weighbridge.core.errors import DeniedError
from weighbridge.wiring.adopting import Adopting, Adoption, names_by_model, plan_adoption


@click.command("adopt", epilog=example("weighbridge adopt", "weighbridge adopt --yes --name hf:org/model=model"))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--yes", is_flag=True, help="Pin what is shown without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be pinned, and stop.")
@click.option("--only", multiple=True, metavar="MODEL", help="Adopt only this model, or those that fit a pattern.")
@click.option("--exclude", multiple=True, metavar="MODEL", help="Leave this model out, or those that fit a pattern.")
@click.option("--name", "names", multiple=True, metavar="MODEL=NAME", help="The name to govern a model under.")
@click.option("--keep-going", is_flag=True, help="Pin the others where a model can't be had; exits with 10 then.")
@click.option("--no-push", is_flag=True, help="Do not copy the bytes to the DVC remote.")
@key_option
@json_option
def command(  # noqa: PLR0913  one parameter an option
    paths: tuple[Path, ...],
    *,
    yes: bool,
    dry_run: bool,
    only: tuple[str, ...],
    exclude: tuple[str, ...],
    names: tuple[str, ...],
    keep_going: bool,
    no_push: bool,
    key: str | None,
    as_json: bool,
) -> int:
    """Find the models that files name and nobody governs, resolve each, and pin all of them after a yes.

    Without PATH: the whole project. Files are read, nothing is executed. Locks and weighbridge.toml change for every
    model or for none. Without a terminal and without --yes, it only shows, and exits with 10.
    """
    asked = Adopting(paths, only, exclude, names_by_model(names))
    adoption = plan_adoption(asked, progress=progress(as_json=as_json))
    if dry_run or not adoption.plan.proposals:
        emit("adopt", adoption.lines(), adoption.to_json(), as_json=as_json)
        return 0
    if not (yes or _asks(as_json=as_json)):
        why = "nothing was written: nobody said yes; --yes does"
        emit("adopt", [*adoption.lines(), why], adoption.to_json(), as_json=as_json)
        return DeniedError.exit_code
    if not as_json:
        # What takes long comes now.
        emit("adopt", adoption.lines(), {}, as_json=False)
    if not yes and not _agreed(adoption, keep_going=keep_going):
        emit("adopt", ["nothing was written"], {}, as_json=False)
        return DeniedError.exit_code
    done = adoption.carry_out(push=not no_push, key=key, keep_going=keep_going)
    emit("adopt", done.done_lines(), done.to_json(), as_json=as_json)
    return DeniedError.exit_code if done.plan.failed else 0


def _asks(*, as_json: bool) -> bool:
    """Whether a person sees the table and can answer."""
    return not as_json and all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _agreed(adoption: Adoption, *, keep_going: bool) -> bool:
    """Whether a person at a terminal says yes to what was shown there."""
    if not keep_going:
        adoption.require_whole()
    count = len(adoption.plan.ready)
    return click.confirm(f"pin {count} revision{'' if count == 1 else 's'}?", err=True)
