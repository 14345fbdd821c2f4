"""`weighbridge lint`."""

from __future__ import annotations

from pathlib import Path

import click

import weighbridge
from weighbridge.cli.output import emit, emit_document, example, json_option
from weighbridge.core.errors import DeniedError, UsageError
from weighbridge.reports.lint import lint_annotations, lint_lines, lint_sarif
from weighbridge.wiring.linting import Linting, run_lint


@click.command("lint", epilog=example("weighbridge lint", "weighbridge lint --since origin/main --sarif > lint.sarif"))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--strict", is_flag=True, help="What only running a program would tell is an error, too.")
@click.option("--since", metavar="REV", help="Excuse what was there at this revision of Git.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Excuse what stands in this file.")
@click.option("--update-baseline", is_flag=True, help="With --baseline: write what counts now into the file.")
@click.option("--sarif", "shape", flag_value="sarif", help="Print SARIF 2.1.0.")
@click.option("--github", "shape", flag_value="github", help="Print annotations for GitHub Actions.")
@json_option
def command(
    paths: tuple[Path, ...],
    *,
    strict: bool,
    since: str | None,
    baseline: Path | None,
    update_baseline: bool,
    shape: str | None,
    as_json: bool,
) -> int:
    """Find every model that files name, in any language; exits with 10 if one must not land.

    Without PATH: the whole project. Files are read, nothing is executed.
    """
    if as_json and shape:
        raise UsageError(f"--json and --{shape} are two shapes of one output", hint="choose one")
    if update_baseline and baseline is None:
        raise UsageError("--update-baseline writes the file of --baseline", hint="weighbridge lint --baseline FILE")
    run = run_lint(Linting(paths, strict, since, baseline, update_baseline))
    report = run.report
    if shape == "sarif":
        emit_document(lint_sarif(report, lambda path: path, weighbridge.__version__))
    elif shape == "github":
        emit("lint", lint_annotations(report, lambda path: path), {}, as_json=False)
    else:
        emit("lint", lint_lines(report, run.shown), run.to_json(), as_json=as_json)
    return DeniedError.exit_code if report.fails else 0
