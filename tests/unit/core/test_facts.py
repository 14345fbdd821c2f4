from __future__ import annotations

from tests.fakes.pins import entry, make_pin
from tests.fakes.statements import NOON
from tests.fakes.story import FIRST, inspection_of

from weighbridge.core.facts import facts
from weighbridge.core.finding import Finding, Severity


def test_the_document() -> None:
    found = Finding("credential", "config.json", Severity.WARN, "a key")
    seen = inspection_of(FIRST, found, facts={"code": ("a.py",), "publisher": ("sha256:ab",)})
    document = facts(FIRST, seen, NOON)
    config, weights = entry(), entry("model.safetensors", b"weights")
    assert document == {
        "schema": "weighbridge.facts/1",
        "project": "project",
        "name": "minilm",
        "digest": FIRST.digest,
        "source": "hf:org/minilm",
        "scheme": "hf",
        "owner": "org",
        "repository": "minilm",
        "follow": "main",
        "revision": "1" * 40,
        "size_bytes": 9,
        "files": [
            {"path": "config.json", "size_bytes": 2, "sha256": config.sha256, "format": "json"},
            {"path": "model.safetensors", "size_bytes": 7, "sha256": weights.sha256, "format": "json"},
        ],
        "omitted": ["pytorch_model.bin"],
        "metadata": {"gated": False, "licence": "apache-2.0", "tags": ["a", "b"]},
        "licences": ["Apache-2.0"],
        "code": ["a.py"],
        "references": [],
        "requirements": [],
        "publisher": ["sha256:ab"],
        "inspected": True,
        "inspected_at": "2026-11-23T12:00:00Z",
        "ruleset": "sha256:" + "7" * 64,
        "findings": [{"check": "credential", "path": "config.json", "severity": "warn", "message": "a key"}],
        "tools": [
            {"name": "picklescan", "version": "1.0", "status": "incomplete"},
            {"name": "weighbridge", "version": "1", "status": "complete"},
        ],
    }


def test_without_an_inspection_the_same_keys_are_empty() -> None:
    bare = facts(make_pin(source="file:weights"), None, None)
    assert bare.keys() == facts(FIRST, inspection_of(FIRST), NOON).keys()
    assert (bare["inspected"], bare["inspected_at"], bare["ruleset"], bare["findings"]) == (False, None, None, [])
    assert (bare["scheme"], bare["owner"], bare["repository"]) == ("file", "", "weights")
    assert isinstance(bare["files"], list)
    assert [file["format"] for file in bare["files"] if isinstance(file, dict)] == ["", ""]


def test_what_stands_behind_a_repository_for_torch_hub_is_no_owner() -> None:
    document = facts(make_pin(source="torchhub:good/net#tiny https://other/w.pth"), None, None)
    assert (document["scheme"], document["owner"], document["repository"]) == ("torchhub", "good", "net")
