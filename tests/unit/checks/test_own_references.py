from __future__ import annotations

import json

import pytest
from tests.samples.look import look

from weighbridge.core.finding import Severity

FILES = {"config.json": json.dumps({"hf_tokenizer_name": "own/Model", "repo_or_path": "own/model"}).encode()}


def severities(source: str) -> dict[str, Severity]:
    found = look(FILES, source)
    return {item.message: item.severity for item in found if item.check == "foreign-reference"}


def test_the_model_s_own_repository_only_warns() -> None:
    found = severities("hf:own/model")
    assert set(found.values()) == {Severity.WARN}
    assert all("newest revision" in message for message in found)


@pytest.mark.parametrize("source", ["", "hf:own/model-2", "file:./own/model"])
def test_any_other_repository_denies(source: str) -> None:
    assert set(severities(source).values()) == {Severity.DENY}


def test_what_is_governed_only_warns() -> None:
    found = look(FILES, governed={"own/model"})
    foreign = [item for item in found if item.check == "foreign-reference"]
    assert {item.severity for item in foreign} == {Severity.WARN}
    assert all("pinned as a model of its own" in item.message for item in foreign)
    assert {item.severity for item in look(FILES, governed={"own/other"}) if item.check == "foreign-reference"} == {
        Severity.DENY
    }


def test_a_repository_without_an_owner_is_governed_too() -> None:
    files = {"adapter_config.json": json.dumps({"base_model_name_or_path": "gpt2"}).encode()}
    (foreign,) = [item for item in look(files, governed={"gpt2"}) if item.check == "foreign-reference"]
    assert foreign.severity is Severity.WARN
    (foreign,) = [item for item in look(files) if item.check == "foreign-reference"]
    assert foreign.severity is Severity.DENY
