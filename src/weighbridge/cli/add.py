"""`weighbridge add`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.output import emit, example, json_option, key_option
from weighbridge.cli.progress import progress
from weighbridge.core.errors import UsageError
from weighbridge.core.ref import Ref
from weighbridge.core.selection import Selection
from weighbridge.reports.inspection import add_lines
from weighbridge.wiring import open_project

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json


@click.command("add", epilog=example("weighbridge add hf:sentence-transformers/all-MiniLM-L6-v2@main --name minilm"))
@click.argument("refs", nargs=-1, required=True, metavar="REF...")
@click.option("--name", required=True, help="The name to govern it under.")
@click.option("--include", multiple=True, metavar="GLOB", help="Take only matching files.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave matching files out.")
@click.option("--all", "all_formats", is_flag=True, help="Take the same weights in every framework's format.")
@click.option("--no-push", is_flag=True, help="Do not copy the bytes to the DVC remote.")
@click.option("--push-denied", is_flag=True, help="Copy them although a finding denies; the evidence says so.")
@click.option("--no-references", is_flag=True, help="Do not pin what its configuration fetches from elsewhere.")
@key_option
@json_option
def command(  # noqa: PLR0913  one parameter an option
    refs: tuple[str, ...],
    name: str,
    *,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    all_formats: bool,
    no_push: bool,
    push_denied: bool,
    no_references: bool,
    key: str | None,
    as_json: bool,
) -> None:
    """Resolve REF to an immutable revision, take every file in once, hash, pin, sign and inspect it.

    Several web addresses are one model; after a torchhub: reference they are its weights. What a model's configuration
    fetches from other repositories is pinned with it.
    """
    ref = _joined(refs)
    if no_push and push_denied:
        raise UsageError("--no-push and --push-denied contradict each other", hint="choose one")
    custody = open_project(progress=progress(as_json=as_json)).custody
    chosen = Selection(include, exclude, all_formats)
    outcome = custody.add(
        ref, name, chosen, push=not no_push, push_denied=push_denied, key=key, closure=not no_references
    )
    payload: dict[str, Json] = {"changed": outcome.changed, "model": outcome.to_json()}
    emit("add", add_lines(outcome, custody.policy), payload, as_json=as_json)


def _joined(refs: tuple[str, ...]) -> Ref:
    """Web addresses as one reference; those after a repository for torch.hub belong to its part."""
    first, *others = refs
    if not others:
        return Ref.parse(first)
    scheme = first.partition(":")[0]
    if scheme == "torchhub":
        return Ref.parse(f"{first}{' ' if '#' in first else '#'}{' '.join(others)}")
    if scheme not in {"https", "http"}:
        raise UsageError("only web addresses are several to a model", hint="add one REF at a time")
    return Ref.parse(" ".join(refs))
