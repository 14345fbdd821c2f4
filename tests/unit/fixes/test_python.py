"""Revisions written into Python's calls: every way to write a call keeps its form."""

from __future__ import annotations

import pytest
from tests.unit.fixes.mending import HEAD, SHA, after, done, whys
from tests.unit.references.labels import nothing

from weighbridge.references import files

ARGPARSE = "import argparse\np = argparse.ArgumentParser()\n"
CALLS = [
    ('load("org/m")', 'load("org/m", revision="SHA")'),
    ('load ( "org/m" )', 'load ( "org/m", revision="SHA" )'),
    ('load("org/m",)', 'load("org/m", revision="SHA",)'),
    ('load("org/m", )', 'load("org/m", revision="SHA", )'),
    ("load('org/m', a = 1)", "load('org/m', a = 1, revision = 'SHA')"),
    ('load(("org/m"))', 'load(("org/m"), revision="SHA")'),
    ('load((\n    "org/m"\n))', 'load((\n    "org/m"\n), revision="SHA")'),
    ('load("org/"\n     "m")', 'load("org/"\n     "m", revision="SHA")'),
    ("load('''org/m''')", "load('''org/m''', revision='SHA')"),
    ('load(\n    "org/m",\n)', 'load(\n    "org/m",\n    revision="SHA",\n)'),
    ('load(\n    "org/m"\n)', 'load(\n    "org/m",\n    revision="SHA"\n)'),
    ('load(\n    "org/m")', 'load(\n    "org/m",\n    revision="SHA")'),
    ('load(\n\t"org/m",\n\tx=[\n\t\t1,\n\t],\n)', 'load(\n\t"org/m",\n\tx=[\n\t\t1,\n\t],\n\trevision="SHA",\n)'),
    ('load("org/m",\n     a=1)', 'load("org/m",\n     a=1,\n     revision="SHA")'),
    ('load(\n    "org/m", a=1,\n)', 'load(\n    "org/m", a=1, revision="SHA",\n)'),
    ('load(\n    "org/m"  # c\n    # d\n)', 'load(\n    "org/m",  # c\n    revision="SHA"\n    # d\n)'),
    ('load(\n    "org/m",  # c\n)', 'load(\n    "org/m",  # c\n    revision="SHA",\n)'),
    ('load(  # c\n    "org/m",\n)', 'load(  # c\n    "org/m",\n    revision="SHA",\n)'),
    ('load(\n    "org/m"\n    , a=1\n)', 'load(\n    "org/m"\n    , a=1, revision="SHA"\n)'),
    ('load("org/m", \\\n     a=1)', 'load("org/m", \\\n     a=1,\n     revision="SHA")'),
    ('load(\n    "org/m" \\\n    )', 'load(\n    "org/m", revision="SHA" \\\n    )'),
    ('load("org/m", **kw)', 'load("org/m", revision="SHA", **kw)'),
    ('load(\n    "org/m", **kw)', 'load(\n    "org/m", revision="SHA", **kw)'),
    ('load(\n    "org/m",\n    **kw\n)', 'load(\n    "org/m",\n    revision="SHA",\n    **kw\n)'),
    ('load("org/m", *args, **kw)', 'load("org/m", *args, revision="SHA", **kw)'),
    ('load(**kw, model_id="org/m")', 'load(**kw, model_id="org/m", revision="SHA")'),
    ('load("org/m", revision="main")', 'load("org/m", revision="SHA")'),
    ("load(revision='main', model_id=\"org/m\")", "load(revision='SHA', model_id=\"org/m\")"),
    ("load('org/m', revision=r'''main''')", "load('org/m', revision=r'''SHA''')"),
    ('load("org/m", revision=("main"))', 'load("org/m", revision=("SHA"))'),
    ('load("org/m", revision=None)', 'load("org/m", revision="SHA")'),
    ('load("org/m@main")', 'load("org/m@SHA")'),
    ('load("org\\u002fm")', 'load("org\\u002fm", revision="SHA")'),
    ('if (m := load("org/m")): pass', 'if (m := load("org/m", revision="SHA")): pass'),
    ('load(n := "org/m")', 'load(n := "org/m", revision="SHA")'),
    ('@load("org/m")\ndef f(): pass', '@load("org/m", revision="SHA")\ndef f(): pass'),
    ('async def f():\n\tawait load("org/m")', 'async def f():\n\tawait load("org/m", revision="SHA")'),
    ('a = 1; load("org/m"); b = f(\n 2)', 'a = 1; load("org/m", revision="SHA"); b = f(\n 2)'),
    ('s = "é😀"; load("org/m")', 's = "é😀"; load("org/m", revision="SHA")'),
    ('lambda: load("org/m")', 'lambda: load("org/m", revision="SHA")'),
    ("f\"{load('org/m')}\"", "f\"{load('org/m', revision='SHA')}\""),
    ('load("org/m").to(load("org/n"))', 'load("org/m", revision="SHA").to(load("org/n", revision="SHA"))'),
    ('load("org/m", c=load("org/n"))', 'load("org/m", c=load("org/n", revision="SHA"), revision="SHA")'),
    ('N = "org/m"\nload(N)', 'N = "org/m"\nload(N, revision="SHA")'),
    ('O = "org"\nload(O + "/m")', 'O = "org"\nload(O + "/m", revision="SHA")'),
    ('O: str = "org"\nload(f"{O}/m")', 'O: str = "org"\nload(f"{O}/m", revision="SHA")'),
    (
        'class A:\n    N = "org/m"\n    def f(self):\n        load(self.N)',
        'class A:\n    N = "org/m"\n    def f(self):\n        load(self.N, revision="SHA")',
    ),
    (
        'from functools import partial\np = partial(load, "org/m")\np()\np(a=1)',
        'from functools import partial\np = partial(load, "org/m", revision="SHA")\np()\np(a=1)',
    ),
    (
        'from vllm import LLM\nLLM("org/m", tokenizer="org/t")',
        'from vllm import LLM\nLLM("org/m", tokenizer="org/t", revision="SHA", tokenizer_revision="SHA")',
    ),
    (
        'from vllm import LLM\nLLM(\n  tokenizer_revision="a", model="org/m", revision="b", tokenizer="org/t")',
        'from vllm import LLM\nLLM(\n  tokenizer_revision="SHA", model="org/m", revision="SHA", tokenizer="org/t")',
    ),
    (
        'import torch\ntorch.hub.load("org/m", "x")\ntorch.hub.load("org/m:v1", "x")',
        'import torch\ntorch.hub.load("org/m:SHA", "x")\ntorch.hub.load("org/m:SHA", "x")',
    ),
]


