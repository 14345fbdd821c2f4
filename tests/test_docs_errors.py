"""docs/errors.md has every code that the source can give, and no other."""

from __future__ import annotations

import ast
import re

from tests.test_docs_support import DOCS, SOURCE, error_classes, error_codes, faults, modules

_ROW = re.compile(r"^\| `([a-z0-9-]+)` \|(.*)\|$", re.MULTILINE)


def _sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", (DOCS / "errors.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(*, of_faults: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for title, text in _sections().items():
        if (title == "Why evidence counts for nothing") is of_faults:
            for match in _ROW.finditer(text):
                assert match[1] not in found, f"{match[1]} stands twice"
                found[match[1]] = [cell.strip() for cell in match[2].split("|")]
    return found


def test_every_code_is_documented() -> None:
    codes = error_codes()
    missing = {code: sorted(where) for code, where in codes.items() if code not in _rows(of_faults=False)}
    assert not missing, f"write a row in docs/errors.md for {missing}"


def test_no_code_is_documented_that_does_not_exist() -> None:
    assert not _rows(of_faults=False).keys() - error_codes().keys()


def test_every_fault_of_evidence_is_documented() -> None:
    assert _rows(of_faults=True).keys() == faults()


def test_every_row_says_what_it_means_and_what_to_do() -> None:
    for code, cells in _rows(of_faults=False).items():
        assert len(cells) == 3, code
        assert all(cells), code
    for code, cells in _rows(of_faults=True).items():
        assert len(cells) == 2, code
        assert all(cells), code


def _exit_codes() -> dict[str, set[str]]:
    """The exit codes of the errors that are made with a code spelled out."""
    classes = error_classes()
    found: dict[str, set[str]] = {}
    for _, tree in modules():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            made = classes.get(call.func.id) if isinstance(call.func, ast.Name) else None
            for item in call.keywords:
                if made is not None and item.arg == "code" and isinstance(item.value, ast.Constant):
                    found.setdefault(str(item.value.value), set()).add(str(made.exit_code))
    return found


def test_the_exit_codes_are_those_of_the_errors() -> None:
    rows = _rows(of_faults=False)
    for code, exits in _exit_codes().items():
        assert exits <= set(rows[code][0].split(", ")), code


def test_every_class_of_errors_is_documented() -> None:
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    for name, value in error_classes().items():
        assert f"| `{name}` | {value.exit_code} |" in text, name


def test_the_scan_finds_codes_however_they_are_given() -> None:
    codes = error_codes()
    # By keyword, through a function, by a choice, from a table, from a constant, as a reason, as a class's default.
    for code in ("gated", "bad-signature", "folder-missing", "read-only", "promise-mismatch", "superseded", "usage"):
        assert code in codes, code
    assert "core/judge.py" in codes["quorum"]
    assert (SOURCE / "core" / "judge.py").is_file()
