from __future__ import annotations

import pytest

from weighbridge.core.finding import Finding, Severity


@pytest.mark.parametrize(
    ("severity", "passes"),
    [(Severity.NOTE, True), (Severity.WARN, True), (Severity.DENY, False), (Severity.UNEXAMINED, False)],
)
def test_what_could_not_be_looked_at_does_not_pass(severity: Severity, passes: bool) -> None:  # noqa: FBT001 - a row
    assert Finding("pickle-calls", "model.bin", severity, "calls os.system").passes is passes


def test_every_severity_is_in_the_table_above() -> None:
    assert list(Severity) == ["note", "warn", "deny", "unexamined"]


def test_the_published_json() -> None:
    finding = Finding("pickle-calls", "model.bin", Severity.DENY, "calls os.system")
    assert finding.to_json() == {
        "check": "pickle-calls",
        "severity": "deny",
        "path": "model.bin",
        "message": "calls os.system",
        "url": finding.url,
    }
    assert finding.url.endswith("/docs/checks#pickle-calls")


def test_findings_sort_by_check_and_path() -> None:
    first = Finding("a", "b", Severity.WARN, "")
    second = Finding("a", "c", Severity.DENY, "")
    assert sorted([Finding("b", "a", Severity.NOTE, ""), second, first])[:2] == [first, second]
