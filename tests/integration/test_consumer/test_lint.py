"""Lint where models come from a store or a catalogue: the same word counts as when they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.integration.test_consumer.world import trust_text

from weighbridge.core.digest import of_bytes
from weighbridge.core.errors import ConfigError
from weighbridge.wiring.linting import Linting, run_lint

if TYPE_CHECKING:
    from tests.integration.test_consumer.world import Machine

LOAD = 'import weighbridge\nweighbridge.load("minilm")\n'


def verdicts() -> list[str]:
    return [str(each.linted.ruling) for each in run_lint(Linting()).report.told]


def test_a_store_s_models_are_governed(machine: Machine) -> None:
    Path("serve.py").write_text(LOAD)
    assert verdicts() == ["governed"]
    assert run_lint(Linting()).report.trust == of_bytes(machine.trust.read_bytes())
    machine.show("revoked")
    # Another pin of that name waits.
    assert verdicts() == ["unapproved"]


def test_a_catalogue_s_models_are_governed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = trust_text(machine.world.policy).encode("utf-8")
    Path("trust.toml").write_bytes(trust)
    Path("weighbridge.toml").write_text(
        'schema = "weighbridge.config/1"\nproject = "application"\n'
        f'[catalog]\nstore = "{machine.store}"\ntrust = "trust.toml"\ntrust_digest = "{of_bytes(trust)}"\n'
    )
    Path("serve.py").write_text(LOAD)
    monkeypatch.delenv("WEIGHBRIDGE_STORE")
    monkeypatch.delenv("WEIGHBRIDGE_TRUST")
    assert verdicts() == ["governed"]
    Path("trust.toml").write_bytes(trust + b"# another hand\n")
    with pytest.raises(ConfigError):
        verdicts()
    Path("serve.py").write_text("import os\n")
    assert verdicts() == [], "where no model is named, nobody is asked"
