"""YAML: containers of any kind, Compose, workflows, templates, other settings."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing, pinned

from weighbridge.core.mention import Spot
from weighbridge.references import templates, yaml_nodes
from weighbridge.references.yaml_files import extract

TEI = "ghcr.io/huggingface/text-embeddings-inference:1"
WHEEL = "https:https://github.com/explosion/spacy-models/releases/download/m/m.whl"
FOUND = [
    ("image: vllm/vllm-openai\nargs: [--model, org/m]", ["hf:org/m"]),
    ("image: vllm/vllm-openai@sha256:ab\nargs: [--model=org/m, --revision=v1]", ["hf:org/m@v1"]),
    ("image: vllm/vllm-openai\ncommand: [sh, -c, vllm serve org/m]", ["hf:org/m"]),
    ("image: vllm/vllm-openai\nargs: [vllm, serve, org/m]", ["hf:org/m"]),
    ("image: x\nargs: [--model, org/m]", []),
    ("image: {repository: vllm/vllm-openai, tag: v1}\nargs: [org/m]", ["hf:org/m"]),
    (
        "image: {registry: ghcr.io, repository: huggingface/text-generation-inference}\nargs: [--model-id, org/m]",
        ["hf:org/m"],
    ),
    ("image: {repository: nvcr.io/nim/meta/m, tag: '1'}", ["oci:nvcr.io/nim/meta/m@1"]),
    ("image: {pullPolicy: Always}", []),
    ("image: nvcr.io/nim/meta/m:1", ["oci:nvcr.io/nim/meta/m@1"]),
    ("image: x\nargs: [--model, $(M)]\ncommand: [vllm, serve]\nenv: [{name: M, value: org/m}]", ["hf:org/m"]),
    ("image: x\nargs: [$(M)]\ncommand: [vllm, serve]", ["hf:?"]),
    ("image: x\ncommand: [vllm, serve, $(M)]\nenv: [{name: M, valueFrom: {secretKeyRef: {name: x}}}]", ["hf:?"]),
    ("env: [{name: MODEL_ID, value: org/m}, {name: REVISION, value: v1}]", ["hf:org/m@v1"]),
    ("env: [{name: MODEL_ID, value: org/m}]\ncommand: [vllm, serve, $(MODEL_ID)]", ["hf:org/m"]),
    ("env:\n- MODEL_ID=org/m\n- X", ["hf:org/m"]),
    ("predictor: {model: {modelFormat: {name: huggingface}, args: ['--model_id=org/m']}}", ["hf:org/m"]),
    ("storageUri: hf://org/m:v1", ["hf:org/m@v1"]),
    ("storageUri: oci://reg.example/org/m:v1", ["oci:reg.example/org/m@v1"]),
    ("storageUri: gs://b/m", ["gs://b/m"]),
    ("storageUri: pvc://b/m", []),
    ("kind: Model\nspec: {url: 'ollama://phi3:mini'}", ["ollama:phi3@mini"]),
    (f"services: {{a: {{image: '{TEI}', command: --model-id org/m}}}}", ["hf:org/m"]),
    (f"services: {{a: {{image: '{TEI}', command: [--model-id, '${{M:-org/m}}']}}}}", ["hf:org/m"]),
    (f"services: {{a: {{image: '{TEI}', command: [--model-id, '${{M}}']}}}}", ["hf:?"]),
    ("services: {a: {entrypoint: [vllm, serve], command: [org/m]}}", ["hf:org/m"]),
    ('services: {a: {command: sh -c "hf download org/m"}}', ["hf:org/m"]),
    ("services: {a: {environment: {MODEL_ID: org/m, REVISION: v1}}}", ["hf:org/m@v1"]),
    ("services: {a: {provider: {type: model, options: {model: ai/m}}}}", ["oci:docker.io/ai/m"]),
    ("services: {a: {}}\nmodels: {a: {model: 'hf.co/org/m'}}", ["hf:org/m"]),
    ("jobs: {a: {steps: [{run: hf download org/m}]}}", ["hf:org/m"]),
    ("jobs:\n  a:\n    steps:\n    - run: >\n        hf download\n        org/m", ["hf:org/m"]),
    ("jobs:\n  a:\n    steps:\n    - run: hf download\n        org/m\n", ["hf:org/m"]),
    ("jobs: {a: {env: {M: org/m}, steps: [{run: hf download $M}]}}", ["hf:org/m"]),
    ("jobs: {a: {env: {M: org/m}, steps: [{run: 'hf download ${{ env.M }}'}]}}", ["hf:org/m"]),
    ("jobs: {a: {env: {M: \"${{ inputs.m || 'org/m' }}\"}, steps: [{run: hf download $M}]}}", ["hf:org/m"]),
    (
        "jobs: {a: {strategy: {matrix: {include: [{m: org/m}]}}, steps: [{run: 'hf download ${{ matrix.m }}'}]}}",
        ["hf:org/m"],
    ),
    ("jobs: {a: {steps: [{run: 'hf download ${{ vars.M }}'}]}}", ["hf:?"]),
    ("inputs: {m: {default: org/m}}\nruns: {steps: [{run: 'hf download ${{ inputs.m }}'}]}", ["hf:org/m"]),
    ("jobs: {a: {steps: [{with: {model: '${{ inputs.m }}'}}]}}", []),
    ("a: {script: [M=org/m, hf download $M]}", ["hf:org/m"]),
    ("variables: {M: {value: org/m}}\na: {script: hf download $M}", ["hf:org/m"]),
    ("a:\n  script:\n  - !reference [x, y]\n  - hf download org/m", ["hf:org/m"]),
    ("data: {'run.sh': 'hf download org/m'}", ["hf:org/m"]),
    ("- hosts: all\n  tasks: [{shell: hf download org/m}]", ["hf:org/m"]),
    ("steps: [{run: {command: hf download org/m}}]", ["hf:org/m"]),
    ("stages: {a: {cmd: hf download org/m}}", ["hf:org/m"]),
    ("script: {command: [bash], source: hf download org/m}", ["hf:org/m"]),
    ("dependencies: [{pip: ['m @ https://github.com/explosion/spacy-models/releases/download/m/m.whl']}]", [WHEEL]),
    ("example: {value: {model: org/m}}\nexamples: [{model: org/m}]", []),
    ("model: org/m\nmodel_revision: v1", ["hf:org/m@v1"]),
    ("model: org/m\ntrust_remote_code: true", ["hf:org/m"]),
    ("models: [org/a, org/b]", ["hf:org/a", "hf:org/b"]),
    ("model: ${oc.env:M}", []),
    ("model: ${M:-org/m}", ["hf:org/m"]),
    ('model: "{{ .Values.model }}"', []),
    ("model: {{ .Values.model }}", []),
    ("model: resnet\nname: org/m\ndataset: org/d\nimage: org/m", []),
    ("properties: {model: {type: string, default: x}}", []),
    ("a: &a {model: org/m}\nb: *a\nc: {<<: *a}", ["hf:org/m"]),
    ("a: &a [*a]\nmodel: org/m", ["hf:org/m"]),
    ("model: org/m\n---\nmodel: org/n", ["hf:org/m", "hf:org/n"]),
    ("{{- if .x }}\nmodel: org/m\n{{- end }}\n{{/* a\nb */}}\n", ["hf:org/m"]),
    ("{% if x %}\nmodel: org/m\n{% endif %}", ["hf:org/m"]),
    ("", []),
    ("model", []),
    ("- model", []),
]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text for text, _ in FOUND])
def test_models_are_found(text: str, expected: list[str]) -> None:
    assert models(extract("a.yaml", text.encode(), nothing).mentions) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "image: vllm/vllm-openai\nargs:\n  - --model\n  - org/m # x\n",
            'image: vllm/vllm-openai\nargs:\n  - --model\n  - org/m\n  - "--revision"\n  - "SHA" # x\n',
        ),
        (
            "image: vllm/vllm-openai\nargs: [--model, 'org/m']\n",
            'image: vllm/vllm-openai\nargs: [--model, \'org/m\', "--revision", "SHA"]\n',
        ),
        ("run: |\n  a\n  hf download org/m x\n", "run: |\n  a\n  hf download org/m --revision SHA x\n"),
        ("run: hf download org/m x\n", "run: hf download org/m --revision SHA x\n"),
        ("run: 'hf download org/m x'\n", "run: 'hf download org/m --revision SHA x'\n"),
        ("run: >-\n  hf download\n  org/m x\n", "run: >-\n  hf download\n  org/m --revision SHA x\n"),
    ],
)
def test_the_revision_can_be_written_in(text: str, expected: str) -> None:
    (mention,) = extract("a.yaml", text.encode(), nothing).mentions
    assert pinned(text, mention, "SHA") == expected


@pytest.mark.parametrize(
    "text",
    [
        'run: "hf download \\"org/m\\" x"',
        "run: 'echo ''a''; hf download org/m'",
        "storageUri: hf://org/m",
        "model: org/m",
    ],
)
def test_nothing_is_written_in_where_it_would_not_be_sure(text: str) -> None:
    assert [each.insertion for each in extract("a.yaml", text.encode(), nothing).mentions] == [None]


def test_places_are_those_of_the_value() -> None:
    text = 'a:\n  - model: "org/m"\n    run: |\n      # é\n      hf download org/n\n'
    assert [each.spot for each in extract("a.yaml", text.encode(), nothing).mentions] == [
        Spot("a.yaml", 2, 13),
        Spot("a.yaml", 5, 19),
    ]


def test_code_that_may_run_is_told() -> None:
    (mention,) = extract("a.yaml", b"model: org/m\ntrust_remote_code: true", nothing).mentions
    assert mention.runs_code


def test_long_lists_are_data() -> None:
    text = "rows:\n" + "- {name: a, results: {}}\n" * 60 + "models:\n" + "- org/m\n" * 60
    assert extract("a.yaml", text.encode(), nothing).mentions == ()


def test_a_broken_document_leaves_the_others() -> None:
    found = extract("a.yaml", b"model: org/a\n---\nx: [\n---\nmodel: org/b\n", nothing)
    assert models(found.mentions) == ["hf:org/a", "hf:org/b"]
    assert "it is not YAML in line" in found.unreadable


@pytest.mark.parametrize(
    "text",
    [
        "model: " + "[" * 5_000,
        "model: x\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" if n else "a0: &a0 [x]\n" for n in range(300)),
        "model: " + "{{" * 20_000,
        "model: " + "${{" * 5_000,
        "run: hf " + "${{ a }}" * 2_000,
        "- model: a/b\n" * 40_000 * 4,
    ],
    ids=["flow", "aliases", "templates", "expressions", "variables", "nodes"],
)
def test_hostile_files_end_soon(text: str) -> None:
    extract("a.yaml", text.encode(), nothing)


def test_what_is_not_read_is_told() -> None:
    assert "is not read" in extract("a.yaml", b"model" * (1 << 20), nothing).unreadable
    assert "nested too deep" in yaml_nodes.parse("[" * 200).problem
    assert extract("pnpm-lock.yaml", b"model: org/m", nothing).mentions == ()


def test_templates_keep_the_length() -> None:
    text = "a: {{ x }}\n{{- if y }}\nb: ${{ z }}\n{{ w\n}}\nc: {{ open"
    masked = templates.mask(text)
    assert len(masked) == len(text)
    assert masked.split("\n")[1].strip() == ""
    assert "${{ z }}" in masked
    assert masked.endswith("c: {{ open")
