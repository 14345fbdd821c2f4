from __future__ import annotations

import shlex
import unicodedata
from fnmatch import fnmatchcase

import pytest

from weighbridge.core import paths
from weighbridge.core.errors import IntegrityError

GOOD = [
    "config.json",
    "onnx/model.onnx",
    "1_Pooling/config.json",
    ".gitattributes",
    ".gitignore",
    ".hidden/.file",
    "a b/c d.txt",
    "...a",
    "a..b",
    "-rf",
    "~user",
    "model-00001-of-00002.safetensors",
    "模型/重み.bin",
    "emoji-👩\u200d💻.txt",
    unicodedata.normalize("NFC", "café"),
    "console",
    "com",
    "com10",
    "lpt",
    "nul1",
    "auxiliary.py",
    "dvc",
    "x.dvc",
    "a" * 255,
    "é" * 127,
    "/".join(["b" * 255] * 10),
]
# Each row: the path and a part of the fault.
BAD = [
    ("", "is empty"),
    ("/etc/passwd", "segment ''"),
    ("a//b", "segment ''"),
    ("a/", "segment ''"),
    (".", "segment '.'"),
    ("./a", "segment '.'"),
    ("a/./b", "segment '.'"),
    ("..", "segment '..'"),
    ("../a", "segment '..'"),
    ("a/../../b", "segment '..'"),
    ("a\\b", r"contains '\\'"),
    ("..\\a", r"contains '\\'"),
    ("C:/a", "contains ':'"),
    ("a:stream", "contains ':'"),
    (".git::$INDEX_ALLOCATION", "contains ':'"),
    ("a\0b", "control"),
    ("a\nb", "control"),
    ("a\tb", "control"),
    ("a\x7fb", "control"),
    ("a\x85b", "control"),
    ("a\u2028b", "control"),
    ("a\u2029b", "control"),
    ("a\ud800b", "control"),
    ("a\udc80", "control"),
    ("a\u202eb.txt", "bidirectional"),
    ("a\u2066b", "bidirectional"),
    ("\u200fa", "bidirectional"),
    ("a\u061cb", "bidirectional"),
    (unicodedata.normalize("NFD", "café"), "normalisation form C"),
    ("\u212aelvin", "normalisation form C"),
    ("a.", "ends in a dot or a space"),
    ("a ", "ends in a dot or a space"),
    ("a./b", "ends in a dot or a space"),
    ("a /b", "ends in a dot or a space"),
    ("...", "ends in a dot or a space"),
    ("con", "Windows device"),
    ("CON", "Windows device"),
    ("a/Aux.txt", "Windows device"),
    ("nul.tar.gz", "Windows device"),
    ("prn .txt", "Windows device"),
    ("com1", "Windows device"),
    ("COM0.bin", "Windows device"),
    ("com¹", "Windows device"),
    ("lpt9/x", "Windows device"),
    ("conin$", "Windows device"),
    ("CONOUT$.x", "Windows device"),
    (".git", "named or below .git"),
    (".git/hooks/post-checkout", "named or below .git"),
    ("a/.GIT/config", "named or below .git"),
    (".g\u200cit/config", "named or below .git"),
    (".gi\ufefft", "named or below .git"),
    ("GIT~1/config", "named or below git~1"),
    (".hg/hgrc", "named or below .hg"),
    (".dvc/config", "named or below .dvc"),
    ("a/.DVC/config", "named or below .dvc"),
    (".dvcignore", "named or below .dvcignore"),
    ("a" * 256, "over 255 bytes"),
    ("a/" + "é" * 128, "over 255 bytes"),
]
CLASHES = [
    (["a", "A"], "'A'", "collides with 'a'"),
    (["straße", "STRASSE"], "'STRASSE'", "collides with 'straße'"),
    (["ß/x", "ss/x"], "'ss/x'", "collides with 'ß/x'"),
    (["\u017f", "s"], "'s'", "collides with"),
    (["Σ", "ς"], "'ς'", "collides with 'Σ'"),
    (["ﬀ", "ff"], "'ff'", "collides with 'ﬀ'"),
    (["a/b", "A/c"], "'A/c'", "folder that collides with 'a'"),
    (["x/a/b", "x/A/c"], "'x/A/c'", "folder that collides with 'x/a'"),
    (["a", "a/b"], "'a/b'", "needs 'a' to be a folder"),
    (["a/b", "a"], "'a/b'", "needs 'a' to be a folder"),
    (["A", "a/b/c"], "'a/b/c'", "needs 'A' to be a folder"),
    (["a", "a"], "'a'", "collides with 'a'"),
]


def refused(*listed: str) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught:
        paths.check(listed)
    assert caught.value.code == "bad-path"
    return caught.value


@pytest.mark.parametrize("path", GOOD)
def test_what_may_be_governed(path: str) -> None:
    assert paths.fault(path) is None
    paths.check([path])


@pytest.mark.parametrize("listed", [GOOD, [], ["a/b/c", "a/b/d", "a/e", "f", "ab"]])
def test_good_paths_may_stand_together(listed: list[str]) -> None:
    paths.check(listed)
    assert refused(*listed, "..").details == {"paths": {"..": paths.fault("..")}}


@pytest.mark.parametrize(("path", "part"), BAD)
def test_what_may_not(path: str, part: str) -> None:
    assert part in str(paths.fault(path))
    assert refused("good", path).details == {"paths": {path: paths.fault(path)}}


@pytest.mark.parametrize(("listed", "offender", "part"), CLASHES)
def test_names_that_some_system_takes_for_one(listed: list[str], offender: str, part: str) -> None:
    error = refused(*listed)
    assert offender in error.message
    assert part in error.message


def test_every_offender_is_named_with_the_exclude_that_would_do() -> None:
    error = refused("good", "a:b", "x/A", "x/a", "[z]*?:")
    assert set(error.details["paths"]) == {"a:b", "x/a", "[z]*?:"}  # type: ignore[call-overload] # values for machines are objects
    assert "3 path(s)" in error.message
    assert error.hint.endswith("--exclude '[[]z][*][?]:' --exclude a:b --exclude x/a")


def test_a_hostile_path_can_not_write_on_the_terminal() -> None:
    error = refused("\x1b[2J\u202egnp.exe")
    assert error.message.isprintable()
    assert error.hint.isprintable()


def test_the_hint_may_be_pasted_into_a_shell() -> None:
    hostile = "it's $(touch owned) `id` \\"
    words = shlex.split(refused(hostile).hint.partition(": ")[2])
    assert words == ["--exclude", hostile]


@pytest.mark.parametrize("path", [path for path, _ in BAD if path])
def test_the_pattern_of_a_path_matches_it(path: str) -> None:
    assert fnmatchcase(path, paths.glob_literal(path))
    assert paths.glob_literal(path).isprintable()


def test_what_dvcignore_would_drop_is_refused() -> None:
    with pytest.raises(IntegrityError) as caught:
        paths.check(["a.tmp", "b:", "c"], ignored=lambda path: not path.startswith("c"))
    assert caught.value.details["paths"] == {"a.tmp": "is dropped by .dvcignore", "b:": "contains ':'"}
    paths.check(["c"], ignored=lambda path: path == "d")
