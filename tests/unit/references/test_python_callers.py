"""Python: models that a function's callers name."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing

from weighbridge.references.python import extract
from weighbridge.references.python_callers import MAX_CALLERS

T = "from transformers import AutoModel\nimport pytest, sys\nfrom parameterized import parameterized\n"
L = "AutoModel.from_pretrained"
ONE = f"def load(m):\n    return {L}(m)\n"
TWO = f"def load(m, revision=None):\n    return {L}(m, revision=revision)\n"
MADE = f"class A:\n    def __init__(self, m):\n        self.m = m\n    def f(self):\n        {L}(self.m)\n"
CALLS = [
    (f'{ONE}load("a/b")', ["hf:a/b"]),
    (f'{ONE}load(m="a/b")', ["hf:a/b"]),
    (f'{ONE}load("a/b")\nload("c/d")', ["hf:a/b", "hf:c/d"]),
    (f'{ONE}def main():\n    M = "a/b"\n    load(M)', ["hf:a/b"]),
    (f'{ONE}load(m="a/b")\nload(sys.argv[1])', ["hf:?", "hf:a/b"]),
    (f"{ONE}load(sys.argv[1])", ["hf:?"]),
    (f"{ONE}load(*sys.argv)", ["hf:?"]),
    (f"{ONE}load()", ["hf:?"]),
    (f"{ONE}load(Net())", ["hf:?"]),
    (f'{ONE}x.load("a/b")', ["hf:?"]),
    (f'{ONE}load.other("a/b")', ["hf:?"]),
    (f'def load(m):\n    {L}(f"org/{{m}}")\nload("b")', ["hf:org/b"]),
    (f'def outer(m):\n    load(m)\n{ONE}outer("a/b")', ["hf:a/b"]),
    (f'def load(m):\n    load("c/d")\n    {L}(m)\nload("a/b")', ["hf:a/b"]),
    (f'def a(m):\n    b(m)\ndef b(m):\n    a(m)\n    {L}(m)\na("a/b")', ["hf:a/b", "hf:?"]),
    (f'async def load(m):\n    {L}(m)\nasync def main():\n    await load("a/b")', ["hf:a/b"]),
    (f'load = lambda m: {L}(m)\nload("a/b")', ["hf:?"]),
    (f'def load(model_dir):\n    {L}(model_dir)\nload("a/b")', []),
    (f'def load(m: Net):\n    {L}(m)\nload("a/b")', []),
    (f'def load(m="a/b"):\n    {L}(m)\nload("c/d")', ["hf:a/b", "hf:c/d"]),
    (f'def load(m=None):\n    {L}(m)\nload("c/d")\nload()', ["hf:c/d"]),
    (f"{ONE}{chr(10).join(f'load({chr(34)}a/{index}{chr(34)})' for index in range(MAX_CALLERS + 1))}", ["hf:?"]),
]
METHODS = [
    (f'{MADE}A("a/b")', ["hf:a/b"]),
    (f'{MADE}A(m="a/b").f()', ["hf:a/b"]),
    (f'{MADE}x = A\nx("a/b")', ["hf:?"]),
    (f'class A:\n    def load(self, m):\n        {L}(m)\nA().load("a/b")', ["hf:a/b"]),
    (f'class A:\n    def load(self, m):\n        {L}(m)\n    def g(self):\n        self.load("a/b")', ["hf:a/b"]),
    (f'class A:\n    @staticmethod\n    def load(m):\n        {L}(m)\nA.load("a/b")', ["hf:a/b"]),
    (f'class A:\n    @classmethod\n    def load(cls, m):\n        {L}(m)\nA.load("a/b")', ["hf:a/b"]),
]
REVISED = [
    (f'{TWO}load("a/b", "1")\nload("c/d", revision="2")\nload("e/f")', ["hf:a/b@1", "hf:c/d@2", "hf:e/f"]),
    (f'{TWO}load("a/b", sys.argv[1])\nload("c/d", "2")', ["hf:a/b@?", "hf:c/d@2"]),
    (
        f'def load(task, m="a/b", revision="1"):\n    {L}(m, revision=revision)\nload(0, "c/d", "2")\nload(1, "e/f")',
        ["hf:a/b@1", "hf:c/d@2", "hf:e/f@1"],
    ),
    (f'def load(m, revision):\n    {L}(m, revision=revision)\nload("a/b", "1")', ["hf:a/b@1"]),
]
CASES = "@pytest.mark.parametrize"
TESTS = [
    (f'{CASES}("m", ["a/b", "c/d"])\n{ONE}', ["hf:a/b", "hf:c/d"]),
    (f'{CASES}(argnames="m", argvalues=["a/b"])\n{ONE}', ["hf:a/b"]),
    (f'{CASES}("m, n", [("a/b", 1), pytest.param("c/d", 2, id="x")])\n{ONE}', ["hf:a/b", "hf:c/d"]),
    (f'{CASES}(["n", "m"], [[1, "a/b"]])\n{ONE}', ["hf:a/b"]),
    (f'C = [("a/b", "1"), ("c/d", "2")]\n{CASES}("m,revision", C)\n{TWO}', ["hf:a/b@1", "hf:c/d@2"]),
    (f'C = zip(["a/b"], ["1"])\n{CASES}("m,revision", C)\n{TWO}', ["hf:a/b@1"]),
    (f'{CASES}("n", ["a/b"])\n{ONE}', ["hf:?"]),
    (f"{CASES}()\n{ONE}", ["hf:?"]),
    (f'{CASES}("m", cases())\n{ONE}', ["hf:?"]),
    (f'@other("m", ["a/b"])\n{ONE}', ["hf:?"]),
    (f'{CASES}("m", ["a/b"])\nclass T:\n    def test(self, m):\n        {L}(m)', ["hf:a/b"]),
    (
        f'class T:\n    @parameterized.expand([("a/b",), ("c/d",)])\n    def test(self, m):\n        {L}(m)',
        ["hf:a/b", "hf:c/d"],
    ),
    (f'@parameterized.expand(["a/b"])\n{ONE}', ["hf:a/b"]),
]


@pytest.mark.parametrize(("code", "expected"), [*CALLS, *METHODS, *REVISED, *TESTS])
def test_what_callers_name(code: str, expected: list[str]) -> None:
    found = extract("a.py", f"{T}{code}\n".encode(), nothing)
    assert found.unreadable == ""
    assert sorted(models(found.mentions)) == sorted(expected)


def test_functions_without_number_are_told_of() -> None:
    code = "".join(f"def f{i}(m):\n    {L}(m)\nf{i}(x)\n" for i in range(5_000))
    assert extract("a.py", f"{T}{code}".encode(), nothing).unreadable == "names lead too far"


def test_functions_of_another_file_have_no_callers_here() -> None:
    other = f'{T}def name(m):\n    return m\nNAME = name("a/b")\n'.encode()
    found = extract(
        "a.py", f"{T}from other import NAME, name\n{L}(NAME)\n{L}(name(x))\n".encode(), {"other.py": other}.get
    )
    assert models(found.mentions) == ["hf:a/b", "hf:?"]
