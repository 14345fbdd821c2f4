"""Mended references for people, and the diff that `git apply` takes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from weighbridge.core.mending import Mended, NotMended
from weighbridge.core.mention import Mention, Spot
from weighbridge.reports.lint_fixes import diff_lines, fix_lines

if TYPE_CHECKING:
    from pathlib import Path

ONE = Mention(Spot("a.py", 3), "x", "x", "hf", "org/m")
TWO = Mention(Spot("b.ipynb", 4, 1, 2), "x", "x", "hf", "org/n")


def test_lines_tell_what_was_done_and_how_much() -> None:
    lines = fix_lines(
        [Mended(ONE, "v", "written in")], [NotMended(TWO, "no")], lambda path: f"./{path}", is_written=True
    )
    assert lines == [
        "./a.py:3: fixed: hf:org/m: written in",
        "./b.ipynb:cell 2:4: not fixed: hf:org/n: no",
        "fixed 1 reference in 1 file",
    ]


def test_what_is_only_shown_is_told_as_such() -> None:
    done = [Mended(ONE, "v", "a"), Mended(ONE, "v", "b"), Mended(TWO, "v", "c")]
    assert fix_lines(done, [], str, is_written=False)[-1] == "would fix 3 references in 2 files"
    assert fix_lines([], [], str, is_written=False) == ["would fix 0 references in 0 files"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nx\nc\n"),
        (b"a\nb", b"a\nb\nc"),
        (b"a\nb\n", b"a\nb\nc"),
        (b"a", b"b\n"),
        (b"a\r\nb\r\n", b"a\r\nx\r\nb\r\n"),
        (b"\x0ca\x0b\nb\n", b"\x0ca\x0b\nc\n"),
        ("\u2028é\nb\n".encode(), "\u2028é\nc\n".encode()),
        (b"", b"a\n"),
        (b"a\n" * 50 + b"b\n" + b"a\n" * 50 + b"c", b"a\n" * 50 + b"x\n" + b"a\n" * 50 + b"d"),
    ],
)
def test_git_can_apply_the_diff(before: bytes, after: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(before)
    patch = "".join(f"{line}\n" for line in diff_lines("f", before, after))
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True)
    assert (tmp_path / "f").read_bytes() == after


def test_the_same_bytes_have_no_diff() -> None:
    assert list(diff_lines("f", b"a\n", b"a\n")) == []


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    assert list(diff_lines("f", b"\xff\n", b"\xfe\n"))[-2:] == ["-\udcff", "+\udcfe"]
