"""What a merge does to weighbridge.toml beside rules and people: every field, in both directions."""

from __future__ import annotations

from dataclasses import fields

import pytest
from tests.fakes.merges import codes

from weighbridge.config import Catalog, ModelIntent, Settings, read_settings
from weighbridge.config.merging import SETTINGS, settings_findings

HEAD = 'schema = "weighbridge.config/1"\nproject = "demo"\n'
MODEL = '[models.tiny]\nsource = "hf:org/tiny"\nfollow = "main"\n'
CATALOG = f'[catalog]\nstore = "s3://a/b"\ntrust = "trust.toml"\ntrust_digest = "sha256:{"0" * 64}"\n'


def found(before: str, after: str) -> list[str]:
    return codes(settings_findings(read_settings(HEAD + before), read_settings(HEAD + after), "weighbridge.toml"))


def test_every_field_is_judged() -> None:
    """A new setting fails here until somebody says what a merge may do to it."""
    assert {item.name for item in fields(Settings)} == SETTINGS.keys()
    assert {item.name for item in fields(ModelIntent)} == {"ref", "selection", "remote"}
    assert {item.name for item in fields(Catalog)} == {"store", "trust", "digest"}


@pytest.mark.parametrize(
    ("before", "after", "there", "back"),
    [
        ("", MODEL, ["model-added?"], ["model-removed?"]),
        (MODEL, MODEL.replace("tiny", "tinny").replace("models.tinny", "models.tiny"), *[["source-changed"]] * 2),
        (MODEL, MODEL.replace("main", "dev"), *[["source-changed"]] * 2),
        (MODEL, MODEL + 'remote = "nas"\n', *[["remote-changed"]] * 2),
        (MODEL, MODEL + 'include = ["*.json"]\n', *[["selection-changed?"]] * 2),
        ("", 'models_folder = "m"\n', *[["models-moved"]] * 2),
        ("", 'mlflow_uri = "https://evil.example"\n', *[["registry-changed"]] * 2),
        ("", "legacy_stages = true\n", *[["config-changed?"]] * 2),
        ("", CATALOG, *[["catalog-changed"]] * 2),
        (CATALOG, CATALOG.replace("0" * 64, "1" * 64), *[["catalog-changed"]] * 2),
        (CATALOG, CATALOG.replace("s3://a", "s3://evil"), *[["catalog-changed"]] * 2),
        ("", '[sources]\nown = "pack.mod:Source"\n', ["plugin-changed"], ["plugin-removed?"]),
        ('[sources]\nown = "a:B"\n', '[sources]\nown = "a:C"\n', *[["plugin-changed"]] * 2),
        ('[sources]\nown = "a:B"\n', '[sources]\nown = "a:B"\nx = "a:C"\n', ["plugin-changed"], ["plugin-removed?"]),
        ("", '[dvc.remotes]\nhf = "nas"\n', *[["remote-changed"]] * 2),
        ("", '[lint]\nexclude = ["tests/"]\n', ["lint-loosened"], ["config-changed?"]),
        ('[lint]\nexclude = ["a"]\n', '[lint]\nexclude = ["a", "b"]\n', ["lint-loosened"], ["config-changed?"]),
        ('[lint]\nexclude = ["a", "!b"]\n', '[lint]\nexclude = ["!b", "a"]\n', *[["lint-loosened"]] * 2),
        ('[lint]\nexclude = ["a", "!b"]\n', '[lint]\nexclude = ["a"]\n', *[["lint-loosened"]] * 2),
        ("", '[policy]\ninspection = "off"\n', ["policy-changed?", "policy-loosened"], ["policy-changed?"]),
        (MODEL, MODEL + "# a comment\n", [], []),
    ],
)
def test_a_change_and_the_way_back(before: str, after: str, there: list[str], back: list[str]) -> None:
    assert found(before, after) == there
    assert found(after, before) == back


def test_a_finding_names_the_key() -> None:
    before, after = read_settings(HEAD + MODEL), read_settings(HEAD + MODEL.replace("main", "dev"))
    (finding,) = settings_findings(before, after, "weighbridge.toml")
    assert finding.path == "weighbridge.toml:models.tiny"
    assert "followed hf:org/tiny@main and follows hf:org/tiny@dev" in finding.message
