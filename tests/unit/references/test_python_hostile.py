"""Python: what is broken, huge, deep, endless or hidden."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.references.labels import models, nothing

from weighbridge.references import python
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.python import PythonExtractor, extract
from weighbridge.references.python_mentions import mentions

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from weighbridge.core.mention import Mention
    from weighbridge.references.python_mentions import File

T = "from transformers import AutoModel\n"
L = 'AutoModel.from_pretrained("a/b")'
SECONDS = 5
"""Far above what any of these takes, far below what an endless one would."""


@pytest.mark.parametrize(
    "data",
    [
        (T + L).encode("utf-16"),
        b"# coding: utf-7\n" + (T + L).encode(),
        b"# coding: no-such\n" + (T + L).encode(),
        (T + L + ' # "\xe9"').encode("latin-1"),
        (T + L + "\x00").encode(),
        (T + L).encode()[:-1],
        (T + "  x = 1\n" + L).encode(),
        (T + L).encode() + b"\n" * MAX_BYTES,
        (T + f"f({'(' * 9000}").encode() + L.encode(),
        (T + "x = " + "-" * 100_000 + f"1\n{L}").encode(),
        ("print 'x'\n" + T + L).encode(),
    ],
)
def test_what_cannot_be_read_says_so(data: bytes) -> None:
    found = extract("m.py", data, nothing)
    assert found.mentions == ()
    assert found.unreadable


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "koi8-r", "utf-8-sig"])
def test_encodings_of_programs_are_read(encoding: str) -> None:
    cookie = f"# -*- coding: {encoding.removesuffix('-sig')} -*-\n"
    text = cookie + T + 'x = "\xe9\xdf"\n' * (encoding in {"latin-1", "cp1252", "utf-8-sig"}) + L
    found = extract("m.py", text.encode(encoding), nothing)
    assert models(found.mentions) == ["hf:a/b"]


def test_a_file_of_fifty_megabytes_is_told_of_at_once() -> None:
    began = time.process_time()
    assert extract("m.py", (T + L).encode() * (1 << 20), nothing).unreadable == "too large"
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    "code",
    [
        "AutoModel.\\\nfrom_pretrained('a/b')",
        "AutoModel.\uff46rom_pretrained('a/b')",
        f'"""\n# """; {L}',
        f"'''\n>>> '''; {L}",
        f"# x\r{L}",
        f"if x:\n\t{L}",
        f"\f{L}",
        f"x = 1; {L}; y = 2",
        f"def from_pretrained(): {L}",
        "AutoModel . from_pretrained\\\n('a/b')",
        f"@decorated({L})\ndef f(): ...",
        f"def f(x={L}): ...",
        f"class A(B, k={L}): ...",
        f"match {L}:\n    case _: ...",
        f"try: ...\nexcept* {L}: ...",
        f"async def f():\n    async with {L} as x: ...",
        f"f'{{{L}}}'",
        f"x: int = {L}",
        f"assert {L}",
        f"del x[{L}]",
    ],
)
def test_a_call_is_found_wherever_it_stands(code: str) -> None:
    assert models(extract("m.py", (T + code).encode(), nothing).mentions) == ["hf:a/b"]


ENDLESS = [
    "M = M\nf(M)",
    "M = N\nN = M\nf(M)",
    "M = M + M\nf(M)",
    "D = {**D}\nf(**D)\nf(D['x'])",
    "X = [*X]\nfor x in X:\n    f(x)",
    "for x in x:\n    f(x)",
    "def g():\n    return g()\nf(g())",
    "def g():\n    return h()\ndef h():\n    return g()\nf(g().m)\nf(g()['x'])\nfor x in g():\n    f(x)",
    "class A(A):\n    pass\nf(A.m)\nf(A().m)",
    "class A(B): ...\nclass B(A): ...\nf(A.m)\nA.from_pretrained('a/b')",
    "class A:\n    def __init__(self):\n        self.m = self.m\n    def g(self):\n        f(self.m.x)",
    "from functools import partial\np = partial(p)\np('a/b')",
    "f = f\nf('a/b')",
    "def g():\n    return g()\ndef h():\n    return h().m\nf(g().m.m)\nf(h().m)\ng().m.from_pretrained('a/b')",
    "import m\nf(m.m.m.m)\nfrom m import *\nf(unknown)",
    "from m import X\nX = X\nf(X)",
    "a = b.c\nb = a.c\nf(a.c.c)",
    "\n".join(f"x{i} = x{i + 1} + x{i + 1}" for i in range(40)) + "\nf(x0)",
    "\n".join(f"x{i} = x{i + 1} if y else z{i}" for i in range(200)) + "\nf(x0)",
    "\n".join("x = [x, x, x, x]\nfor x in x:\n    f(x)" for _ in range(30)),
    "x = 0\nwhile y:\n" + "\n".join("    x = x + x; f(x)" for _ in range(50)),
    "\n".join(f"class C{i}(C{i + 1}, C{i + 2}): ..." for i in range(60)) + "\nf(C0.m)",
    "\n".join(f"def g{i}(x):\n    return g{i + 1}(x) or g{i + 2}(x)" for i in range(40)) + "\nf(g0('a/b'))",
]


