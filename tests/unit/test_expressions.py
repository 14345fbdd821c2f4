from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.statements import NOON
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core.errors import ConfigError
from weighbridge.core.facts import facts
from weighbridge.core.finding import Finding, Severity
from weighbridge.expressions import MAX_STEPS, evaluate, fault

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json

SECRET = Finding("credential", "config.json", Severity.WARN, "a key")
FACTS = facts(FIRST, inspection_of(FIRST, SECRET), NOON)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("size_bytes < 100", True),
        ("owner == 'org' && repository.startsWith('mini')", True),
        ("files.all(f, f.format in ['json', 'safetensors'])", True),
        ("files.exists(f, f.path.endsWith('.bin'))", False),
        ("findings.filter(f, f.severity == 'warn').size() == 0", False),
        ("tools.exists(t, t.name == 'weighbridge' && t.status == 'complete')", True),
        ("has(metadata.tags) && 'a' in metadata.tags", True),
        ("inspected_at != null && timestamp(inspected_at) > timestamp('2026-01-01T00:00:00Z')", True),
        ("licences.all(l, l == 'Apache-2.0')", True),
        ("name.matches('^mini')", True),
    ],
)
def test_what_expressions_ask(expression: str, holds: bool) -> None:  # noqa: FBT001 - a row of the table
    assert evaluate(expression, FACTS) is holds


@pytest.mark.parametrize(
    "expression",
    [
        "1 +",
        "",
        "size_bytes",
        "'yes'",
        "null",
        "no_such_name",
        "metadata.no_such_key == 1",
        "no_such_function(name)",
        "size_bytes == 'a' + 1",
        "1 / 0 == 1",
        "9223372036854775807 + 1 > 0",
        "files[99].path == 'a'",
        "'\ud800' == name",
        "(" * 2000 + "true" + ")" * 2000,
        "[" * 2000 + "]" * 2000,
        "(" * 4096,
        "true || " * 600 + "true",
        "open('/etc/passwd') == ''",
        "__import__('os') == 1",
    ],
)
def test_what_can_not_be_answered_is_an_error_and_never_a_yes(expression: str) -> None:
    with pytest.raises(ConfigError) as caught:
        evaluate(expression, FACTS)
    assert caught.value.code == "bad-expression"
    assert caught.value.hint


def test_a_document_that_the_engine_can_not_hold_is_an_error() -> None:
    with pytest.raises(ConfigError):
        evaluate("name == 'a'", {"name": "\ud800"})


def _many(count: int) -> dict[str, Json]:
    return {"files": [{"path": "a"} for _ in range(count)], "name": "m"}


def test_loops_in_loops_are_bounded_by_what_they_run_over() -> None:
    once = "files.all(f, f.path == 'a')"
    twice = "files.all(f, files.exists(g, g.path == f.path))"
    beside = f"{once} && {once} && files.map(f, f.path).size() > 0"
    many = _many(3000)
    assert MAX_STEPS < 3000**2
    assert evaluate(once, many)
    assert evaluate(beside, many)
    assert evaluate(twice, _many(100))
    with pytest.raises(ConfigError, match="too many loops"):
        evaluate(twice, many)
    assert evaluate(f"name != '.all(.all(.all(' && {once}", many)
    assert not evaluate("name == \"a)\" && files . all(f, (f.path == 'a'))", many)


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("size_bytes < 100", False),
        ("metadata.downloads > 5", False),
        ("files[7].path == ''", False),
        ("1 +", True),
        ("sise_bytes < 100", True),
        ("no_such_function(name)", True),
        ("size_bytes", False),
    ],
)
def test_what_is_wrong_whatever_a_model_is_like(expression: str, wrong: bool) -> None:  # noqa: FBT001 - a row of the table
    assert bool(fault(expression, FACTS)) is wrong
