"""What a command prints: lines for people, or one JSON object for programs."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from weighbridge.core.errors import WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, Protocol

    from weighbridge.core.canonical import Json

    class Outcome(Protocol):
        """A value with a published JSON."""

        def to_json(self) -> dict[str, Json]:
            """That JSON."""


json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
names_argument: Callable[[Any], Any] = click.argument("names", nargs=-1, metavar="[NAME]...")
key_option: Callable[[Any], Any] = click.option(
    "--key", metavar="ID", help="The key to sign with, by id or label; needed if there are several."
)


def example(*commands: str) -> str:
    """The end of a command's help: what to type. The first line tells click to leave the lines as they are."""
    return "\b\nExample:\n" + "\n".join(f"  {command}" for command in commands)


def plain(text: str) -> str:
    """Text on one line that no terminal obeys: what can't be printed is shown as Python writes it.

    Names, comments and reasons may come from strangers; an escape sequence or a line break in them would forge lines.
    """
    if text.isprintable():
        return text
    return "".join(item if item.isprintable() else item.encode("unicode_escape").decode("ascii") for item in text)


def _json(document: dict[str, Json]) -> str:
    """JSON that any output takes: a surrogate, as a file name of other bytes than UTF-8 has it, stands escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def emit(command: str, lines: Iterable[str], payload: dict[str, Json], *, as_json: bool) -> None:
    """Print a command's result.

    Args:
        command: The verb; the JSON's schema is ``weighbridge.<verb>/1``.
        lines: For people.
        payload: For programs.
        as_json: Which of the two.

    Raises:
        WeighbridgeError: The output's disk is full or broken (code ``output-failed``).
    """
    with _printing():
        if as_json:
            click.echo(_json({"schema": f"weighbridge.{command}/1", **payload}))
            return
        for line in lines:
            click.echo(plain(line))


def emit_document(document: str | dict[str, Json]) -> None:
    """Print a document as it is, such as Markdown, or JSON of a schema that is not a command's.

    Raises:
        WeighbridgeError: As for `emit`.
    """
    text = document if isinstance(document, str) else _json(document) + "\n"
    with _printing():
        click.echo(text, nl=False)


@contextmanager
def _printing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # A reader that left early, such as head: click ends quietly.
        raise
    except OSError as error:
        # What could not be written would be tried again, and fail loudly, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise WeighbridgeError(
            f"the result can't be printed: {error.strerror}",
            code="output-failed",
            hint="let the output go elsewhere and run it again: what is done stays done",
        ) from error


def rows(outcomes: Sequence[Outcome]) -> list[Json]:
    """The published JSON of several outcomes."""
    return [outcome.to_json() for outcome in outcomes]


def print_error(error: WeighbridgeError, *, as_json: bool) -> None:
    """Print an error: one JSON object on stdout, or two lines on stderr and one for each difference found.

    Where that can't be printed, the exit code alone tells.
    """
    with suppress(OSError):
        _print_error(error, as_json=as_json)


def _print_error(error: WeighbridgeError, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(error.to_json(), ensure_ascii=False, indent=2, default=str))
        return
    click.echo(plain(f"error: {error.message} [{error.code}]"), err=True)
    problems = error.details.get("problems")
    for problem in problems if isinstance(problems, list) else []:
        click.echo(plain(f"  - {problem}"), err=True)
    click.echo(plain(f"  next: {error.hint}"), err=True)
