"""docs/check.md has every code that a merge can get, with what it weighs, and no other."""

from __future__ import annotations

import ast
import re

from tests.test_docs_support import DOCS, SOURCE
from weighbridge.core import attestation, merge_evidence, merge_hiding, merge_locks
from weighbridge.stores import plain_ini, plain_yaml
from weighbridge.trees import revisions

_GIVING = {"note": "note", "refused": "refused", "broken": "broken", "_refuse": "refused", "_moved": "refused"}
# Where the weight or the code is decided elsewhere than in the call.
_DECIDED = {
    ("remote-changed", "refused"),
    ("dvc-config-changed", "refused"),
    ("attributes-changed", "refused"),
    ("hidden", "refused"),
    ("registry-ungoverned", "refused"),
    ("registry-ungoverned", "note"),
}
_ROW = re.compile(r"^\| `([a-z-]+)` \| ([a-z, ]+) \|", re.MULTILINE)


def given() -> set[tuple[str, str]]:
    found = set(_DECIDED)
    for path in [*SOURCE.rglob("merge*.py"), SOURCE / "config" / "merging.py", SOURCE / "wiring" / "checking.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _GIVING:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add((str(first.value), _GIVING[node.func.id]))
    return found


def test_every_code_of_a_merge_has_its_row() -> None:
    text = (DOCS / "check.md").read_text(encoding="utf-8")
    rows = {(code, weight) for code, weights in _ROW.findall(text) for weight in weights.split(", ")}
    assert rows - given() == set()
    assert given() - rows == set()
    codes = [code for code, _ in _ROW.findall(text)]
    assert len(codes) == len(set(codes))


def test_the_bounds_on_the_page_are_those_of_the_source() -> None:
    text = " ".join((DOCS / "check.md").read_text(encoding="utf-8").split())
    for value, words in (
        (revisions.MAX_PATHS, "2,000,000 paths"),
        (revisions.MAX_GOVERNING, "200,000 of them that govern"),
        (revisions.MAX_FILE_BYTES >> 20, "64 MiB a file"),
        (revisions.MAX_READ_BYTES >> 30, "1 GiB together"),
        (merge_locks.MAX_LOCK_BYTES >> 20, "64 MiB a lock"),
        (attestation.MAX_ENVELOPE_BYTES >> 20, "16 MiB an envelope"),
        (merge_evidence.MAX_ADDED, "2,000 new envelopes of one model"),
        (plain_yaml.MAX_BYTES >> 10, "512 KiB of YAML"),
        (plain_ini.MAX_BYTES >> 10, "256 KiB of DVC's configuration"),
        (merge_hiding.MAX_LINE, "1,000 letters a line"),
    ):
        assert f"{value:,}" in words
        assert words in text, words
