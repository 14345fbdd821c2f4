"""JSON, TOML, ``.env`` and INI: keys, values and their places."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing

from weighbridge.core.mention import Spot
from weighbridge.references import json_nodes
from weighbridge.references.keyed import extract
from weighbridge.references.settings import normal

SETTINGS = [
    ("MODEL_ID", "org/m", "hf:org/m"),
    ("model", "org/m", "hf:org/m"),
    ("modelId", "org/m", "hf:org/m"),
    ("HF_MODEL_ID", "gpt2", "hf:gpt2"),
    ("model_name_or_path", "bert-base-uncased", "hf:bert-base-uncased"),
    ("embedding-model", "all-MiniLM-L6-v2", "hf:sentence-transformers/all-MiniLM-L6-v2"),
    ("RAG_EMBEDDING_MODEL_NAME", "org/m", "hf:org/m"),
    ("base_model", "org/m", "hf:org/m"),
    ("repo_id", "org/m", "hf:org/m"),
    ("tokenizer", "org/m", "hf:org/m"),
    ("model", "huggingface/org/m", "hf:org/m"),
    ("model", "models:/m/1", "mlflow:m@1"),
    ("uri", "models:/m@prod", "mlflow:m@@prod"),
    ("anything", "hf://org/m@v1/file.bin", "hf:org/m@v1"),
    ("model_url", "https://huggingface.co/org/m/resolve/v1/m.bin", "hf:org/m@v1"),
    ("model_url", "https://a.example/m.onnx", "https:https://a.example/m.onnx"),
    ("model_uri", "s3://b/m", "s3://b/m"),
    ("OPENAI_MODEL", "gpt-4o", "api:openai/gpt-4o"),
    ("openai_model", "my-own-name", "api:openai/my-own-name"),
    ("openai_model", "org/m", "hf:org/m"),
    ("ANTHROPIC_MODEL", "claude-opus-4-20250514", "api:anthropic/claude-opus-4-20250514"),
    (
        "bedrock_model_id",
        "us.anthropic.claude-3-haiku-20240307-v1:0",
        "api:bedrock/us.anthropic.claude-3-haiku-20240307-v1:0",
    ),
    ("AZURE_OPENAI_DEPLOYMENT_NAME", "chat", "api:azure/chat"),
    ("OPENAI_DEPLOYMENT_NAME", "chat", "api:azure/chat"),
    ("model", "gpt-4o-mini", "api:openai/gpt-4o-mini"),
    ("model", "o3-mini", "api:openai/o3-mini"),
    ("llm", "claude-3-5-sonnet-latest", "api:anthropic/claude-3-5-sonnet-latest"),
    ("model", "openai/gpt-4o", "api:openai/gpt-4o"),
    ("model", "groq/llama3-8b", "api:groq/llama3-8b"),
    ("model", "openai/gpt-oss-20b", "hf:openai/gpt-oss-20b"),
    ("model", "google/gemma-2b", "hf:google/gemma-2b"),
    ("model", "google/gemini-1.5-pro", "api:google/gemini-1.5-pro"),
    ("model", "mistralai/Mistral-7B-v0.1", "hf:mistralai/Mistral-7B-v0.1"),
    ("model", "bedrock/amazon.titan-text-v1:0", "api:bedrock/amazon.titan-text-v1:0"),
    ("model", "ollama/phi3:mini", "ollama:phi3@mini"),
    ("OLLAMA_MODEL", "phi3", "ollama:phi3"),
]
NO_SETTINGS = [
    ("name", "org/m"),
    ("dataset", "org/m"),
    ("dataset_model", "org/m"),
    ("_name_or_path", "org/m"),
    ("hub_model_id", "org/m"),
    ("output_model", "org/m"),
    ("served_model_name", "org/m"),
    ("model_type", "org/m"),
    ("model_dir", "org/m"),
    ("car_model", "ford/focus"),
    ("model", "resnet50"),
    ("model", "gpt2"),
    ("model", "./m"),
    ("model", "models/m"),
    ("model", "a/b/c"),
    ("model", "org/m.onnx"),
    ("model", "org/m.yaml"),
    ("model", "text/plain"),
    ("model", "<your-model>"),
    ("model", "org /m"),
    ("model", ""),
    ("model", "https://huggingface.co/org/m"),
    ("model", "https://a.example/page"),
    ("model", "x" * 3000),
    ("x" * 200, "org/m"),
    ("OPENAI_API_BASE", "https://api.openai.com/v1"),
    ("OPENAI_MODEL", "https://api.openai.com/v1"),
    ("OPENAI_MODEL", "two words"),
    ("anything", "hf://datasets/org/d"),
    ("model_uri", "pvc://claim/m"),
    ("model_uri", "models:/m-0a1b"),
]


def _env(key: str, value: str) -> list[str]:
    return models(extract(".env", f"# model\n{key}={value}\n".encode(), nothing).mentions)


@pytest.mark.parametrize(("key", "value", "expected"), SETTINGS)
def test_settings_are_found(key: str, value: str, expected: str) -> None:
    assert _env(key, value) == [expected]


@pytest.mark.parametrize(("key", "value"), NO_SETTINGS)
def test_what_is_no_model_is_not_found(key: str, value: str) -> None:
    assert _env(key, value) == []


WHEEL = "https://github.com/explosion/spacy-models/releases/download/e/e.whl"
FILES = [
    ("a.json", '{"model": "org/m"}', ["hf:org/m"]),
    ("a.json", '{"model": "org/m", "revision": "v1"}', ["hf:org/m@v1"]),
    ("a.json", '{"model": "org/m", "embedding_model": "org/e", "revision": "v1"}', ["hf:org/m@v1", "hf:org/e"]),
    (
        "a.json",
        '{"embedding_model": "org/e", "embedding_model_revision": "v1", "model": "org/m"}',
        ["hf:org/e@v1", "hf:org/m"],
    ),
    ("a.json", '{"embedding_model": "org/e", "revision": "v1"}', ["hf:org/e@v1"]),
    ("a.json", '{"repo_id": "org/m", "repo_type": "dataset"}', []),
    ("a.json", '{"model": {"name": "org/m", "revision": "v1"}}', ["hf:org/m@v1"]),
    ("a.json", '{"base_model": {"id": "org/m", "name": "org/called"}}', ["hf:org/m"]),
    ("a.json", '{"models": [{"repository": "org/m"}, {"name": "org/n"}]}', ["hf:org/m", "hf:org/n"]),
    ("a.json", '{"tokenizer": {"uri": "hf://org/m:v1", "name": "org/m"}}', ["hf:org/m@v1"]),
    ("a.json", '{"model": {"name": "org/m", "path": "./m"}}', []),
    ("a.json", '{"served_model": {"name": "org/m"}, "user": {"name": "org/n"}}', []),
    ("a.json", '{"model": {"name": "claude-3-5-sonnet-20241022"}}', ["api:anthropic/claude-3-5-sonnet-20241022"]),
    ("a.toml", '[model]\nname = "org/m"', ["hf:org/m"]),
    ("a.json", '// x\n{"model": "org\\/m", /* y */ "n": [1, -2.5e3, true, null,],}', ["hf:org/m"]),
    ("a.json", '{"a": {"b": [{"model": "org/m"}]}}', ["hf:org/m"]),
    ("a.json", '{"containers": [{"image": "vllm/vllm-openai", "args": ["org/m"]}]}', ["hf:org/m"]),
    ("a.json", '{"scripts": {"run": "hf download org/m"}}', []),
    ("a.json", '{"model": 1, "models": {}, "llm": null}', []),
    ("package.json", '{"model": "org/m"}', []),
    ("x.index.json", '{"model": "org/m"}', []),
    ("a.toml", 'model = "org/m"', ["hf:org/m"]),
    ("a.toml", "[x]\nmodel = 'org/m'\nrevision = 'v1'", ["hf:org/m@v1"]),
    ("a.toml", '[[x]]\nmodels = ["org/a", "org/b"]', ["hf:org/a", "hf:org/b"]),
    ("a.toml", 'x.y.model = "org/m"\nn = 1\nt = 2020-01-01\nb = true', ["hf:org/m"]),
    (
        "a.toml",
        f'deps = ["en @ {WHEEL} ; python_version"]\nmodel=""',
        [f"https:{WHEEL}"],
    ),
    ("poetry.lock", 'model = "org/m"', []),
    (
        "requirements.txt",
        f"# model\ntorch\n#m @ {WHEEL}\n{WHEEL} # x",
        [f"https:{WHEEL}"],
    ),
    ("devcontainer.json", '{"postCreateCommand": "hf download org/m"}', ["hf:org/m"]),
    (".env", "export MODEL_ID='org/m' # x\nREVISION=v1", ["hf:org/m@v1"]),
    (".env", "MODEL_ID\n=org/m\n#MODEL_ID=org/m", []),
    (".env", "MODEL_ID=${X:-org/m}", ["hf:org/m"]),
    (".env", "MODEL_ID=$X", []),
    ("a.ini", "[a]\nmodel = org/m ; x\nrevision: v1\n[b]\nmodel: org/n", ["hf:org/m@v1", "hf:org/n"]),
    ("a.cfg", "; model = org/m\n# model = org/m\nmodel\n[x", []),
]


@pytest.mark.parametrize(("path", "text", "expected"), FILES)
def test_models_are_found(path: str, text: str, expected: list[str]) -> None:
    assert models(extract(path, text.encode(), nothing).mentions) == expected


@pytest.mark.parametrize(
    ("path", "text", "line", "column"),
    [
        ("a.json", '{\n  "é": 1, "model": "org/m"}', 2, 21),
        ("a.toml", '# model = "org/m"\nx = "org/m"\n model = "org/m"', 3, 11),
        ("a.toml", 'model = """\\\n  org/m"""', 2, 3),
        ("a.toml", 'model = "org\\u002Fm"', 1, 1),
        (".env", "A=b\nexport MODEL_ID = 'org/m'", 2, 20),
        ("a.ini", "[x]\nmodel : org/m", 2, 9),
    ],
)
def test_places_are_those_of_the_value(path: str, text: str, line: int, column: int) -> None:
    (mention,) = extract(path, text.encode(), nothing).mentions
    assert mention.spot == Spot(path, line, column)


def test_the_same_twice_has_two_places() -> None:
    text = '[a]\nmodel = "org/m"\n[b]\nmodel = "org/m"\n'
    assert [each.spot.line for each in extract("a.toml", text.encode(), nothing).mentions] == [2, 4]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"model": '),
        ("a.json", '{"model": "org/m"} x'),
        ("a.json", '{"model": "\\q"}'),
        ("a.json", '{"model": "org/m'),
        ("a.json", '{model: "org/m"}'),
        ("a.json", '{"model" "org/m"}'),
        ("a.json", '{"model":' * 500),
        ("a.toml", "model = "),
        ("a.toml", "model = " + "[" * 5_000),
        ("a.toml", "model = 1\n" + "a." * 5_000 + "b = 1"),
        ("a.json", "model" * (1 << 20)),
    ],
)
def test_what_is_not_read_is_told(path: str, text: str) -> None:
    found = extract(path, text.encode(), nothing)
    assert found.unreadable
    assert found.mentions == ()


def test_deep_tables_end() -> None:
    extract("a.toml", ("a." * 900 + "model = 'org/m'").encode(), nothing)


def test_json_without_end_is_none() -> None:
    assert json_nodes.parse("/* x") is None
    assert json_nodes.parse("1 // x") is not None


@pytest.mark.parametrize(("key", "expected"), [("modelID", "model_id"), ("HF-Model.id", "hf_model_id"), ("__a", "a")])
def test_keys_have_one_spelling(key: str, expected: str) -> None:
    assert normal(key) == expected


def test_big_json_without_such_keys_is_read_fast() -> None:
    text = '{"documentation": "the model", "rows": [' + ",".join(['{"name": "a", "shape": {"x": 1}}'] * 20_000) + "]}"
    assert extract("a.json", text.encode(), nothing).mentions == ()
