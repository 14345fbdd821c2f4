"""An application that names another project as its catalogue, and governs nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.integration.test_consumer.world import FILES, code_of, contents, trust_text

from weighbridge.core.digest import of_bytes
from weighbridge.core.errors import ConfigError, DeniedError
from weighbridge.wiring import load, verified_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.test_consumer.world import Machine


@pytest.fixture
def application(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with nothing but a catalogue."""
    root = machine.home / "application"
    root.mkdir()
    trust = trust_text(machine.world.policy).encode("utf-8")
    (root / "trust.toml").write_bytes(trust)
    (root / "weighbridge.toml").write_text(
        'schema = "weighbridge.config/1"\nproject = "application"\n'
        f'[catalog]\nstore = "{machine.store}"\ntrust = "trust.toml"\ntrust_digest = "{of_bytes(trust)}"\n'
    )
    monkeypatch.chdir(root)
    monkeypatch.delenv("WEIGHBRIDGE_STORE")
    monkeypatch.delenv("WEIGHBRIDGE_TRUST")
    return root


def test_models_of_the_catalogue_load(application: Path, machine: Machine) -> None:
    folder = load("minilm")
    assert contents(folder) == FILES | {"config.json": b'{"hidden_size": 9}'}
    assert verified_folder(machine.world.pins["second"].digest) == (machine.world.pins["second"], folder)
    assert sorted(path.name for path in application.iterdir()) == ["trust.toml", "weighbridge.toml"]


def test_what_the_catalogue_does_not_approve_is_denied(application: Path, machine: Machine) -> None:
    assert application.is_dir()
    digest = machine.world.pins["first"].digest
    assert code_of(lambda: verified_folder(digest), DeniedError) == "superseded"


def test_another_trust_file_than_the_pinned_one_is_refused(application: Path, machine: Machine) -> None:
    (application / "trust.toml").write_text(trust_text(machine.world.policy) + "# another hand\n")
    assert code_of(lambda: load("minilm"), ConfigError) == "bad-trust"


def test_the_trust_file_of_the_machine_comes_first(
    application: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (application / "trust.toml").unlink()
    monkeypatch.setenv("WEIGHBRIDGE_TRUST", str(machine.trust))
    assert contents(load("minilm"))["config.json"] == b'{"hidden_size": 9}'


@pytest.mark.parametrize("digest", ["", "sha256:abc", "0" * 64])
def test_a_digest_must_be_one(application: Path, digest: str) -> None:
    text = (application / "weighbridge.toml").read_text()
    (application / "weighbridge.toml").write_text(text.partition("trust_digest")[0] + f'trust_digest = "{digest}"\n')
    assert code_of(lambda: load("minilm"), ConfigError) == "bad-type"
