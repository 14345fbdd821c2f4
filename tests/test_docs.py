"""The pages are whole: every block is of a kind that is tested, every link leads somewhere, every name is described."""

from __future__ import annotations

import re
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.test_docs_support import (
    DOCS,
    PAGES,
    README,
    ROOT,
    Block,
    all_blocks,
    blocks,
    error_classes,
    name_of,
    variables,
)
from weighbridge.cli.app import VERBS, group
from weighbridge.config import read_settings, read_trust
from weighbridge.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Who tests each kind: this module, test_docs_sessions or test_docs_schemas.
_KINDS = frozenset({"console", "python", "toml", "json", "yaml", "sh", "mermaid", "text"})
_PROGRAMS = frozenset({"weighbridge", "make", "dvc", "git", "pip", "mlflow"})
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ANY_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _prose(page: Path) -> str:
    return _ANY_BLOCK.sub("", _text(page))


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _links(page: Path) -> Iterator[tuple[str, str]]:
    for target in _LINK.findall(_prose(page)):
        if not target.startswith(("https://", "http://")):
            path, _, anchor = target.partition("#")
            yield path, anchor


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_is_of_a_kind_that_is_tested(page: Path) -> None:
    assert _text(page).count("\n```") % 2 == 0, "a block is not closed"
    for block in blocks(page):
        assert block.kind in _KINDS, f"{block}: nobody tests {block.kind or 'a block without a kind'}"
        if block.kind == "text":
            assert block.note, f"{block}: say in a comment above why nothing runs here"
            assert not re.search(r"^\$ ", block.text, re.MULTILINE), f"{block}: commands belong in a console block"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert _text(page).startswith("# "), page
    for path, anchor in _links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)}: {path}"
        assert target.is_relative_to(ROOT), f"{name_of(page)}: {path}"
        if anchor:
            assert anchor in _anchors(target), f"{name_of(page)}: {path}#{anchor}"


def test_every_page_can_be_reached() -> None:
    linked = {README, DOCS / "README.md"}
    for page in (README, DOCS / "README.md"):
        linked |= {(page.parent / path).resolve() for path, _ in _links(page) if path}
    unreachable = sorted(name_of(page) for page in PAGES if page not in linked)
    assert not unreachable, f"link them from docs/README.md: {unreachable}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_speak_of_no_machine_and_keep_a_width(page: Path) -> None:
    text = _text(page)
    assert not re.search(r"/root/|/work/|/tmp/|127\.0\.0\.1:\d{5}|localhost:\d{5}", text)
    for line in _prose(page).splitlines():
        assert len(line) <= 140 or line.startswith("|"), f"{name_of(page)}: {line[:60]}…"


@pytest.mark.parametrize("block", all_blocks("toml"), ids=str)
def test_toml_is_configuration(block: Block) -> None:
    text = block.text
    if "schema =" not in text:
        text = f'schema = "weighbridge.config/1"\nproject = "example"\n{text}'
    trust = tomllib.loads(text)["schema"] == "weighbridge.trust/1"
    policy = read_trust(text, "sha256:0") if trust else read_settings(text).policy
    assert policy.project


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_yaml_is_a_pipeline(block: Block) -> None:
    from dvc.schema import COMPILED_MULTI_STAGE_SCHEMA  # noqa: PLC0415 - heavy
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy

    assert COMPILED_MULTI_STAGE_SCHEMA(YAML(typ="safe", pure=True).load(block.text))


@pytest.mark.parametrize("block", all_blocks("mermaid"), ids=str)
def test_mermaid_is_a_drawing(block: Block) -> None:
    first, *rest = block.text.splitlines()
    assert first.split()[0] in {"flowchart", "sequenceDiagram", "stateDiagram-v2"}
    assert rest


def _parse(words: list[str]) -> None:
    """Let the command line read arguments without running anything."""
    command: click.Command = group
    context = group.make_context("weighbridge", words[:1], resilient_parsing=True)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, words
        command, words = found, words[1:]
    # With its parent: click keeps the help option of the first context that a command ever had.
    command.make_context(command.name, list(words), parent=context)


