from __future__ import annotations

from weighbridge.core.merge import MergeReport, ModelChange, broken, note, refused
from weighbridge.reports import merge as reports
from weighbridge.reports.merge import change_text, merge_lines, merge_markdown

DIGEST = "sha256:" + "a" * 64
FINDINGS = (
    broken("bad-json", "models/x/lock.json", "not JSON", "restore it"),
    refused("command-added", "a|b\n<img>/dvc.yaml", "runs `evil` | [x](y) @team", "take it out"),
    note("gate-changed", ".gitlab-ci.yml", "it is gone"),
)
CHANGES = (
    ModelChange("tiny", "updated", "1" * 40, "2" * 40, DIGEST, text="from hf:org/tiny"),
    ModelChange("tiny", "added", "", "main\u202e|", DIGEST),
    ModelChange("tiny", "removed", "v1", "", DIGEST),
    ModelChange("tiny", "approved", "", "v2", DIGEST, "production", ("ann", "bob"), "waives x in y"),
)


def report(*findings: object, changes: tuple[ModelChange, ...] = ()) -> MergeReport:
    found = tuple(item for item in FINDINGS if item in findings)
    return MergeReport("b" * 40, "c" * 40, "local", found, changes, ("the registry",))


def test_lines_say_what_to_do_next_of_all_but_notes() -> None:
    lines = list(merge_lines(report(*FINDINGS, changes=CHANGES)))
    assert sum(line.startswith("  next: ") for line in lines) == 2
    assert "not looked at: the registry" in lines
    assert lines[-1] == f"broken: {'c' * 12} against {'b' * 12} under trust local: 1 broken, 1 refused, 1 note"
    assert list(merge_lines(MergeReport("b" * 40, "", "local", (), ())))[-1].startswith("allow: the working tree")


def test_changes_in_words() -> None:
    assert [change_text(item) for item in CHANGES] == [
        f"updated {'1' * 40} -> {'2' * 40} (aaaaaaaaaaaa) from hf:org/tiny",
        "added main\u202e| (aaaaaaaaaaaa)",
        "removed v1 (aaaaaaaaaaaa)",
        "approved for production by ann, bob (aaaaaaaaaaaa): waives x in y",
    ]


def test_markdown_has_tables_that_hostile_text_does_not_leave() -> None:
    page = merge_markdown(report(*FINDINGS, changes=CHANGES))
    assert page.startswith("## ⛔ Weighbridge check: broken\n")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    # An escaped bar ends no cell.
    widths = [line.replace("\\|", "").count("|") for line in rows]
    assert widths == [5] * 4 + [3] * 6 + [4] * 3
    assert "<img>" not in page
    assert "[x](y)" not in page
    assert "\u202e" not in page
    assert "- not looked at: the registry" in page


def test_markdown_of_nothing_and_of_too_much() -> None:
    page = merge_markdown(MergeReport("b" * 40, "", "local", (), ()))
    assert page.startswith("## ✅ Weighbridge check: allow\n")
    assert "|" not in page
    many = tuple(note("x", str(number), "m") for number in range(reports.MAX_ROWS + 5))
    page = merge_markdown(MergeReport("b" * 40, "", "local", many, ()))
    assert "| and 5 more | | |" in page
