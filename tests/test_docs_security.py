"""docs/security-model.md names every attack that we know of, and tests and codes that exist."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.test_docs_support import DOCS, ROOT, error_codes, faults
from weighbridge.core.catalogue import CATALOGUE
from weighbridge.core.divergence import Code

PAGE = DOCS / "security-model.md"
ATTACKS = [*(f"D{number}" for number in range(1, 12)), *(f"E{number}" for number in range(1, 8)), "G1"]
# Classes of the tampering matrix, which the page lists above the attacks.
_ABOVE = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)
_NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_CODE = re.compile(r"`([a-z]+(?:-[a-z0-9]+)*)`")
_NOT_COVERED = re.compile(r"not covered: \S+")


def _text() -> str:
    return PAGE.read_text(encoding="utf-8")


def _section(title: str) -> str:
    _, found, rest = _text().partition(f"\n## {title}\n")
    assert found, title
    return rest.partition("\n## ")[0]


def _rows() -> list[list[str]]:
    lines = [line for line in _section("Attacks").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@cache
def _functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_test_that_the_page_names_exists() -> None:
    named = _NAMED_TEST.findall(_text())
    assert named
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in _functions(path)]
    assert missing == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_has_a_row(attack: str) -> None:
    assert [row for row in _rows() if row[0] == attack]


def test_every_row_says_what_happens_and_what_holds_it() -> None:
    for row in _rows():
        assert len(row) == 4, row
        assert row[0] in ATTACKS, row
        assert all(row), row
        assert _NAMED_TEST.search(row[3]) or _NOT_COVERED.search(row[3]), row
        assert not _NAMED_TEST.sub("", row[3]).count("`tests/"), row


def test_every_code_that_a_row_names_exists() -> None:
    above = set(_ABOVE.findall(_section("What can't be seen from here, and who sees it")))
    known = error_codes().keys() | faults() | set(CATALOGUE) | {str(code) for code in Code} | above
    said = {code for row in _rows() for code in _CODE.findall(row[2])}
    assert {"rolled-back", "promise-mismatch", "lock-differs"} <= said
    assert said <= known


def test_everybody_s_word_is_bounded() -> None:
    rows = [line for line in _section("Who is trusted for what").splitlines() if line.startswith("| ")]
    assert len(rows) > 10
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 3, row
        assert all(cells), row