@pytest.mark.parametrize("code", ENDLESS)
def test_reading_ends(code: str) -> None:
    text = f"{T}f = AutoModel.from_pretrained\n{code}".encode()
    began = time.process_time()
    assert extract("m.py", text, {"m.py": text}.get).unreadable in {"", "names lead too far"}
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    "code",
    [
        "if x: pass\n" + "".join(f"elif x == {i}: M = 'a/b'\n" for i in range(1000)) + "f(M)",
        "f(" + " + ".join(["'a'"] * 900) + ")",
        "f('a/b')" + ".x" * 900,
        "a" + ".a" * 900 + ".from_pretrained('a/b')",
        "M = [" + ", ".join(f"'a/b{i}'" for i in range(20_000)) + "]\nfor m in M:\n    f(m)",
        "M = {" + ", ".join(f"'{i}': 'a/b{i}'" for i in range(20_000)) + "}\nf(M[x])",
        "\n".join(f"M = 'a/b{i}'" for i in range(5_000)) + "\nf(M)",
        "\n".join("f('a/b')" for _ in range(3_000)),
        "".join(f"{' ' * i}def g{i}():\n" for i in range(80)) + " " * 80 + "f('a/b')",
        "x = " + "[" * 80 + "f('a/b')" + "]" * 80,
    ],
)
def test_what_is_long_or_deep_is_read_in_time(code: str) -> None:
    began = time.process_time()
    found = extract("m.py", f"{T}f = AutoModel.from_pretrained\n{code}".encode(), nothing)
    assert time.process_time() - began < SECONDS
    assert found.mentions or found.unreadable


@pytest.mark.parametrize("more", ["x = x + [M]", "x = [*x, M]", "x = {**x, 'm': M}", "x = x | {'m': M}"])
@pytest.mark.parametrize(
    "use", ["AutoModel.from_pretrained(x[0])", "AutoModel.from_pretrained(**x)", "subprocess.run(x)"]
)
def test_what_goes_on_from_itself_is_read_in_time(more: str, use: str) -> None:
    loop = "while y:\n" + "".join(f"    {more}\n    {use}\n" for _ in range(60))
    found = extract("m.py", f"{T}import subprocess\nM = 'a/b'\nx = []\n{loop}{L}\n".encode(), nothing)
    assert "hf:a/b" in models(found.mentions) or found.unreadable == "names lead too far"


def test_a_hundred_thousand_modules_are_not_kept() -> None:
    module = b"M = 'a/b'\n" + b"#" * 100_000
    extractor = PythonExtractor(lambda path: module if path.startswith("p") and "/" not in path else None)
    for index in range(100):
        code = f"{T}from p{index} import M\nAutoModel.from_pretrained(M)"
        assert models(extractor.extract("m.py", code.encode()).mentions) == ["hf:a/b"]
    kept = extractor._reading.modules._kept
    assert sum(size for _, size in kept.values()) <= 4 << 20


def test_what_nests_too_deeply_is_told_of_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(file: File, node: ast.Call, *more: Any) -> Iterator[Mention]:
        if node.lineno == 3:
            raise RecursionError
        return mentions(file, node, *more)

    monkeypatch.setattr(python, "mentions", too_deep)
    found = extract("m.py", f"{T}{L}\n{L}\n".encode(), nothing)
    assert models(found.mentions) == ["hf:a/b"]
    assert found.unreadable == "nested too deeply"


def test_a_file_that_uses_up_its_steps_says_so() -> None:
    ways = "\n".join(f"def g{i}(x):\n    return g{i + 1}(x + '{i}') or g{i + 2}(x)" for i in range(40))
    calls = "\n".join(f"AutoModel.from_pretrained(g0('{i}'))" for i in range(40))
    found = extract("m.py", f"{T}{ways}\n{calls}\n{L}".encode(), nothing)
    assert found.unreadable == "names lead too far"


def test_memory_that_runs_out_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> set[str]:
        raise MemoryError

    monkeypatch.setattr(python, "imported", no_memory)
    assert extract("m.py", f"{T}{L}\n".encode(), nothing) == Extraction((), "nested too deeply")


def test_a_file_without_a_needle_is_not_parsed() -> None:
    assert extract("m.py", b"def (", nothing) == Extraction()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_text_is_read(data: st.DataObject) -> None:
    pieces = [
        T,
        L,
        "f = AutoModel.from_pretrained\n",
        "f(",
        ")",
        "'a/b'",
        "\n",
        "    ",
        "for x in y:",
        "{",
        "}",
        "=",
        "x",
    ]
    code = "".join(data.draw(st.lists(st.sampled_from(pieces) | st.text(max_size=3), max_size=30)))
    found = extract("m.py", code.encode("utf-8", "replace"), nothing)
    for mention in found.mentions:
        assert mention.spot.line >= 1
        assert mention.spot.column >= 1
