"""`weighbridge inspect`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

import weighbridge
from weighbridge.cli.output import emit, example, json_option, key_option, rows
from weighbridge.cli.progress import progress
from weighbridge.core.errors import UsageError
from weighbridge.core.facts import facts
from weighbridge.reports.inspection import inspection_lines, inspection_markdown, inspection_sarif
from weighbridge.wiring.inspecting import inspected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.canonical import Json
    from weighbridge.core.outcome import InspectionOutcome


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
    outcomes = inspected(targets, bars, key=key, again=again, scanners=scanners)
    verdict = "allow" if all(item.verdict == "allow" for item in outcomes) else "deny"
    if shape == "sarif":
        click.echo(json.dumps(inspection_sarif(outcomes, weighbridge.__version__), ensure_ascii=False, indent=2))
    elif shape == "markdown":
        click.echo(inspection_markdown(outcomes), nl=False)
    elif shape == "facts":
        click.echo(json.dumps(_facts(outcomes), ensure_ascii=False, indent=2))
    else:
        found: list[Json] = [finding.to_json() for item in outcomes for finding in item.findings]
        payload: dict[str, Json] = {
            "changed": any(item.changed for item in outcomes),
            "verdict": verdict,
            "findings": found,
            "targets": rows(outcomes),
        }
        emit("inspect", inspection_lines(outcomes), payload, as_json=as_json)
    return 0 if verdict == "allow" else 10


def _facts(outcomes: Sequence[InspectionOutcome]) -> dict[str, Json]:
    """The one governed model's facts."""
    if len(outcomes) != 1 or outcomes[0].pin is None:
        raise UsageError(
            "--facts takes one governed model with one pin", hint="name it: weighbridge inspect NAME --facts"
        )
    return facts(outcomes[0].pin, outcomes[0].inspection, outcomes[0].at)
