"""The inspector as a whole, on workers that misbehave and trees that say too much."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.checks import inspector as inspecting
from weighbridge.checks.answer import Answer
from weighbridge.checks.inspector import ContentInspector
from weighbridge.checks.limits import Limits
from weighbridge.checks.pool import Seen
from weighbridge.checks.tree import Tree, finding
from weighbridge.core.finding import Finding, Severity
from weighbridge.core.inspection import INCOMPLETE, MAX_FINDINGS, MISSING, Tool
from weighbridge.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest

    from weighbridge.core.canonical import Json
    from weighbridge.core.inspection import Inspection

HOSTILE = (sys.executable, "-I", str(Path(__file__).parents[2] / "fakes" / "hostile_worker.py"))
LIMITS = Limits(memory_bytes=1 << 30, file_bytes=1 << 20)


def inspect(folder: Path, files: Mapping[str, str], inspector: ContentInspector | None = None) -> Inspection:
    for path, words in files.items():
        (folder / path).write_text(words)
    return (inspector or ContentInspector(LIMITS, command=HOSTILE)).inspect(folder, None, progress=Silent())


def test_a_worker_that_crashes_leaves_the_inspection_incomplete(tmp_path: Path) -> None:
    seen = inspect(tmp_path, {"a": "crash", "b": "fine"})
    assert ("not-inspected", "a") in {(item.check, item.path) for item in seen.findings}
    assert seen.formats == {"a": "unknown", "b": "text"}
    assert next(tool for tool in seen.tools if tool.name == "weighbridge").status == INCOMPLETE


def test_workers_that_never_start_examine_nothing(tmp_path: Path) -> None:
    seen = inspect(tmp_path, {"a": "x"}, ContentInspector(LIMITS, command=("/nowhere",)))
    assert {(item.check, item.path) for item in seen.findings} == {("not-inspected", "a"), ("not-inspected", ".")}
    assert not any(item.passes for item in seen.findings)


def test_what_is_no_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    seen = inspect(tmp_path, {"a": "fine"})
    assert ("special-file", "link") in {(item.check, item.path) for item in seen.findings}
    assert set(seen.formats) == {"a"}


def test_links_of_a_store_are_followed_if_they_are_listed(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("words")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "file").symlink_to(tmp_path / "cache")
    inspector = ContentInspector(LIMITS, command=HOSTILE)
    seen = inspector.inspect(tmp_path / "model", {"file": 5}, progress=Silent())
    assert seen.formats == {"file": "text"}
    assert "special-file" not in {item.check for item in seen.findings}
    seen = inspector.inspect(tmp_path / "model", None, progress=Silent())
    assert [item.check for item in seen.findings] == ["special-file"]


def test_a_link_may_be_named_by_hand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("words")
    (tmp_path / "link").symlink_to("file")
    seen = ContentInspector(LIMITS, command=HOSTILE).inspect(tmp_path / "link", None, progress=Silent())
    assert set(seen.formats) == {"file"}


def test_a_scanner_that_is_not_there_is_a_finding_if_it_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("words")
    inspector = ContentInspector(LIMITS, {"purser": tmp_path / "nowhere"}, command=HOSTILE)
    seen = inspector.inspect(tmp_path, None, progress=Silent(), scanners=("purser", "purser"))
    assert [item.check for item in seen.findings if item.check.startswith("scanner")] == ["scanner-missing"]
    assert Tool("purser", "", MISSING) in seen.tools


def test_facts_that_are_too_long_for_a_comparison_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "_MAX_TREE_BYTES", 10)
    seen = inspect(tmp_path, {"a": "fine"})
    assert [(item.check, item.path) for item in seen.findings] == [("not-inspected", ".")]


def test_an_odd_format_is_unknown() -> None:
    assert inspecting._format(Seen(facts={"a": {"format": ["text"]}}), "a") == "text"
    assert inspecting._format(Seen(facts={"a": {"format": ["\x1b"]}}), "a") == "unknown"
    assert inspecting._format(Seen(facts={"a": {"format": [["text"]]}}), "a") == "unknown"
    assert inspecting._format(Seen(), "a") == "unknown"


def test_facts_are_collected_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    facts: dict[str, dict[str, Sequence[Json]]] = {
        "b.py": {"code": [{"imports": [], "calls": []}]},
        "c": {"reference": ["x/y", "a/b", "x/y"], "requirement": ["torch==2"]},
    }
    tree = Tree({}, facts, "", {})
    found: list[Finding] = []
    whole = Answer([], {"licences": ["MIT", "a\nb", {"odd": 1}]})
    made = inspecting._facts(tree, whole, found)
    assert made["code"] == ("b.py",)
    assert made["references"] == ("a/b", "x/y")
    assert made["requirements"] == ("torch==2",)
    assert made["licences"] == ("MIT", "a?b", "{'odd': 1}")
    assert found == []
    monkeypatch.setattr(inspecting, "MAX_FACTS", 1)
    assert inspecting._facts(tree, Answer(), found)["references"] == ("a/b",)
    assert [item.check for item in found] == ["not-inspected"]


def test_the_heaviest_findings_are_kept() -> None:
    notes = [finding("licence-obligations", f"{number:05}", "x") for number in range(MAX_FINDINGS)]
    found = [
        *notes,
        finding("credential", "z", "x"),
        finding("python-code", "z", "x"),
        finding("python-code", "z", "x"),
    ]
    kept = inspecting._capped(found)
    assert len(kept) == MAX_FINDINGS
    assert list(kept) == sorted(kept)
    assert {"python-code", "credential", "not-inspected"} <= {item.check for item in kept}
    assert [item.message for item in kept if item.check == "not-inspected"] == ["3 findings more are not listed"]
    assert inspecting._capped(notes) == tuple(sorted(notes))
    assert not any(item.severity is Severity.UNEXAMINED for item in inspecting._capped(notes))
