"""Calls whose model is another on another day."""

from __future__ import annotations

import pytest

from weighbridge.fixes.python_call import call_at
from weighbridge.fixes.python_values import is_given, varies
from weighbridge.fixes.source import Source, Why

PARAMETER = "its model is the parameter m"
RUNS = "its model can be another when the program runs"
VALUES = [
    ("load(m)", ""),
    ('m = "org/m"\nload(m)', ""),
    ('m: str = "org/m"\nload(m)', ""),
    ("m: str\nload(m)", ""),
    ('m = ("a", "b")[0]\nload(m)', ""),
    ("m = f()\nload(m)", RUNS),
    ("m += f()\nload(m)", RUNS),
    ("if (m := f()): load(m)", RUNS),
    ("a, m = f()\nload(m)", RUNS),
    ('for m in ["org/m"]: load(m)', RUNS),
    ("for a, m in x: load(m)", RUNS),
    ("for a in x: load(m)", ""),
    ("[load(m) for m in x]", RUNS),
    ("async def f():\n    async for m in x: load(m)", RUNS),
    ("load(f())", RUNS),
    ('load(f"{f()}")', RUNS),
    ('load("org/m")', ""),
    ("load(m.a)", ""),
    ("m = f()\nload(m.a)", RUNS),
    ('load(m["a"])', ""),
    ("def f(m): load(m)", PARAMETER),
    ("def f(m, /): load(m)", PARAMETER),
    ('def f(m):\n    a = f"org/{m}"\n    load(a)', PARAMETER),
    ("def f(m):\n    a = m\n    b = a\n    load(b)", PARAMETER),
    ('def f(m):\n    a = "org/m"\n    load(a)', ""),
    ("a = b\nb = a\nload(a)", ""),
    ("class A:\n    def __init__(self, m):\n        self.a = m\n    def f(self): load(self.a)", PARAMETER),
    ("class A:\n    def __init__(self, m):\n        self.a: str = m\n    def f(self): load(self.a)", PARAMETER),
    ('class A:\n    def f(self, m):\n        self.b = m\n        self.a = "org/m"\n    def g(self): load(self.a)', ""),
    ("class A:\n    def __init__(self):\n        self.a = f()\n    def f(self): load(self.a)", RUNS),
    ("class A:\n    a: str\n    def f(self): load(self.a)", ""),
    ("class A:\n    def __init__(self):\n        self.a: str\n    def f(self): load(self.a)", ""),
    ("def f(*, m): load(m)", PARAMETER),
    ("def f(*m): load(m[0])", PARAMETER),
    ("def f(**m): load(m['a'])", PARAMETER),
    ("lambda m: load(m)", PARAMETER),
    ("def f(m):\n    def g():\n        load(m)", PARAMETER),
    ("def f(m): pass\nload(m)", ""),
    ("def f(self): load(self.m)", ""),
    ("def f(cls): load(cls.m)", ""),
]
GIVEN = [
    ("load(m, **k)", ""),
    ("k = {'a': 1}\nload(m, **k)", ""),
    ("k = {'revision': 1}\nload(m, **k)", "k"),
    ("k: dict = {'revision': 1}\nload(m, **k)", "k"),
    ("k |= {'revision': 1}\nload(m, **k)", "k"),
    ("k = dict(revision=1)\nload(m, **k)", "k"),
    ("k = dict({'revision': 1})\nload(m, **k)", "k"),
    ("k['revision'] = 1\nload(m, **k)", "k"),
    ("k['a'] = 1\nload(m, **k)", ""),
    ("k[x] = 1\nload(m, **k)", ""),
    ("k.update(revision=1)\nload(m, **k)", "k"),
    ("k.update({'revision': 1})\nload(m, **k)", "k"),
    ("k.setdefault('revision', 1)\nload(m, **k)", "k"),
    ("j.setdefault('revision', 1)\nload(m, **k)", ""),
    ("load(m, **{'revision': 1})", "{'revision': 1}"),
    ("load(m, **dict(revision=1))", "dict(revision=1)"),
    ("load(m, **{'a': 1}, **k)", ""),
]


def _asked(text: str) -> tuple[Source, int]:
    return Source(text, is_python=True), text.index("load(") + len("load(")


@pytest.mark.parametrize(("text", "why"), VALUES)
def test_a_model_that_varies_is_told(text: str, why: str) -> None:
    source, at = _asked(text)
    site = call_at(source, at)
    assert site is not None
    assert varies(source, site) == (Why(why) if why else None)


@pytest.mark.parametrize(("text", "name"), GIVEN)
def test_a_dictionary_with_a_revision_is_told(text: str, name: str) -> None:
    source, at = _asked(text)
    site = call_at(source, at)
    assert site is not None
    assert is_given(source, site, "revision") == name


@pytest.mark.parametrize(
    "text",
    [
        "load(m",
        "load(m)\nprint 1",
        "load(\x00m)",
        "load(" + "(" * 3000,
        "load(m)\nx = 1" + " or 2" * 30_000,
        "load(m); x = 1" + " or 2" * 490,
        "load(m)\rx",
        "x(load())",
    ],
)
def test_what_can_not_be_read_has_no_call(text: str) -> None:
    source, at = _asked(text)
    found = call_at(source, at)
    assert found is None or source.text[found.start : found.end] == "load(m)"


@pytest.mark.parametrize(
    "text", ["\x0c\nload(m)\n\x0c\n", "def f():\n\tx\n\x0c\nclass A:\n  load(m)\n", "x = 1\n\x0c\nload(\n  m)"]
)
def test_form_feeds_move_nothing(text: str) -> None:
    source, at = _asked(text)
    site = call_at(source, at + (0 if "\n  m" not in text else 3))
    assert site is not None
    assert source.text[site.start : site.start + 5] == "load("
