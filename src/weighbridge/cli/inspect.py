"""`weighbridge inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import weighbridge
from weighbridge.cli.output import emit, emit_document, example, json_option, key_option, rows
from weighbridge.cli.progress import progress
from weighbridge.core.errors import DeniedError, UsageError
from weighbridge.core.facts import facts
from weighbridge.reports.inspection import inspection_lines, inspection_markdown, inspection_sarif
from weighbridge.wiring import open_project
from weighbridge.wiring.inspecting import inspected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.outcome import InspectionOutcome
    from weighbridge.core.ports import Progress


@click.command("inspect", epilog=example("weighbridge inspect minilm", "weighbridge inspect ./downloaded --sarif"))
@click.argument("targets", nargs=-1, metavar="[NAME|FOLDER|FILE]...")
@click.option("--again", is_flag=True, help="Look again, though the present checks have looked already.")
@click.option("--scanner", "scanners", multiple=True, metavar="NAME", help="Let this scanner look at folders too.")
@click.option("--sarif", "shape", flag_value="sarif", help="Print SARIF 2.1.0.")
@click.option("--markdown", "shape", flag_value="markdown", help="Print Markdown, for a pull request.")
@click.option("--facts", "shape", flag_value="facts", help="Print the document that policy expressions read.")
@key_option
@json_option
def command(
    targets: tuple[str, ...],
    *,
    again: bool,
    scanners: tuple[str, ...],
    shape: str | None,
    key: str | None,
    as_json: bool,
) -> int:
    """Look at every file without executing any; sign what was seen in governed models."""
    if as_json and shape:
        raise UsageError(f"--json and --{shape} are two shapes of one output", hint="choose one")
    bars = progress(as_json=as_json or shape is not None)
    if shape == "facts":
        outcome, document = _facts(targets, bars, key=key, again=again)
        emit_document(document)
        return _code([outcome])
    outcomes = inspected(targets, bars, key=key, again=again, scanners=scanners)
    if shape == "sarif":
        emit_document(inspection_sarif(outcomes, weighbridge.__version__))
    elif shape == "markdown":
        emit_document(inspection_markdown(outcomes))
    else:
        found: list[Json] = [finding.to_json() for item in outcomes for finding in item.findings]
        payload: dict[str, Json] = {
            "changed": any(item.changed for item in outcomes),
            "verdict": "deny" if _code(outcomes) else "allow",
            "findings": found,
            "targets": rows(outcomes),
        }
        emit("inspect", inspection_lines(outcomes), payload, as_json=as_json)
    return _code(outcomes)


def _code(outcomes: Sequence[InspectionOutcome]) -> int:
    """The exit code: whether a rule denies any of them."""
    return DeniedError.exit_code if any(item.verdict == "deny" for item in outcomes) else 0


def _facts(
    targets: Sequence[str], bars: Progress, *, key: str | None, again: bool
) -> tuple[InspectionOutcome, dict[str, Json]]:
    """What was seen in the newest pin of one governed model, and its facts.

    Raises:
        UsageError: It is not one governed model.
    """
    if len(targets) != 1:
        raise UsageError("--facts takes one governed model", hint="name it: weighbridge inspect NAME --facts")
    custody = open_project(progress=bars).custody
    outcomes = custody.inspect(targets, key=key, again=again)
    newest = custody.candidate(targets[0])
    outcome = next(item for item in outcomes if item.pin == newest)
    return outcome, facts(newest, outcome.inspection, outcome.at)
