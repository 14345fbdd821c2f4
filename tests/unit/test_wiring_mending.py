"""Mending from a run of lint: what is wished of each reference, and what comes of files that can't be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.core.lint_report import LintReport, Told
from weighbridge.core.linted import Linted, Ruling
from weighbridge.core.mending import NotMended, Wish
from weighbridge.core.mention import Mention, Spot
from weighbridge.trees.folder import WorkingTree
from weighbridge.wiring import mending
from weighbridge.wiring.linting import Linting, LintRun
from weighbridge.wiring.mending import run_mend

if TYPE_CHECKING:
    from pathlib import Path

SHA = "0123456789abcdef0123456789abcdef01234567"
MENTION = Mention(Spot("a.toml", 1, 10), "model-setting", "model", "hf", "org/m")
TEXT = 'model = "org/m"\n'


@pytest.mark.parametrize(
    ("linted", "by_name", "expected"),
    [
        (Linted(MENTION, Ruling.UNPINNED, "", "", "m", SHA), False, Wish(MENTION, "m", SHA)),
        (Linted(MENTION, Ruling.REMOTE_CODE, "", "", "m", SHA), False, Wish(MENTION, "m", SHA)),
        (Linted(MENTION, Ruling.UNPINNED, "", "", "m", SHA), True, Wish(MENTION, "m", SHA, by_name=True)),
        (Linted(MENTION, Ruling.UNPINNED, "", "", "m"), True, Wish(MENTION, "m", "", by_name=True)),
        (Linted(MENTION, Ruling.UNPINNED, "", "", "m"), False, "not exactly one revision of it may run"),
        (Linted(MENTION, Ruling.UNPINNED, ""), False, "its model is not governed here"),
        (Linted(MENTION, Ruling.REVOKED, "", "", "m", SHA), False, "it is revoked, which no revision mends"),
        (Linted(MENTION, Ruling.ALIAS, "", "name the snapshot"), True, "it is alias, which no revision mends"),
        (
            Linted(MENTION, Ruling.ALIAS, "", "models:/m@production", "m"),
            False,
            "it names a stage of MLflow: --by-name writes models:/m@production",
        ),
        (
            Linted(MENTION, Ruling.ALIAS, "", "models:/m@production", "m"),
            True,
            Wish(MENTION, "m", "@production", by_name=True),
        ),
    ],
)
def test_only_what_is_loose_is_wished_to_be_mended(linted: Linted, expected: Wish | str, *, by_name: bool) -> None:
    found = mending._wish(linted, by_name=by_name)
    assert found == (expected if isinstance(expected, Wish) else NotMended(MENTION, expected))


def _run(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[Linting]:
    """Lint that always tells of one unpinned reference; what it was asked."""
    asked: list[Linting] = []
    told = Told(Linted(MENTION, Ruling.UNPINNED, "", "", "m", SHA), "error")
    run = LintRun(LintReport((told,), (), 1, "local"), WorkingTree(root, in_git=False), lambda _: True)

    def lint(linting: Linting) -> LintRun:
        asked.append(linting)
        return run

    monkeypatch.setattr(mending, "run_lint", lint)
    return asked


def test_the_tree_is_read_again_after_it_was_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.toml").write_text(TEXT, encoding="utf-8")
    asked = _run(tmp_path.resolve(), monkeypatch)
    shown = run_mend(Linting(), by_name=False, write=False)
    assert (len(asked), shown.fails, shown.to_json()["changed"]) == (1, True, False)
    assert (tmp_path / "a.toml").read_text(encoding="utf-8") == TEXT
    done = run_mend(Linting(), by_name=False, write=True)
    assert (len(asked), done.to_json()["changed"]) == (3, True)
    assert (tmp_path / "a.toml").read_text(encoding="utf-8") == f'{TEXT}revision = "{SHA}"\n'


def test_a_file_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(tmp_path.resolve(), monkeypatch)
    done = run_mend(Linting(), by_name=False, write=True)
    assert [each.why for each in done.left] == ["its file changed while it was read"]


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.toml").write_text(TEXT, encoding="utf-8")
    _run(tmp_path.resolve(), monkeypatch)
    monkeypatch.setattr(WorkingTree, "write", lambda *_: "it changed meanwhile")
    done = run_mend(Linting(), by_name=False, write=True)
    assert (done.changes, done.fixed, [each.why for each in done.left]) == ((), (), ["it changed meanwhile"])
