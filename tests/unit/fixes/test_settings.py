"""Revisions as keys beside the models', in every language of settings, and within texts that name a model."""

from __future__ import annotations

import pytest
from tests.unit.fixes.mending import DIGEST, SHA, after, done, whys

from weighbridge.fixes.settings import revision_key

KEYS = [
    ("model", "revision"),
    ("MODEL", "REVISION"),
    ("MODEL_ID", "REVISION"),
    ("modelId", "revision"),
    ("ModelId", "Revision"),
    ("modelURL", "revision"),
    ("model-id", "revision"),
    ("repo_id", "revision"),
    ("model_name_or_path", "model_revision"),
    ("HF_MODEL_ID", "HF_MODEL_REVISION"),
    ("embedding_model", "embedding_model_revision"),
    ("embedding-model-name", "embedding-model-revision"),
    ("embeddingModelName", "embeddingModelRevision"),
    ("EmbeddingModel", "EmbeddingModelRevision"),
    ("tokenizer", "tokenizer_revision"),
    ("llm", "llm_revision"),
    ("name", "revision"),
    ("repository", "revision"),
]
PAIR = """  {{
    "name": "{}",
    "value": "{}"
  }}"""
LINES = [
    (
        "a.json",
        '{"image": "a", "environment": [\n' + PAIR.format("MODEL_ID", "org/m") + "\n]}",
        '{"image": "a", "environment": [\n'
        + PAIR.format("MODEL_ID", "org/m")
        + ",\n"
        + PAIR.format("REVISION", "SHA")
        + "\n]}",
    ),
    (
        "a.json",
        '{"image": "a", "environment": [\n' + PAIR.format("MODEL_ID", "org/m") + ",\n" + PAIR.format("A", "b") + "\n]}",
        '{"image": "a", "environment": [\n'
        + ",\n".join([PAIR.format("MODEL_ID", "org/m"), PAIR.format("REVISION", "SHA"), PAIR.format("A", "b")])
        + "\n]}",
    ),
    (
        "a.yaml",
        "env: [{name: MODEL_ID, value: org/m}, {name: A, value: b}]\n",
        'env: [{name: MODEL_ID, value: org/m}, {name: REVISION, value: "SHA"}, {name: A, value: b}]\n',
    ),
    (
        "a.json",
        '{"image":"", "env":[{"name": "HF_MODEL", "value": "org/m" }]}',
        '{"image":"", "env":[{"name": "HF_MODEL", "value": "org/m" }, {"name": "HF_MODEL_REVISION", "value": "SHA" }]}',
    ),
    (
        "Dockerfile",
        "FROM a\nENV MODEL_ID=org/m\nENV HF_MODEL_ID=org/n\n",
        "FROM a\nENV MODEL_ID=org/m REVISION=SHA\nENV HF_MODEL_ID=org/n HF_MODEL_REVISION=SHA\n",
    ),
    (".env", "MODEL_ID=org/m\n", "MODEL_ID=org/m\nREVISION=SHA\n"),
    (".env", "MODEL_ID=org/m", "MODEL_ID=org/m\nREVISION=SHA"),
    (
        ".env",
        "export MODEL_ID = 'org/m' # c\r\nA=b\r\n",
        "export MODEL_ID = 'org/m' # c\r\nexport REVISION = 'SHA'\r\nA=b\r\n",
    ),
    (".env", "MODEL_ID=org/m\nREVISION=main\n", "MODEL_ID=org/m\nREVISION=SHA\n"),
    (".env", "REVISION='main'\nMODEL_ID=org/m\n", "REVISION='SHA'\nMODEL_ID=org/m\n"),
    ("a.toml", "model = 'org/m' # c\n", "model = 'org/m' # c\nrevision = 'SHA'\n"),
    ("a.toml", '"model" = "org/m"\n', '"model" = "org/m"\n"revision" = "SHA"\n'),
    ("a.toml", 'x.y.model="org/m"', 'x.y.model="org/m"\nx.y.revision="SHA"'),
    ("a.toml", 'x = { model = "org/m" }\n', 'x = { model = "org/m", revision = "SHA" }\n'),
    ("a.toml", '[x]\nrevision = "main"\nmodel = "org/m"\n', '[x]\nrevision = "SHA"\nmodel = "org/m"\n'),
    (
        "a.toml",
        'model = "org/m"\nembedding_model = "org/n"\nrevision = "v1"\n',
        'model = "org/m"\nembedding_model = "org/n"\nembedding_model_revision = "SHA"\nrevision = "SHA"\n',
    ),
    ("a.toml", '[model]\nname = "org/m"\n', '[model]\nname = "org/m"\nrevision = "SHA"\n'),
    ("a.yaml", "base_model:\n  id: org/m\n", 'base_model:\n  id: org/m\n  revision: "SHA"\n'),
    ("a.ini", "[x]\nmodel : org/m\n", "[x]\nmodel : org/m\nrevision : SHA\n"),
    ("a.json", '{"model": "org/m"}', '{"model": "org/m", "revision": "SHA"}'),
    ("a.json", '{"model":"org/m","a":1}', '{"model":"org/m", "revision":"SHA","a":1}'),
    ("a.json", '{\n\t"model": "org/m"\n}', '{\n\t"model": "org/m",\n\t"revision": "SHA"\n}'),
    ("a.json", '{\n  "model": "org/m",\n  "a": 1\n}', '{\n  "model": "org/m",\n  "revision": "SHA",\n  "a": 1\n}'),
    ("a.jsonc", '{\n  "model": "org/m" // c\n}', '{\n  "model": "org/m", // c\n  "revision": "SHA"\n}'),
    ("a.json", '{"model": "org/m", "revision": "main"}', '{"model": "org/m", "revision": "SHA"}'),
    ("a.yaml", "model: org/m # c\n", 'model: org/m # c\nrevision: "SHA"\n'),
    ("a.yaml", "x:\n- model: 'org/m'\n  a: 1\n", "x:\n- model: 'org/m'\n  revision: 'SHA'\n  a: 1\n"),
    ("a.yaml", '"model": org/m', '"model": org/m\n"revision": "SHA"'),
    ("a.yaml", "x: {model: org/m}\n", 'x: {model: org/m, revision: "SHA"}\n'),
    ("a.yaml", "x: {model: 'org/m', a: 1}\n", "x: {model: 'org/m', revision: 'SHA', a: 1}\n"),
    ("a.yaml", "revision: main\nmodel: org/m\n", "revision: SHA\nmodel: org/m\n"),
    ("a.yaml", "revision: 'main'\nmodel: org/m\n", "revision: 'SHA'\nmodel: org/m\n"),
    (
        "a.yaml",
        "env:\n- name: MODEL_ID\n  value: org/m\n",
        'env:\n- name: MODEL_ID\n  value: org/m\n- name: REVISION\n  value: "SHA"\n',
    ),
    (
        "a.yaml",
        'env:\n  - name: "HF_MODEL_ID"\r\n    value: "org/m"\r\n',
        'env:\n  - name: "HF_MODEL_ID"\r\n    value: "org/m"\r\n  - name: "HF_MODEL_REVISION"\r\n    value: "SHA"\r\n',
    ),
    (
        "a.yaml",
        "env:\n- name: MODEL_ID\n  value: org/m\n- {name: REVISION, value: main}\n",
        "env:\n- name: MODEL_ID\n  value: org/m\n- {name: REVISION, value: SHA}\n",
    ),
    (
        "compose.yaml",
        "services:\n  a:\n    environment:\n    - MODEL_ID=org/m\n",
        "services:\n  a:\n    environment:\n    - MODEL_ID=org/m\n    - REVISION=SHA\n",
    ),
    ("a.yaml", 'env:\n- "MODEL_ID=org/m"\n', 'env:\n- "MODEL_ID=org/m"\n- "REVISION=SHA"\n'),
    ("a.yaml", "storageUri: hf://org/m\n", "storageUri: hf://org/m:SHA\n"),
    ("a.yaml", "storageUri: hf://org/m:main\n", "storageUri: hf://org/m:SHA\n"),
    ("a.yaml", "model: hf://org/m@main/x.bin\n", "model: hf://org/m@SHA/x.bin\n"),
    ("a.yaml", "model: hf://org/m/x.bin # c\n", "model: hf://org/m@SHA/x.bin # c\n"),
    ("a.yaml", "storageUri: oci://a.example/org/m:v1\n", "storageUri: oci://a.example/org/m:v1@DIGEST\n"),
    ("a.yaml", 'model_uri: "oci://a.example/org/m"\n', 'model_uri: "oci://a.example/org/m@DIGEST"\n'),
    (
        "a.yaml",
        "model_url: https://huggingface.co/org/m/resolve/main/a.bin\n",
        "model_url: https://huggingface.co/org/m/resolve/SHA/a.bin\n",
    ),
    ("a.yaml", "run: |\n  hf download org/m # c\n", "run: |\n  hf download org/m --revision SHA # c\n"),
    ("a.yaml", "run: export MODEL_ID=org/m\n", "run: export MODEL_ID=org/m REVISION=SHA\n"),
    (
        "a.yaml",
        "args: [--x, y]\ncommand: [vllm, serve, org/m]\n",
        'args: [--x, y]\ncommand: [vllm, serve, org/m, "--revision", "SHA"]\n',
    ),
    (
        "a.yaml",
        "command:\n- vllm\n- serve\n- org/m # c\r\n",
        'command:\n- vllm\n- serve\n- org/m # c\r\n- "--revision"\r\n- "SHA"\r\n',
    ),
    (
        "a.yaml",
        "modelFormat: {name: huggingface}\nargs: [--model_id=org/m]\n",
        'modelFormat: {name: huggingface}\nargs: [--model_id=org/m, "--model_revision", "SHA"]\n',
    ),
    (
        "a.yaml",
        "modelFormat: {name: huggingface}\nargs:\n- --model_id=org/m\n",
        'modelFormat: {name: huggingface}\nargs:\n- --model_id=org/m\n- "--model_revision"\n- "SHA"\n',
    ),
    ("a.sh", "export MODEL_ID=org/m\n", "export MODEL_ID=org/m REVISION=SHA\n"),
    ("a.sh", 'MODEL_ID="org/m" serve\n', 'MODEL_ID="org/m" REVISION=SHA serve\n'),
    ("a.sh", "export MODEL_ID=org/m REVISION='main'\n", "export MODEL_ID=org/m REVISION='SHA'\n"),
    ("a.sh", "docker run -e MODEL_ID=org/m image\n", "docker run -e MODEL_ID=org/m -e REVISION=SHA image\n"),
    (
        "a.sh",
        'docker run --env "MODEL_ID=org/m" image\n',
        'docker run --env "MODEL_ID=org/m" --env REVISION=SHA image\n',
    ),
    ("a.sh", "hf download org/m --revision main\r\n", "hf download org/m --revision SHA\r\n"),
    ("a.sh", "hf download org/m --revision='main'\n", "hf download org/m --revision='SHA'\n"),
    (
        "a.sh",
        "wget https://huggingface.co/org/m/resolve/main/a.bin?x\n",
        "wget https://huggingface.co/org/m/resolve/SHA/a.bin?x\n",
    ),
    ("Dockerfile", "FROM a\nENV MODEL_ID=org/m \\\n  A=b\n", "FROM a\nENV MODEL_ID=org/m REVISION=SHA \\\n  A=b\n"),
    ("Dockerfile", "FROM a\nENV MODEL_ID=org/m\nENV REVISION=main\n", "FROM a\nENV MODEL_ID=org/m\nENV REVISION=SHA\n"),
    (
        "Dockerfile",
        'FROM a\nCMD ["vllm", "serve", "org/m"]\n',
        'FROM a\nCMD ["vllm", "serve", "org/m", "--revision", "SHA"]\n',
    ),
    (
        "Dockerfile",
        "FROM a\nADD https://huggingface.co/org/m/resolve/main/a.bin /\n",
        "FROM a\nADD https://huggingface.co/org/m/resolve/SHA/a.bin /\n",
    ),
]
PLACE = "no key for its revision can be put beside it"
DEFAULT = "its model can be another when it runs"
LEFT = [
    ("a.toml", 'models = ["org/m"]\n', [PLACE]),
    ("a.toml", 'model = """org/m"""\n', [PLACE]),
    ("a.toml", 'model = "org\\u002fm"\n', [PLACE]),
    ("a.json", '{"models": ["org/m"]}', [PLACE]),
    ("a.json", '{"model": "org\\/m"}', [PLACE]),
    ("a.json", '{"image": "a", "environment": [{"name": "MODEL_ID",\n"value": "org/m"\n}]}', [PLACE]),
    ("a.json", '{"image": "a", "environment": [\n{\n"value": "org/m",\n"name": "MODEL_ID"\n}]}', [PLACE]),
    ("a.yaml", "models:\n- org/m\n", [PLACE]),
    ("a.yaml", "model:\n  org/m\n", [PLACE]),
    ("a.yaml", "model: >-\n  org/m\n", [PLACE]),
    ("a.yaml", "model: 'org/\n  m'\n", []),
    ("a.yaml", "env:\n- value: org/m\n  name: MODEL_ID\n", [PLACE]),
    ("a.yaml", "env:\n- name: MODEL_ID # c\n  value: org/m\n", [PLACE]),
    ("a.yaml", "env: [{name: MODEL_ID,\n  value: org/m}]\n", [PLACE]),
    ("a.yaml", "model: ${M:-org/m}\n", [PLACE]),
    ("a.yaml", "x: &a org/m\nmodel: *a\n", [PLACE]),
    ("a.yaml", "command: [sh, -c, 'hf download ${M:-org/m}']\n", [DEFAULT]),
    ("a.sh", "hf download ${M:-org/m}\n", [DEFAULT]),
    ("a.sh", 'hf download "${M:-org/m}" --revision main\n', [DEFAULT]),
    (
        "a.yaml",
        "on: {workflow_call: {inputs: {m: {default: org/m}}}}\nrun: hf download ${{ inputs.m }} --revision v1\n",
        [DEFAULT],
    ),
    ("a.sh", "R=main; hf download org/m --revision $R\n", ["its revision is written elsewhere"]),
    ("a.sh", "git clone -b v1 https://huggingface.co/org/m\n", ["its revision is written elsewhere"]),
    ("a.sh", "for m in org/a org/b; do hf download $m; done\n", ["its place names several models"] * 2),
    (
        "a.sh",
        "python - <<X\nfrom transformers import AutoModel as A\nA.from_pretrained('org/m')\nX\n",
        ["it has no place for a revision"],
    ),
    ("Dockerfile", "FROM a\nENV HF_MODEL_ID org/m\n", [PLACE]),
]


@pytest.mark.parametrize(("key", "expected"), KEYS)
def test_the_revision_s_key_is_spelled_as_the_model_s(key: str, expected: str) -> None:
    assert revision_key(key) == expected


@pytest.mark.parametrize(("path", "before", "expected"), LINES)
def test_a_setting_is_pinned(path: str, before: str, expected: str) -> None:
    assert after(path, before) == expected


@pytest.mark.parametrize(("path", "before", "expected"), LINES)
def test_what_is_pinned_stays(path: str, before: str, expected: str) -> None:
    assert after(path, before) != before
    assert done(path, expected.replace("DIGEST", DIGEST).replace("SHA", SHA).encode()).left == ()


@pytest.mark.parametrize(("path", "text", "expected"), LEFT)
def test_what_is_not_sure_is_left_and_told(path: str, text: str, expected: list[str]) -> None:
    assert after(path, text) == text
    assert whys(path, text) == expected
