"""docs/lint.md has a section for every verdict and every rule, and its anchors are their names."""

from __future__ import annotations

import re

import pytest

from tests.test_docs_support import DOCS
from weighbridge.core.linted import Ruling
from weighbridge.references import containers, javascript_calls, python_calls, settings, shell_commands

TEXT = (DOCS / "lint.md").read_text(encoding="utf-8")
SECTIONS = set(re.findall(r"^### (\S+)$", TEXT, re.MULTILINE))
RULES = {
    *(call.rule for call in python_calls.CALLS),
    *(call.rule for call in javascript_calls.CALLS),
    *(program.rule for program in shell_commands.PROGRAMS),
    settings.RULE,
    containers.RULE,
}


@pytest.mark.parametrize("name", sorted({*Ruling, *RULES}))
def test_every_verdict_and_rule_has_a_section(name: str) -> None:
    assert name in SECTIONS, f"docs/lint.md has no section {name}"


def test_sections_say_something() -> None:
    for name, text in re.findall(r"^### (\S+)\n\n(.*)$", TEXT, re.MULTILINE):
        assert len(text) >= 15, name
    assert len(SECTIONS) == len(re.findall(r"^### ", TEXT, re.MULTILINE))


def test_the_section_of_mending_is_there() -> None:
    assert "\n## Mending: --fix and --diff\n" in TEXT