@pytest.mark.parametrize("block", all_blocks("sh"), ids=str)
def test_shell_commands_exist(block: Block) -> None:
    done = subprocess.run(["bash", "-n"], input=block.text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    targets = re.findall(r"^([a-z]+):", _text(ROOT / "Makefile"), re.MULTILINE)
    for line in block.text.splitlines():
        words = _words(line)
        assert words[0] in _PROGRAMS, f"{block}: {line}"
        if words[0] == "weighbridge":
            _parse(words[1:])
        elif words[0] == "make":
            assert words[1] in targets, f"{block}: {line}"
        elif words[0] == "dvc":
            from dvc import cli  # noqa: PLC0415 - heavy

            parse: Any = cli.parse_args
            assert parse(words[1:]), f"{block}: {line}"


def _words(line: str) -> list[str]:
    import shlex  # noqa: PLC0415 - one use

    return shlex.split(line, comments=True)


def _below(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            below = command.get_command(context, part)
            assert below is not None
            yield from _below(below, f"{name} {part}".strip())


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Every command at any depth, the group itself left out."""
    return (found for found in _below(group, "") if found[0])


def _section(verb: str) -> str:
    found = re.search(rf"^## {verb}$(.*?)(?=^## |\Z)", _text(DOCS / "cli.md"), re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section {verb}"
    return found[1]


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_a_section(verb: str) -> None:
    section = _section(verb)
    assert f"$ weighbridge {verb}" in section, "an example"
    # Subcommands that have little in common have schemas of their own.
    assert re.search(rf"schemas/{verb}(-[a-z]+)?\.json", section), "its schema"
    assert "Exit codes: 0" in section, "its exit codes"


def test_the_sections_are_in_the_order_of_the_verbs_or_after() -> None:
    sections = re.findall(r"^## ([a-z]+)$", _text(DOCS / "cli.md"), re.MULTILINE)
    assert sorted(sections) == sorted(VERBS)


@pytest.mark.parametrize(
    ("name", "command"), list(_commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_option_is_documented(name: str, command: click.Command) -> None:
    section = _section(name.split(maxsplit=1)[0])
    assert name.rsplit(maxsplit=1)[-1] in section
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for option in parameter.opts:
                assert f"`{option}" in section, f"{name}: {option}"


def test_no_option_is_documented_that_does_not_exist() -> None:
    for verb in VERBS:
        options = {
            option
            for name, command in _commands()
            if name.split()[0] == verb
            for parameter in command.params
            for option in parameter.opts
        }
        prose = _ANY_BLOCK.sub("", _section(verb))
        own = re.sub(r"`(?:cp|dvc|git|pull|weighbridge) [^`]*`", "", prose)
        assert set(re.findall(r"`(--[a-z-]+)", own)) <= options, verb


def test_the_command_table_of_the_readme_is_the_command_line() -> None:
    rows = re.findall(r"^\| \[`([a-z]+)`\]\(docs/cli\.md#([a-z]+)\) \|", _text(README), re.MULTILINE)
    assert rows == [(verb, verb) for verb in VERBS]


@pytest.mark.parametrize("page", [README, DOCS / "cli.md"], ids=name_of)
def test_every_exit_code_is_documented(page: Path) -> None:
    codes = {0, 130} | {value.exit_code for value in error_classes().values()}
    found = {int(code) for code in re.findall(r"^\| (\d+) \|", _text(page), re.MULTILINE)}
    assert found == codes


def test_every_variable_is_documented() -> None:
    environment = _text(DOCS / "configuration.md").partition("## Environment")[2]
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", environment))
    missing = {name for name in variables() if name not in named}
    assert not missing, f"write them into docs/configuration.md: {sorted(missing)}"


def _keys_of(heading: str) -> set[str]:
    text = _text(DOCS / "configuration.md").partition(f"{heading}\n")[2]
    return set(re.findall(r"^\| `([a-z_]+)` \|", re.split(r"^#+ ", text, flags=re.MULTILINE)[0], re.MULTILINE))


_HEADS = {
    "## Keys of `weighbridge.toml`": "",
    "### `[stages.<name>]`": "stages.x",
    "### `[policy]`": "policy",
    "### `[policy.licences]`": "policy.licences",
    "### `[policy.publisher]`": "policy.publisher",
    "### `[people.<id>]`": "people.x",
    "### `[models.<name>]`": "models.x",
    "### `[catalog]`": "catalog",
}
_BASE = 'schema = "weighbridge.config/1"\nproject = "x"\n'


def _refused(key: str, where: str) -> str:
    """What the reader says of a key with an absurd value."""
    head = f"[{where}]\n" if where else ""
    needed = 'source = "hf:a/b"\n' if where.startswith("models") and key != "source" else ""
    base = _BASE if where or key not in {"schema", "project"} else ""
    with pytest.raises(ConfigError) as caught:
        read_settings(f"{base}{head}{needed}{key} = 1.5\n")
    return caught.value.code


@pytest.mark.parametrize(("heading", "where"), _HEADS.items())
def test_every_key_of_the_tables_exists(heading: str, where: str) -> None:
    keys = _keys_of(heading)
    assert keys
    for key in keys:
        # A key that the reader knows is refused for its type, not as unknown.
        assert _refused(key, where) in {"bad-type", "bad-schema"}, key


def test_every_key_that_exists_stands_in_the_tables() -> None:
    source = "".join(_text(path) for path in sorted((ROOT / "src" / "weighbridge" / "config").glob("*.py")))
    asked = set(re.findall(r'\.(?:text|flag|number|limit|choice|texts|listed|span|rows)\("([a-z_]+)"', source))
    documented = set().union(*(_keys_of(heading) for heading in _HEADS))
    # Keys of keys and of expressions are told where those stand; `policy` of a stage has a row beside its own tables.
    assert asked - {"id", "public", "revoked", "expression", "message"} == documented - {"policy"}


def test_not_yet_names_nothing_that_exists() -> None:
    text = _text(README).partition("## Not yet\n")[2].partition("\n## ")[0]
    planned = set(re.findall(r"`([a-z]+:?)`", text.split("There are")[0]))
    assert planned, "what does not exist is said"
    assert not planned & {*VERBS, "hf:", "file:"}


def test_the_changelog_has_an_entry_for_what_is_not_released() -> None:
    text = _text(ROOT / "CHANGELOG.md")
    assert "keepachangelog.com" in text
    assert re.search(r"^## \[Unreleased\]\n\n### (Added|Changed|Fixed|Removed)\n\n- ", text, re.MULTILINE)
