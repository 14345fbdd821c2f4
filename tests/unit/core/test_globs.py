"""Patterns of gitignore and gitattributes, beside Git itself."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from weighbridge.core.globs import Glob, leaves_out

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = (
    "*.json",
    "lock.json",
    "/lock.json",
    "models/*/lock.json",
    "models/**",
    "**/evidence",
    "models/**/pin-?.json",
    "models/tiny/evidence/",
    "evidence/",
    "mod*",
    "[m-n]odels",
    "[!a]odels",
    "[^m]odels",
    "models/tin\\y/lock.json",
    "\\#x",
    "a\\ ",
    "**",
    "*/tiny",
    "/models/",
    "[]-]x",
    "x[a-]",
    "*a*b*c",
)
PATHS = (
    "lock.json",
    "models/tiny/lock.json",
    "models/tiny/evidence/pin-1.json",
    "models/deep/er/evidence/pin-22.json",
    "serve.py",
    "#x",
    "a ",
    "]x",
    "-x",
    "xa",
    "x-",
    "aXbXc",
    "sub/models/x",
)


def is_matched(pattern: str, path: str) -> bool:
    """Whether a path or a folder above it is matched, as Git reads `.gitignore`."""
    glob, parts = Glob.parse(pattern, ""), path.lower().split("/")
    assert glob is not None
    return any(glob.matches(parts[:length], is_folder=length < len(parts)) for length in range(1, len(parts) + 1))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_matches_what_git_says(pattern: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text(pattern + "\n", encoding="utf-8")
    asked = "\0".join(PATHS) + "\0"
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=tmp_path,
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [path for path in PATHS if is_matched(pattern, path)] == [item for item in done.stdout.split("\0") if item]


def test_a_pattern_counts_from_its_own_folder() -> None:
    glob = Glob.parse("/x.json", "a/[b]/")
    assert glob is not None
    assert glob.matches(["a", "[b]", "x.json"])
    assert not glob.matches(["a", "b", "x.json"])
    assert not glob.matches(["x.json"])
    deep = Glob.parse("x.json", "a/")
    assert deep is not None
    assert deep.matches(["a", "b", "c", "x.json"])


def test_what_is_no_pattern() -> None:
    assert Glob.parse("", "") is None
    assert Glob.parse("   ", "") is None
    assert Glob.parse("# x", "") is None
    assert Glob.parse("!x", "") == Glob(("**", "x"), negated=True)
    assert Glob.parse("!", "") is not None


@pytest.mark.parametrize("pattern", ["[[:alpha:]]x", "[ab", "[\\]]x", "a["])
def test_a_class_that_is_not_plain_matches_anything(pattern: str) -> None:
    glob = Glob.parse(pattern, "")
    assert glob is not None
    assert glob.matches(["zx"]) or glob.matches(["z"]) or glob.matches(["az"])


def test_stars_take_bounded_time() -> None:
    glob = Glob.parse("*a" * 200 + "b", "")
    assert glob is not None
    began = time.perf_counter()
    assert not glob.matches(["a" * 250])
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ((), "a/b.py", False),
        (("tests/**",), "tests/a/b.py", True),
        (("tests/",), "src/tests/b.py", True),
        (("/tests",), "src/tests/b.py", False),
        (("*.ipynb",), "a/b.ipynb", True),
        (("*.ipynb", "!b.ipynb"), "a/b.ipynb", False),
        (("# tests", ""), "tests/b.py", False),
        (("b.py",), "a/b.pyc", False),
    ],
)
def test_patterns_leave_files_out(patterns: tuple[str, ...], path: str, *, expected: bool) -> None:
    assert leaves_out(patterns, path) is expected
