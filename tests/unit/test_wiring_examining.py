from __future__ import annotations

import os
from pathlib import Path

import pytest

from weighbridge.core.errors import ConfigError
from weighbridge.wiring.examining import inspector, scanner_programs


def test_programs_by_name() -> None:
    text = os.pathsep.join(["purser=/opt/purser/bin/purser", "", "fickling=/opt/fickling"])
    assert scanner_programs(text) == {"purser": Path("/opt/purser/bin/purser"), "fickling": Path("/opt/fickling")}
    assert scanner_programs("") == {}


@pytest.mark.parametrize("text", ["purser", "purser=bin/purser", "other=/opt/other", "=/opt/x", "purser="])
def test_pairs_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        scanner_programs(text)
    assert raised.value.code == "bad-scanners"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plain = inspector().ruleset
    monkeypatch.setenv("WEIGHBRIDGE_VULNERABILITIES", str(tmp_path / "gone"))
    assert inspector().ruleset != plain