LEFT = [
    ('R = "main"\nload("org/m", revision=R)', "its revision comes from R"),
    ('load("org/m", revision=x.R)', ""),
    ('load("org/m", revision=f"main")', "its revision is put together from parts"),
    ('load("org/m", revision="ma" "in")', "its revision is put together from parts"),
    ('load("org/m", revision="m\\x61in")', "its revision is put together from parts"),
    ('load("org/m", revision="main" if x else "main")', "its revision is put together from parts"),
    ('K = {"revision": "main"}\nload("org/m", **K)', "its revision comes from **K"),
    ('K = dict(revision="main")\nload("org/m", **K)', "its revision comes from **K"),
    ('K = {}\nK["revision"] = "main"\nload("org/m", **K)', "its revision comes from **K"),
    ('K = {}\nK.update(revision="main")\nload("org/m", **K)', "its revision comes from **K"),
    ('K = {}\nK.update({"revision": "main"})\nload("org/m", **K)', "its revision comes from **K"),
    ('K = {}\nK.setdefault("revision", x)\nload("org/m", **K)', "its revision comes from **K"),
    ('load("org/m", **{"revision": "main"})', "its arguments stand in a dictionary"),
    ('def f(name="org/m"):\n    load(name)\nf()', "its model is the parameter name"),
    ('import os\nload(os.getenv("M", "org/m"))', "its model can be another when the program runs"),
    ('import os\nM = os.getenv("M", "org/m")\nload(M)', "its model can be another when the program runs"),
    (
        f'{ARGPARSE}p.add_argument("--m", default="org/m")\nargs = p.parse_args()\nload(args.m)',
        "its model can be another when the program runs",
    ),
    (
        'from functools import partial\np = partial(load, revision="main")\np("org/m")',
        "its revision is written elsewhere",
    ),
    ('import llama_cpp\nllama_cpp.Llama.from_pretrained("org/m")', "this way of naming it takes no revision"),
]
ALONE = [
    'load("org/m", **dict(revision=x))',
    'K = {"model_id": "org/m"}\nload(**K)',
    'K = dict(a=1, model_id="org/m")\nload(**K)',
    'for m in ["org/m"]:\n    load(m)',
    "def f(**k):\n    k.setdefault('revision', 'main')\n    load('org/m', **k)",
]


def _python(text: str) -> str:
    text = text.replace("load(", "AutoModel.from_pretrained(").replace("load (", "AutoModel.from_pretrained (")
    given = 'kw = {"a": 1}\n' if "**kw" in text else ""
    return f"{HEAD}{given}{text}\n".replace("hub.AutoModel.from_pretrained", "hub.load").replace(
        "(load,", "(AutoModel.from_pretrained,"
    )


@pytest.mark.parametrize(("before", "expected"), CALLS)
def test_a_call_keeps_its_form(before: str, expected: str) -> None:
    assert after("a.py", _python(before)) == _python(expected)


@pytest.mark.parametrize(("before", "expected"), CALLS)
def test_what_is_mended_is_pinned(before: str, expected: str) -> None:
    found = files.extract("a.py", _python(expected).replace("SHA", SHA).encode(), nothing)
    assert before != expected
    assert found is not None
    assert {each.revision for each in found.mentions} == {SHA}


@pytest.mark.parametrize(("before", "expected"), CALLS)
@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_stay(before: str, expected: str, newline: str) -> None:
    found = done("a.py", _python(before).replace("\n", newline).encode())
    if newline == "\r\n" or found.mended:
        assert found.data.replace(SHA.encode(), b"SHA") == _python(expected).replace("\n", newline).encode()


@pytest.mark.parametrize(("text", "why"), LEFT)
def test_what_is_not_sure_is_left_and_told(text: str, why: str) -> None:
    text = _python(text)
    assert after("a.py", text) == text
    assert whys("a.py", text) == ([why] if why else [])


@pytest.mark.parametrize("text", ALONE)
def test_dictionaries_and_loops_are_left(text: str) -> None:
    assert after("a.py", _python(text)) == _python(text)


def test_a_byte_order_mark_and_a_missing_newline_stay() -> None:
    data = b"\xef\xbb\xbf" + HEAD.encode() + b'AutoModel.from_pretrained("org/m")'
    expected = b"\xef\xbb\xbf" + HEAD.encode() + f'AutoModel.from_pretrained("org/m", revision="{SHA}")'.encode()
    assert done("a.py", data).data == expected


def test_python_2_is_left() -> None:
    text = _python('load("org/m")\nprint "x"')
    assert after("a.py", text) == text


def test_a_constant_of_another_module_is_followed() -> None:
    text = f"from b import N\n{HEAD}AutoModel.from_pretrained(N)\n"
    found = done("a.py", text.encode(), others={"b.py": b'N = "org/m"\n'})
    assert found.data.decode() == text.replace("(N)", f'(N, revision="{SHA}")')
