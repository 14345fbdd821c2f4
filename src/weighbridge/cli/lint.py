"""`weighbridge lint`."""

from __future__ import annotations

from pathlib import Path

import click

import weighbridge
from weighbridge.cli.output import emit, emit_document, example, json_option, plain
from weighbridge.core.errors import DeniedError, UsageError
from weighbridge.reports.lint import lint_annotations, lint_lines, lint_sarif
from weighbridge.reports.lint_fixes import diff_lines, fix_lines
from weighbridge.wiring.linting import Linting, LintRun, run_lint
from weighbridge.wiring.mending import MendRun, run_mend


@click.command("lint", epilog=example("weighbridge lint", "weighbridge lint --since origin/main --sarif > lint.sarif"))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Do not look at these files; as a line of .gitignore.")
@click.option("--strict", is_flag=True, help="What only running a program would tell is an error, too.")
@click.option("--since", metavar="REV", help="Excuse what was there at this revision of Git.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Excuse what stands in this file.")
@click.option("--update-baseline", is_flag=True, help="With --baseline: write what counts now into the file.")
@click.option("--fix", is_flag=True, help="Write in the revisions that the lock holds, then lint again.")
@click.option(
    "--by-name", is_flag=True, help="With --fix or --diff: the governed name in a model's place, where it can."
)
@click.option("--diff", is_flag=True, help="Show what --fix would change; exits with 10 if it is anything.")
@click.option("--sarif", "shape", flag_value="sarif", help="Print SARIF 2.1.0.")
@click.option("--github", "shape", flag_value="github", help="Print annotations for GitHub Actions.")
@json_option
def command(  # noqa: PLR0913  one parameter an option
    paths: tuple[Path, ...],
    *,
    exclude: tuple[str, ...],
    strict: bool,
    since: str | None,
    baseline: Path | None,
    update_baseline: bool,
    fix: bool,
    by_name: bool,
    diff: bool,
    shape: str | None,
    as_json: bool,
) -> int:
    """Find every model that files name, in any language; exits with 10 if one must not land.

    Without PATH: the whole project. Files are read, nothing is executed.
    """
    _refuse(
        (as_json and shape, f"--json and --{shape} are two shapes of one output", "choose one"),
        (update_baseline and baseline is None, "--update-baseline writes the file of --baseline", "name that file"),
        (update_baseline and (fix or diff), "--update-baseline excuses what --fix would mend", "mend first"),
        (by_name and not (fix or diff), "--by-name says how --fix mends", "weighbridge lint --fix --by-name"),
        (diff and shape, f"--diff and --{shape} are two shapes of one output", "choose one"),
    )
    asked = Linting(paths, strict, since, baseline, update_baseline, exclude)
    if fix or diff:
        mended = run_mend(asked, by_name=by_name, write=not diff)
        _emit_mended(mended, shape, as_json=as_json)
        return DeniedError.exit_code if mended.fails else 0
    run = run_lint(asked)
    if not _emit_shape(run, shape):
        emit("lint", lint_lines(run.report, run.shown), run.to_json(), as_json=as_json)
    return DeniedError.exit_code if run.report.fails else 0


def _refuse(*wrong: tuple[object, str, str]) -> None:
    """Refuse options that do not go together."""
    for is_wrong, message, hint in wrong:
        if is_wrong:
            raise UsageError(message, hint=hint)


def _emit_shape(run: LintRun, shape: str | None) -> bool:
    """Print a report for another program; whether one was asked for."""
    if shape == "sarif":
        emit_document(lint_sarif(run.report, lambda path: path, weighbridge.__version__))
    elif shape == "github":
        emit("lint", lint_annotations(run.report, lambda path: path), {}, as_json=False)
    return shape is not None


def _emit_mended(mended: MendRun, shape: str | None, *, as_json: bool) -> None:
    if _emit_shape(mended.run, shape):
        return
    run = mended.run
    if not mended.is_written and not as_json:
        shown = (line for each in mended.changes for line in diff_lines(each.path, each.before, each.after))
        emit_document("".join("\t".join(map(plain, line.split("\t"))) + "\n" for line in shown))
    lines = fix_lines(mended.fixed, mended.left, run.shown, is_written=mended.is_written)
    told = lint_lines(run.report, run.shown) if mended.is_written else []
    emit("lint", [*lines, *told], mended.to_json(), as_json=as_json)
