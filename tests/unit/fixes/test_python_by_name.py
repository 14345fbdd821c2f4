"""The governed name in a model's place, with the import that it needs."""

from __future__ import annotations

import pytest
from tests.unit.fixes.mending import HEAD, after, whys

CALL = 'AutoModel.from_pretrained("org/m")\n'
NAMED = 'AutoModel.from_pretrained(weighbridge.load("tiny"))\n'
CALLS = [
    ('load("org/m", revision="main")', "load(NAME)"),
    ('load("org/m", revision="main", a=1)', "load(NAME, a=1)"),
    ('load(revision="main", model_id="org/m")', "load(model_id=NAME)"),
    ('load(revision=None, code_revision="x", model_id="org/m")', "load(model_id=NAME)"),
    ('load("org/m", revision="main", code_revision="x",)', "load(NAME,)"),
    ('load(\n    "org/m",\n    revision="main",\n)', "load(\n    NAME,\n)"),
    ('load(\n    "org/m",\n    revision="main",  # c\n    a=1,\n)', "load(\n    NAME,\n    a=1,\n)"),
    ('load(\n    "org/m",\n    revision="main"\n)', "load(\n    NAME,\n)"),
    ('load("org/m",\n     revision="main")', "load(NAME)"),
    ('K = {"a": 1}\nload("org/"\n     "m", **K)', 'K = {"a": 1}\nload(NAME, **K)'),
    ('N = "org/m"\nload(N)', 'N = "org/m"\nload(NAME)'),
    ('load("org/m")\nload("org/n")', "load(NAME)\nload(NAME)"),
]
IMPORTS = [
    (HEAD + CALL, "import weighbridge\n" + HEAD + NAMED),
    ("import numpy\n" + HEAD + CALL, "import numpy\nimport weighbridge\n" + HEAD + NAMED),
    (
        "import os\nimport sys\n\nimport numpy\nimport yaml\n" + HEAD + CALL,
        "import os\nimport sys\n\nimport numpy\nimport weighbridge\nimport yaml\n" + HEAD + NAMED,
    ),
    (
        '"""Doc."""\nfrom __future__ import annotations\n\n' + HEAD + CALL,
        '"""Doc."""\nfrom __future__ import annotations\n\nimport weighbridge\n' + HEAD + NAMED,
    ),
    (
        "#!/usr/bin/python\n# c\nimport transformers\ntransformers." + CALL,
        "#!/usr/bin/python\n# c\nimport transformers\nimport weighbridge\ntransformers." + NAMED,
    ),
    (
        "import weighbridge as wb\n" + HEAD + CALL,
        "import weighbridge as wb\n" + HEAD + NAMED.replace("weighbridge", "wb"),
    ),
    (
        "from weighbridge import load as l\n" + HEAD + CALL,
        "from weighbridge import load as l\n" + HEAD + NAMED.replace("weighbridge.load", "l"),
    ),
    ("import weighbridge\n" + HEAD + CALL, "import weighbridge\n" + HEAD + NAMED),
    (
        '"""Doc."""\nfrom __future__ import annotations\ndef f():\n    ' + HEAD + "    " + CALL,
        '"""Doc."""\nfrom __future__ import annotations\n\nimport weighbridge\ndef f():\n    ' + HEAD + "    " + NAMED,
    ),
    ("@d\ndef f():\n    " + HEAD + "    " + CALL, "import weighbridge\n\n@d\ndef f():\n    " + HEAD + "    " + NAMED),
    (
        "from . import a\nimport os\n" + "if a:\n    " + HEAD + CALL,
        "from . import a\nimport os\nimport weighbridge\n" + "if a:\n    " + HEAD + NAMED,
    ),
]
DOWNLOADS = [
    ('p = snapshot_download("org/m", revision="main")', 'p = weighbridge.load("tiny")'),
    ('p = snapshot_download(repo_id="org/m")', 'p = weighbridge.load("tiny")'),
    ('p = snapshot_download("org/m", local_dir=".")', 'p = snapshot_download("org/m", local_dir=".", revision="SHA")'),
    ('p = hf_hub_download("org/m", "x")', 'p = hf_hub_download("org/m", "x", revision="SHA")'),
]


def _text(text: str) -> str:
    return text.replace("load(", "AutoModel.from_pretrained(").replace("NAME", 'weighbridge.load("tiny")') + "\n"


@pytest.mark.parametrize(("before", "expected"), CALLS)
def test_the_name_stands_in_the_model_s_place(before: str, expected: str) -> None:
    assert after("a.py", HEAD + _text(before), by_name=True) == f"import weighbridge\n{HEAD}{_text(expected)}"


@pytest.mark.parametrize(("before", "expected"), IMPORTS)
def test_the_import_stands_where_a_sorted_list_has_it(before: str, expected: str) -> None:
    assert after("a.py", before, by_name=True) == expected
    assert after("a.py", expected, by_name=True) == expected


@pytest.mark.parametrize(("before", "expected"), DOWNLOADS)
def test_a_download_of_everything_is_a_load(before: str, expected: str) -> None:
    head = "from huggingface_hub import hf_hub_download, snapshot_download\n"
    text = after("a.py", f"{head}{before}\n", by_name=True)
    assert text == ("import weighbridge\n" if "weighbridge" in expected else "") + f"{head}{expected}\n"


@pytest.mark.parametrize(
    "text",
    [
        "weighbridge = 1\n",
        "def weighbridge(): pass\n",
        "def f(weighbridge): pass\n",
        "import os as weighbridge\n",
        "try:\n    pass\nexcept OSError as weighbridge:\n    pass\n",
    ],
)
def test_a_name_that_is_taken_is_left(text: str) -> None:
    before = HEAD + text + CALL
    assert after("a.py", before, by_name=True) == before.replace('"org/m"', '"org/m", revision="SHA"')


def test_a_comment_between_arguments_is_not_lost() -> None:
    text = 'AutoModel.from_pretrained("org/m",  # c\n    revision="main")\n'
    assert after("a.py", HEAD + text, by_name=True) == HEAD + text.replace("main", "SHA")


def test_a_call_that_takes_no_folder_is_pinned() -> None:
    text = 'import torch\ntorch.hub.load("org/m", "x")\n'
    assert after("a.py", text, by_name=True) == text.replace("org/m", "org/m:SHA")


def test_a_call_that_takes_neither_is_told() -> None:
    text = 'import llama_cpp\nllama_cpp.Llama.from_pretrained("org/m")\n'
    assert whys("a.py", text, by_name=True) == ["it takes no folder in the place of a name"]
