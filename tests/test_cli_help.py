"""`--help` of every command: a sentence, an example, and nothing heavy imported for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

import weighbridge
from weighbridge.cli.app import VERBS, group

if TYPE_CHECKING:
    from collections.abc import Sequence


def _help(words: Sequence[str], option: str = "--help") -> str:
    done = CliRunner().invoke(group, [*words, option], prog_name="weighbridge")
    assert done.exit_code == 0, done.output
    return done.output


def _leaves(command: click.Command, words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The words of every command below a group, at any depth."""
    if not isinstance(command, click.Group):
        return [words]
    context = click.Context(command)
    found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [leaf for name, part in found if part for leaf in _leaves(part, (*words, name))]


def _subcommands() -> list[tuple[str, ...]]:
    return [words for words in _leaves(group, ()) if len(words) > 1]


@pytest.mark.parametrize("verb", VERBS)
def test_help_says_what_it_is_and_shows_an_example(verb: str) -> None:
    text = _help([verb])
    usage, sentence = text.split("\n\n")[:2]
    assert usage.startswith(f"Usage: weighbridge {verb}")
    assert re.match(r" {2}[A-Z]", sentence)
    assert "Example:" in text
    assert "\\b" not in text
    assert f"weighbridge {verb}" in text.partition("Example:")[2]


@pytest.mark.parametrize("words", _subcommands(), ids=" ".join)
def test_help_of_a_subcommand_says_what_it_is(words: tuple[str, ...]) -> None:
    text = _help(words)
    assert text.startswith(f"Usage: weighbridge {' '.join(words)}")
    assert "--json" in text


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_json_and_a_short_help(verb: str) -> None:
    assert "-h, --help" in _help([verb], "-h")
    # `run` leaves stdout to the program: --report FILE writes its JSON.
    if verb not in {"keys", "policy", "export", "cache", "run"}:
        assert "Print one JSON object." in _help([verb])


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_explained(verb: str) -> None:
    command = group.get_command(click.Context(group), verb)
    assert command is not None
    commands = [command]
    if isinstance(command, click.Group):
        context = click.Context(command)
        commands += [found for name in command.list_commands(context) if (found := command.get_command(context, name))]
    options = [item for found in commands for item in found.params if isinstance(item, click.Option)]
    assert all(option.help for option in options), [option.name for option in options if not option.help]


def test_the_group_lists_every_verb_in_the_order_of_the_chain() -> None:
    listed = re.findall(r"^ {2}([a-z]+) {2,}\S", _help([]).partition("Commands:")[2], re.MULTILINE)
    assert listed == list(VERBS)
    assert "weighbridge init" in _help([])


def test_version_is_the_packages() -> None:
    assert _help([], "--version") == f"weighbridge, version {weighbridge.__version__}\n"
