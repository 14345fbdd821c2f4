"""Python: which calls name a model."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing, pinned

from weighbridge.references.python import extract

T = "from transformers import AutoModel, pipeline\nimport os\n"
CASES = [
    (T + 'AutoModel.from_pretrained("a/b")', ["hf:a/b"]),
    (T + 'AutoModel.from_pretrained("a/b", revision="main")', ["hf:a/b@main"]),
    (T + 'def f(r):\n    AutoModel.from_pretrained("a/b", revision=r)', ["hf:a/b@?"]),
    (T + "def f(m):\n    AutoModel.from_pretrained(m)", ["hf:?"]),
    (T + 'def f(m="a/b"):\n    AutoModel.from_pretrained(m)', ["hf:a/b"]),
    (T + 'N = "b"\nAutoModel.from_pretrained(f"a/{N}")', ["hf:a/b"]),
    (T + 'load = AutoModel.from_pretrained\nload("a/b")', ["hf:a/b"]),
    (T + 'k = {"revision": "v1"}\nAutoModel.from_pretrained("a/b", **k)', ["hf:a/b@v1"]),
    (T + 'm = os.environ.get("M", "a/b")\nAutoModel.from_pretrained(m)', ["hf:a/b"]),
    (T + 'AutoModel.from_pretrained("a/b" if x else "c/d")', ["hf:a/b", "hf:c/d"]),
    (T + 'pipeline("text-generation", model="a/b")', ["hf:a/b"]),
    (T + 'AutoModel.from_pretrained("./model")', []),
    (T + '"""AutoModel.from_pretrained("a/b")"""', []),
    ('def pipeline(a, model): ...\npipeline("x", model="a/b")', []),
    ('import huggingface_hub as h\nh.snapshot_download("a/b")', ["hf:a/b"]),
    ('from huggingface_hub import HfApi\nHfApi().snapshot_download("a/b")', ["hf:a/b"]),
    ('from huggingface_hub import snapshot_download\nsnapshot_download("a/b", repo_type="dataset")', []),
    ('import torch\ntorch.hub.load("pytorch/vision:v0.10.0", "resnet18")', ["torchhub:pytorch/vision@v0.10.0"]),
    ('import torch\ntorch.load("model.pt")', []),
    ('import json\njson.load(open("x"))', []),
    ('import timm\ntimm.create_model("resnet50")', []),
    ('import timm\ntimm.create_model("hf-hub:timm/resnet50")', ["hf:timm/resnet50"]),
    ('import mlflow\nmlflow.pyfunc.load_model("models:/m/1")', ["mlflow:m@1"]),
    (T + 'class A:\n    M = "a/b"\n    def f(self):\n        AutoModel.from_pretrained(self.M)', ["hf:a/b"]),
    (T + 'p.add_argument("--m", default="a/b")\nAutoModel.from_pretrained(args.m)', ["hf:a/b"]),
    (T + 'from functools import partial\nf = partial(AutoModel.from_pretrained, revision="v")\nf("a/b")', ["hf:a/b@v"]),
    (T + 'def f():\n    m = AutoModel.from_pretrained("a/b")\n    return m', ["hf:a/b"]),
    ('import tensorflow_hub as hub\nhub.load("https://tfhub.dev/g/m/1")', ["https:https://tfhub.dev/g/m/1"]),
    ('import keras_hub\nkeras_hub.models.Gemma.from_preset("gemma_2b_en")', ["https:keras/gemma_2b_en"]),
    ('from vllm import LLM\nLLM("a/b", tokenizer="c/d")', ["hf:a/b", "hf:c/d"]),
]


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_which_models_are_named(code: str, expected: list[str]) -> None:
    assert models(extract("m.py", code.encode(), nothing).mentions) == expected


def test_a_vendor_model_is_named() -> None:
    code = b'from openai import OpenAI\nc = OpenAI()\nc.chat.completions.create(model="gpt-4o")'
    assert [each.scheme for each in extract("m.py", code, nothing).mentions] == ["api"]


@pytest.mark.parametrize("line", ["from .names import M", "from code.names import M"])
def test_a_folder_may_be_called_as_a_module_of_the_standard_library(line: str) -> None:
    code = f"from transformers import AutoModel\n{line}\nAutoModel.from_pretrained(M)\n".encode()
    found = extract("code/train.py", code, {"code/names.py": b'M = "a/b"\n'}.get)
    assert models(found.mentions) == ["hf:a/b"]


def test_a_constant_of_another_module_is_followed() -> None:
    code = b"from transformers import AutoModel\nfrom names import M\nAutoModel.from_pretrained(M)"
    found = extract("m.py", code, {"names.py": b'M = "a/b"'}.get)
    assert models(found.mentions) == ["hf:a/b"]


def test_a_revision_can_be_written_in() -> None:
    code = T + 'AutoModel.from_pretrained(\n    "a/b",\n)'
    mention = extract("m.py", code.encode(), nothing).mentions[0]
    assert pinned(code, mention, "abc").endswith('"a/b", revision="abc",\n)')


@pytest.mark.parametrize(
    "data",
    [b"from_pretrained(", b"from_pretrained\xff\x00", b"from_pretrained" + b"(" * 9000, b"from_pretrained" * 400000],
)
def test_what_cannot_be_read_says_so(data: bytes) -> None:
    assert extract("m.py", data, nothing).unreadable
