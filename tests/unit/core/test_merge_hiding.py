"""What `.gitattributes`, `.gitignore` and `.dvcignore` of a merge do to what governs."""

from __future__ import annotations

import pytest
from tests.fakes.merges import BAD, codes, sides

from weighbridge.core.merge import Kind
from weighbridge.core.merge_hiding import MAX_LINE, hiding_findings

KEPT = {
    "weighbridge.toml": b"",
    "models/tiny/lock.json": b"",
    "models/tiny/evidence/pin-0123456789abcdef.json": b"",
    "models/tiny/0123456789ab.dvc": b"",
    "models/dvc.yaml": b"",
}
OURS = b"models/*/evidence/** -text\nmodels/*/lock.json eol=lf\n"
BYTES = ["models/tiny/0123456789ab/model.safetensors"]


def found(name: str, before: bytes | None, after: bytes | None) -> list[str]:
    base = {**KEPT, **({} if before is None else {name: before})}
    merge = {**KEPT, **({} if after is None else {name: after})}
    return codes(hiding_findings(sides(base, merge), BYTES))


@pytest.mark.parametrize(
    "line",
    [
        "* filter=lfs",
        "*.json -diff",
        "lock.json diff=other",
        "models/** merge=ours",
        "weighbridge.toml linguist-generated",
        "weighbridge.toml linguist-generated=true",
        "*.dvc export-ignore",
        "**/evidence/** text",
        "models/tiny/evidence/pin-0123456789abcdef.json filter=x",
        "models/new*/lock.json filter=x\nmodels/*/lock.json ident",
        "*.toml binary",
        "lock.json working-tree-encoding=UTF-16",
        "lock.json eol=crlf",
        "* !eol",
        "[attr]mine filter=x\n*.json mine",
        "*.json mine\n[attr]mine filter=x",
        '"lock.json" filter=x',
        '"l\\157ck.json" filter=x',
        "LOCK.json filter=x",
    ],
)
def test_attributes_that_hide_or_rewrite_are_refused(line: str) -> None:
    assert found(".gitattributes", OURS, OURS + line.encode()) == ["attributes-changed"]


@pytest.mark.parametrize(
    "line",
    [
        "*.png binary",
        "*.ipynb -diff linguist-generated",
        "*.py text eol=lf",
        "* whitespace=trailing-space",
        "lock.json diff\nlock.json !diff",
        "weighbridge.toml -linguist-generated",
        "weighbridge.toml text",
        "docs/ filter=x",
        "# lock.json filter=x",
        "\x0b",
        "[attr]mine filter=x",
        "",
    ],
)
def test_attributes_of_other_files_pass(line: str) -> None:
    assert found(".gitattributes", OURS, OURS + line.encode()) == []


def test_the_lines_that_init_writes_may_come_and_not_go() -> None:
    assert found(".gitattributes", None, OURS) == []
    assert found(".gitattributes", OURS, None) == ["attributes-changed"]
    assert found(".gitattributes", OURS, b"* text=auto\n" + OURS) == []
    assert found(".gitattributes", OURS, OURS + b"* text=auto\n") == ["attributes-changed"]
    assert found("models/.gitattributes", None, b"lock.json filter=x\n") == ["attributes-changed"]
    assert found("other/.gitattributes", None, b"lock.json filter=x\n") == []


@pytest.mark.parametrize(
    "line", ["models/", "lock.json", "evidence", "*.dvc", "*.toml", "/models/tiny/", "*", "a*/../\n*"]
)
def test_what_git_would_pass_over_is_refused(line: str) -> None:
    assert found(".gitignore", b"*.log\n", b"*.log\n" + line.encode()) == ["hidden"]


@pytest.mark.parametrize(
    "line", ["*.log", "/.weighbridge/", "build/", "models/tiny/0123456789ab", "*.json\n!*.json", "!x"]
)
def test_what_git_may_pass_over(line: str) -> None:
    assert found(".gitignore", b"*.tmp\n", b"*.tmp\n" + line.encode()) == []


@pytest.mark.parametrize("line", ["*.safetensors", "*.dvc", "dvc.yaml", "models/tiny/0123456789ab/", "models"])
def test_what_dvc_would_pass_over_is_refused(line: str) -> None:
    assert found(".dvcignore", None, line.encode()) == ["hidden"]


def test_what_dvc_may_pass_over() -> None:
    assert found(".dvcignore", None, b"*.json\n*.log\n") == []
    # What the base passes over already is no news.
    assert found(".dvcignore", b"*.dvc\n", b"*.dvc\n*.log\n") == []
    assert found(".dvcignore", b"*.dvc\n", b"*.dvc\n") == []


def test_a_link_in_place_of_rules_is_not_followed() -> None:
    both = sides(KEPT, {**KEPT, ".gitattributes": b"elsewhere"}, {".gitattributes": Kind.LINK})
    assert codes(hiding_findings(both, [])) == []


@pytest.mark.parametrize("data", [b"\xff\xfe", BAD, b"x" * (MAX_LINE + 1), b"*a*\n" * 2_000_000])
def test_what_can_not_be_read_or_compared_is_refused(data: bytes) -> None:
    assert found(".gitattributes", OURS, data) == ["unreadable-rules"]
