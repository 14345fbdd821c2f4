"""Python: models that are handed to functions of other modules."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models

from weighbridge.references import python_handed
from weighbridge.references.python import PythonExtractor, extract

LOADING = b"""from transformers import AutoModel, AutoTokenizer

def load(name, revision=None):
    return AutoModel.from_pretrained(name, revision=revision), AutoTokenizer.from_pretrained(name, revision=revision)

def outer(name):
    return inner(name)

def inner(name):
    return AutoModel.from_pretrained(name)

def default(name="a/default"):
    return AutoModel.from_pretrained(name)

def of_org(name):
    return AutoModel.from_pretrained(f"org/{name}")

def other(name):
    return name

class Model:
    def __init__(self, name):
        self.name = name

    def start(self):
        return AutoModel.from_pretrained(self.name)

class Bare:
    name: str
"""
REPOSITORY = {
    "app/__init__.py": b"",
    "app/loading.py": LOADING,
    "app/core/__init__.py": b"from ..loading import (load,\n  Model)\nimport json, os.path as p\n",
    "app/plain.py": b"def load(name):\n    return name\n",
    "app/broken.py": b"def load(name: AutoModel.from_pretrained(name\n",
    "app/round.py": b"from app.loop import load\nfrom transformers import AutoModel\n",
    "app/loop.py": b"from app.round import load\nfrom transformers import AutoModel\n",
    "loading.py": LOADING,
}
CASES = [
    ('from app.loading import load\nload("a/b")', ["hf:a/b"]),
    ('from .loading import load\nload("a/b")', ["hf:a/b"]),
    ('from . import loading\nloading.load("a/b")', ["hf:a/b"]),
    ('from app import loading as l\nl.load("a/b")', ["hf:a/b"]),
    ('import app.loading\napp.loading.load("a/b")', ["hf:a/b"]),
    ('import app.loading as l, sys\nl.load(name="a/b", revision="v1")', ["hf:a/b@v1"]),
    ('from loading import load\nload("a/b")', ["hf:a/b"]),
    ('from app.core import load\nload("a/b")', ["hf:a/b"]),
    ('from app.core import Model\nModel("a/b").start()', ["hf:a/b"]),
    (
        'from app.loading import load\nload("a/b", "1")\nload("c/d", "2")\nload("e/f")',
        ["hf:a/b@1", "hf:c/d@2", "hf:e/f"],
    ),
    ('from app.loading import outer\nouter("a/b")', ["hf:a/b"]),
    ('from app.loading import of_org\nof_org("b")', ["hf:org/b"]),
    ('from app.loading import load\nM = "a/b"\ndef main():\n    load(M)', ["hf:a/b"]),
    ('from app.loading import load\nfor m in ["a/b", "c/d"]:\n    load(m)', ["hf:a/b", "hf:c/d"]),
    ('def main():\n    from app.loading import load\n    load("a/b")', ["hf:a/b"]),
    ("from app.loading import load\nload(sys.argv[1])", []),
    ("from app.loading import load\nload()", []),
    ('from app.loading import default\ndefault()\ndefault("a/default")', []),
    ('from app.loading import default\ndefault("a/b")', ["hf:a/b"]),
    ('from app.loading import other, Bare\nother("a/b")\nBare("a/b")', []),
    ('from app.plain import load\nload("a/b")', []),
    ('from app.broken import load\nload("a/b")', []),
    ('from app.round import load\nload("a/b")', []),
    ('from nowhere import load\nload("a/b")', []),
    ('from app.loading import *\nload("a/b")', []),
    ('from app.loading import load\nload = print\nload("a/b")', []),
    ('from ....above import load\nload("a/b")', []),
    ("import", []),
]


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_what_is_handed_is_named_where_it_is_handed_over(code: str, expected: list[str]) -> None:
    assert models(extract("app/main.py", f"{code}\n".encode(), REPOSITORY.get).mentions) == expected


def test_a_model_stands_where_it_is_written() -> None:
    code = 'from app.loading import load, of_org\n\nload(\n    name="a/b",\n)\nof_org("c")\n'
    found = extract("main.py", code.encode(), REPOSITORY.get).mentions
    assert [(each.spot.line, each.spot.column, each.model) for each in found] == [(4, 10, "a/b"), (6, 8, "org/c")]
    assert {(each.spot.path, each.rule, each.insertion) for each in found} == {
        ("main.py", "hf-from-pretrained", None),
    }


def test_files_are_read_one_after_the_other() -> None:
    extractor = PythonExtractor(REPOSITORY.get)
    for model in ("a/b", "c/d"):
        found = extractor.extract("main.py", f'from app.loading import load\nload("{model}")\n'.encode())
        assert models(found.mentions) == [f"hf:{model}"]
    assert models(extractor.extract("app/loading.py", LOADING).mentions) == [
        *("hf:?@?", "hf:?@?", "hf:?", "hf:a/default", "hf:?", "hf:?"),
    ]


def test_what_is_known_of_modules_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_handed, "_MAX_KNOWN", 1)
    code = b'import app, app.plain\nfrom app.core import load\nload("a/b")\n'
    assert models(extract("main.py", code, REPOSITORY.get).mentions) == ["hf:a/b"]


def test_a_module_without_end_is_told_of() -> None:
    huge = LOADING + b"# " + b"x" * 2_000_000
    code = b'from huge import load\nload("a/b")\nload("c/d")\n'
    assert models(extract("main.py", code, {"huge.py": huge}.get).mentions) == ["hf:a/b", "hf:c/d"]
    calls = b"".join(b'load("a/%d")\n' % index for index in range(200))
    found = extract("main.py", b"from huge import load\n" + calls, {"huge.py": huge}.get)
    assert found.unreadable == "names lead too far"


def test_calls_of_the_module_itself_take_no_place_from_others() -> None:
    busy = LOADING + b"".join(b'load("own/%d")\n' % index for index in range(30))
    code = "from busy import load\n" + "".join(f'load("a/{index}")\n' for index in range(60))
    found = extract("main.py", code.encode(), {"busy.py": busy}.get)
    assert models(found.mentions) == [f"hf:a/{index}" for index in range(60)]


def test_many_calls_are_all_read() -> None:
    code = "from app.loading import load\n" + "".join(f'load("a/{index}")\n' for index in range(200))
    found = extract("main.py", code.encode(), REPOSITORY.get)
    assert models(found.mentions) == [f"hf:a/{index}" for index in range(200)]
