"""Files within files, as ConfigMaps hold them."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing

from weighbridge.references import yaml_files

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n"
FILES = {
    "YAML": ("  app.yaml: |\n    llm:\n      model: gpt-4o\n", [(7, "api:openai/gpt-4o")]),
    "JSON": ('  app.json: |\n    {\n      "model_id": "org/a"\n    }\n', [(7, "hf:org/a")]),
    "TOML": ('  app.toml: |\n    # models\n    model_id = "org/a"\n', [(7, "hf:org/a")]),
    "a program": (
        "  app.py: |\n    from transformers import AutoModel\n    AutoModel.from_pretrained('org/a')\n",
        [(7, "hf:org/a")],
    ),
    "an environment": ("  app.env: |\n    # x\n    MODEL_ID=org/a\n", [(7, "hf:org/a")]),
    "a text": ("  notes.txt: |\n    model_id: org/a\n    model: gpt-4o\n", []),
    "a broken file": ('  app.json: |\n    {"model_id": "org/a",\n    \n', []),
    "a file in a file in a file": (
        "  app.yaml: |\n    in.yaml: |\n      inner.yaml: |\n        model_id: org/a\n        x: y\n",
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES.keys())
def test_each_is_read_in_its_own_language(text: str, expected: list[tuple[int, str]]) -> None:
    found = yaml_files.extract("chart/config.yaml", (HEAD + text).encode(), nothing).mentions
    assert list(zip([each.spot.line for each in found], models(found), strict=True)) == expected
    assert {each.spot.path for each in found} <= {"chart/config.yaml"}
    assert [each.insertion for each in found] == [None] * len(expected)


@pytest.mark.parametrize("key", ["serveConfigV2", "valuesContent", "values"])
def test_a_key_that_is_known_to_hold_a_file(key: str) -> None:
    text = f"spec:\n  {key}: |\n    llm:\n      model_source: org/a\n"
    found = yaml_files.extract("a.yaml", text.encode(), nothing).mentions
    assert [(each.spot.line, each.model) for each in found] == [(4, "org/a")]


def test_what_a_chart_lets_ollama_fetch() -> None:
    text = "ollama:\n  models:\n    pull:\n      - llama3.2:1b\n    run: [mistral]\n    clean: true\n"
    found = yaml_files.extract("values.yaml", text.encode(), nothing).mentions
    assert models(found) == ["ollama:llama3.2@1b", "ollama:mistral"]
