"""Tests that never download: what loads is replaced."""

import pytest


@pytest.fixture
def loaded(monkeypatch):
    calls = []
    monkeypatch.setattr("transformers.AutoModel.from_pretrained", lambda name, **_: calls.append(name))
    return calls


def test_names(loaded):
    assert loaded == []
    assert "acme/none" not in loaded
