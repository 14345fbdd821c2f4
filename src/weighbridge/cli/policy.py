"""`weighbridge policy`."""

from __future__ import annotations

import sys

import click

from weighbridge.cli.output import emit, example, json_option, rows
from weighbridge.core.errors import DeniedError
from weighbridge.reports.policy import explanation_lines
from weighbridge.wiring import open_project
from weighbridge.wiring.ruling import check as check_rules


@click.group("policy", epilog=example("weighbridge policy check", "weighbridge policy explain minilm"))
def command() -> None:
    """Try the rules, and see what they say of a model."""


@command.command("check", epilog=example("weighbridge policy check"))
@json_option
def check(*, as_json: bool) -> None:
    """Read every rule, try every expression, and print the digest that approvers sign."""
    found = check_rules()
    lines = [
        f"the rules are sound: {found.digest}",
        f"  trust        {found.trust}",
        f"  stages       {', '.join(found.stages) or 'none'}",
        f"  expressions  {', '.join(found.expressions) or 'none'}",
    ]
    emit("policy", lines, {"policy": found.to_json(), "models": []}, as_json=as_json)


@command.command("explain", epilog=example("weighbridge policy explain minilm --stage production"))
@click.argument("name")
@click.option("--stage", help="One stage alone.  [default: all of them]")
@click.option("--digest", help="An earlier pin: all or the beginning of its digest.")
@json_option
def explain(name: str, *, stage: str | None, digest: str | None, as_json: bool) -> None:
    """Print what each rule says of a model, and why; exits with 10 if one is against it."""
    custody = open_project().custody
    stages = [stage] if stage else [item.name for item in custody.policy.stages]
    found = [custody.explain(name, item, digest) for item in stages]
    emit("policy", explanation_lines(found), {"policy": None, "models": rows(found)}, as_json=as_json)
    sys.exit(0 if all(item.assessment.passes for item in found) else DeniedError.exit_code)
