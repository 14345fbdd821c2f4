"""`weighbridge audit`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from weighbridge.cli.output import emit, emit_document, example, json_option, names_argument
from weighbridge.cli.progress import progress
from weighbridge.core.errors import DeniedError, IntegrityError, RegistryError, UsageError
from weighbridge.reports.audit_html import write_html
from weighbridge.reports.audit_markdown import audit_markdown
from weighbridge.reports.audit_text import audit_lines, outcome_lines
from weighbridge.wiring import open_project
from weighbridge.wiring.project import journal

if TYPE_CHECKING:
    from weighbridge.core.audit import Audit

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"]
_VIEWS = {"diverges": DeniedError.exit_code, "failed": RegistryError.exit_code}


@click.command(
    "audit", epilog=example("weighbridge audit minilm --at 2026-11-23T12:00:00Z", "weighbridge audit --html audit.html")
)
@names_argument
@click.option("--digest", help="Only what concerns this pin: all or the beginning of its digest.")
@click.option(
    "--deployment", metavar="ID", help="One run on record here, and its models as they stood when it started."
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Records of runs from another machine, instead of those kept here.",
)
@click.option("--at", type=click.DateTime(_FORMATS), help="Answer for an earlier time (UTC, claimed times).")
@click.option("--verify", is_flag=True, help="Read the bytes of live pins too; compare them, locks and MLflow.")
@click.option("--no-registry", is_flag=True, help="Do not compare with what MLflow shows: ask no network.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, for a ticket or a wiki.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write one self-contained page.")
@json_option
def command(  # noqa: PLR0913 - one parameter an option
    names: tuple[str, ...],
    *,
    digest: str | None,
    deployment: str | None,
    runs: Path | None,
    at: datetime | None,
    verify: bool,
    no_registry: bool,
    as_markdown: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Print the chain of custody: who, what, when, which bytes, on which findings and rules."""
    if as_json and as_markdown:
        raise UsageError("--json and --markdown are two shapes of one output", hint="choose one")
    if deployment is not None and (names or digest or at or verify):
        raise UsageError("a run says itself which models it was given, and when", hint="give --deployment alone")
    project = open_project(progress=progress(as_json=as_json or as_markdown))
    custody, records = project.custody, journal(project.root, runs).read()
    if deployment is not None:
        found = custody.audited_run(deployment, records)
    else:
        moment = at.replace(tzinfo=UTC) if at else None
        found = custody.audited(names, at=moment, digest=digest, verify=verify, registry=not no_registry, runs=records)
    if html is not None:
        write_html(html, found)
    if as_markdown:
        emit_document(audit_markdown(found))
    else:
        lines = audit_lines(found) if html is None else [f"the report is in {html}", *outcome_lines(found)]
        emit("audit", lines, found.to_json(), as_json=as_json)
    if deployment is not None and not found.runs_believed:
        return IntegrityError.exit_code
    return _code(found) if verify else 0


def _code(found: Audit) -> int:
    """The exit code of a verification: the worst of bytes, evidence and the registry's view."""
    return _VIEWS.get(found.view, 0) if found.good else IntegrityError.exit_code
