"""docs/registry.md has every divergence, and says of each truly who puts it back."""

from __future__ import annotations

import json
import re

from tests.test_docs_support import DOCS
from weighbridge.core.divergence import Code

_ROW = re.compile(r"^\| `([a-z-]+)` \|(.*)\|$", re.MULTILINE)


def _rows() -> dict[str, list[str]]:
    section = (DOCS / "registry.md").read_text(encoding="utf-8").partition("## Divergences")[2].partition("\n## ")[0]
    return {match[1]: [cell.strip() for cell in match[2].split("|")] for match in _ROW.finditer(section)}


def test_every_divergence_is_documented_and_no_other() -> None:
    assert _rows().keys() == {str(code) for code in Code}


def test_every_row_says_what_it_is_who_sees_it_and_how_it_is_put_back() -> None:
    for code, cells in _rows().items():
        assert len(cells) == 3, code
        assert all(cells), code
        assert cells[1].startswith("`status`"), code


def test_what_the_page_says_is_put_back_is() -> None:
    for code, cells in _rows().items():
        assert cells[2].startswith("`register --reconcile`") is Code(code).restorable, code
        assert cells[2].startswith("by people: ") is not Code(code).restorable, code


def test_the_schema_knows_every_divergence() -> None:
    common = json.loads((DOCS / "schemas" / "common.json").read_text(encoding="utf-8"))
    assert common["$defs"]["divergence"]["properties"]["code"]["enum"] == [str(code) for code in Code]
