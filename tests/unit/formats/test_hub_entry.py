"""Which weights an entry of a hubconf.py can download, by its code alone."""

from __future__ import annotations

from textwrap import dedent

import pytest

from weighbridge.formats import hub_entry, python_module
from weighbridge.formats.hub_entry import HubEntry, base_name, examine

LOAD = "from torch.hub import load_state_dict_from_url as load\n"
A, B, C = (f"https://h.example/{name}.pth" for name in "abc")


def look(files: dict[str, str], entry: str = "net") -> HubEntry:
    texts = {path: dedent(text).encode() for path, text in files.items()}
    return examine(texts.get, entry)


def found(body: str, entry: str = "net", **more: str) -> tuple[list[str], tuple[str, ...]]:
    """The addresses and the unresolved places of an entry."""
    made = look({"hubconf.py": LOAD + dedent(body), **{f"{name}.py": text for name, text in more.items()}}, entry)
    assert made.found
    return [url for url, _ in made.weights], made.unresolved


RESOLVED = {
    "a constant": (f"def net(): load('{A}')", [A]),
    "a keyword": (f"def net(): load(url='{A}', progress=False)", [A]),
    "an asynchronous function": (f"async def net(): load('{A}')", [A]),
    "a class": (f"class net:\n def __init__(self): load('{A}')", [A]),
    "a dotted name": (f"import torch\ndef net(): torch.hub.load_state_dict_from_url('{A}')", [A]),
    "another function that downloads": (
        f"import torch\ndef net(): torch.hub.download_url_to_file('{A}', 'x')",
        [A],
    ),
    "an older name": (f"from torch.utils.model_zoo import load_url\ndef net(): load_url('{A}')", [A]),
    "an import inside": (f"def net():\n from torch.hub import load_state_dict_from_url as f\n f('{A}')", [A]),
    "a name of the module": (f"URL = '{A}'\ndef net(): load(URL)", [A]),
    "an annotated name": (f"URL: str = '{A}'\ndef net(): load(URL)", [A]),
    "a name of the function": (f"def net():\n url = '{A}'\n load(url)", [A]),
    "a name that hides the module's": (f"url = '{B}'\ndef net():\n url = '{A}'\n load(url)", [A]),
    "a sum": ("BASE = 'https://h.example/'\ndef net(): load(BASE + 'a' + '.pth')", [A]),
    "a formatted text": ("BASE, n = 1, 2\nB = 'https://h.example'\ndef net(): load(f'{B}/a.pth')", [A]),
    "a number in a text": ("N = 1\ndef net(): load(f'https://h.example/{N}')", ["https://h.example/1"]),
    "format": ("def net(): load('https://{}/{name}.pth'.format('h.example', name='a'))", [A]),
    "format by place": ("def net(): load('https://{0}/a.pth'.format('h.example'))", [A]),
    "a choice": (f"def net(x): load('{A}' if x else '{B}')", [A, B]),
    "an or": (f"def net(): load('{A}' or '{B}')", [A, B]),
    "two branches": (f"def net(x):\n if x:\n  u = '{A}'\n else:\n  u = '{B}'\n load(u)", [A, B]),
    "a walrus": (f"def net():\n if (u := '{A}'): load(u)", [A]),
    "no address as another choice": (f"def net(x):\n u = None\n if x: u = '{A}'\n load(u)", [A]),
    "a table": (f"urls = {{'a': '{A}', 'b': '{B}'}}\ndef net(): load(urls['b'])", [B]),
    "a table by get": (f"urls = {{'a': '{A}', 'b': '{B}'}}\ndef net(): load(urls.get('b'))", [B]),
    "a table by keywords": (f"urls = dict(a='{A}', b='{B}')\ndef net(): load(urls['b'])", [B]),
    "a table in a table": (
        f"urls = {{'x': {{'a': '{A}'}}, 'y': {{'a': '{B}'}}}}\ndef net(): load(urls['y']['a'])",
        [B],
    ),
    "a table with another in it": (
        f"one = {{'a': '{A}'}}\nurls = {{**one, 'b': '{B}'}}\ndef net(): load(urls['a'])",
        [A],
    ),
    "a table that grows": (
        f"urls = {{}}\nurls['a'] = '{A}'\nurls.update({{'b': '{B}'}})\ndef net(): load(urls['b'])",
        [B],
    ),
    "a table of the function": (f"def net():\n urls = {{'a': '{A}'}}\n urls['b'] = '{B}'\n load(urls['b'])", [B]),
    "an unknown key": (f"urls = {{'a': '{A}', 'b': '{B}'}}\ndef net(key): load(urls[key])", [A, B]),
    "a parameter by default": (f"def net(url='{A}'): load(url)", [A]),
    "a keyword parameter by default": (f"def net(*, url='{A}'): load(url)", [A]),
    "a parameter of a call": (
        f"urls = {{'a': '{A}', 'b': '{B}'}}\ndef net(): _net('a', 1)\ndef _net(arch, n, **more): load(urls[arch])",
        [A],
    ),
    "a keyword of a call": (f"def net(): _net(url='{A}')\ndef _net(n=1, *, url): load(url)", [A]),
    "two calls": (f"def net():\n _net('{A}')\n _net('{B}')\ndef _net(url): load(url)", [A, B]),
    "an attribute": (f"class W: pass\nONE = W(url='{A}')\nTWO = W(url='{B}')\ndef net(w=ONE): load(w.url)", [A]),
    "an attribute of a class": (f"class W:\n url = '{A}'\ndef net():\n w = W()\n load(w.url)", [A]),
    "a decorator": (f"def deco(f): load('{A}')\n@deco\ndef net(): pass", [A]),
    "a function within": (f"def net():\n def inner(): load('{A}')\n return inner()", [A]),
    "a lambda": (f"def net(): return lambda: load('{A}')", [A]),
    "a comprehension": (f"def net(): return [load('{A}') for x in y]", [A]),
    "a function handed on": (f"def net(): return map(one, [])\ndef one(x): load('{A}')", [A]),
    "a name in a branch": (f"try:\n import x\n U = '{A}'\nexcept ImportError:\n U = '{B}'\ndef net(): load(U)", [A, B]),
    "a call at import": (f"def net(): pass\nSTATE = load('{A}')", [A]),
    "what other entries load is not meant": (f"def net(): pass\ndef other(): load('{B}')", []),
    "a docstring is no address": (f"def net():\n '''See {A}.'''\n load('{B}')", [B]),
    "what a function gives": (
        "def net(): load(make('a', n=1))\ndef make(x, *, n=2): return f'https://h.example/{x}.pth'",
        [A],
    ),
    "methods of texts": (
        "def net():\n x = 'A_'.replace('_', '').lower()[:4]\n load('https://h.example/' + x + '.pth')",
        [A],
    ),
    "more methods of texts": ("def net(): load('https://h.example/' + 'xa.pth'[1:] + '?'.upper()[1:])", [A]),
    "a number as a text": ("N = 1\ndef net(): load('https://h.example/' + str(N))", ["https://h.example/1"]),
    "nothing more is handed on": (f"def net(**more): _net(**more)\ndef _net(url='{A}', **more): load(url)", [A]),
    "something else is handed on": (
        f"def net(**more): _net(x=1, **more)\ndef _net(**more): _last(**more)\ndef _last(url='{A}', **more): pass",
        [],
    ),
    "recursion": (f"def net(n=1):\n net(n)\n load('{A}')", [A]),
}


@pytest.mark.parametrize("name", RESOLVED)
def test_addresses_that_the_code_tells(name: str) -> None:
    body, urls = RESOLVED[name]
    assert found(body) == (urls, ())


UNRESOLVED = {
    "a parameter": "def net(url): load(url)",
    "a call": "def net(): load(make())",
    "no argument": "def net(): load()",
    "arguments by star": "def net(*a): load(*a)",
    "a file by address": "def net(): load('file:///etc/passwd')",
    "a text with a space": f"def net(): load('{A} {B}')",
    "a number": "def net(): load(1)",
    "something may be handed on": f"def net(**o):\n o['url'] = x()\n _net(**o)\ndef _net(url='{A}'): load(url)",
    "what a generator gives": f"def net(): load(make())\ndef make():\n yield\n return '{A}'",
    "what a decorated function gives": f"def net(): load(make())\n@x\ndef make(): return '{A}'",
    "what a function without a result gives": "def net(): load(make())\ndef make(): pass",
    "what a class gives": "def net(): load(make())\nclass make: pass",
    "a replacement that grows": "def net(): load('https://h.example/a'.replace('a', 'aa'))",
    "a replacement in what is unknown": "def net(x): load(x.replace('a', 'b').lower()[1:])",
    "a piece between unknown places": f"def net(x): load('{A}'[x:])",
    "a piece between no numbers": f"def net(x): load('{A}'['0':])",
    "a part that is unknown": "def net(x): load(f'https://h.example/{x}')",
    "a format that is unknown": "def net(x): load('https://{}'.format(x))",
    "a format of another kind": "def net(): load('https://{:>5}'.format(1))",
    "a text by width": "N = 1\ndef net(): load(f'https://h.example/{N:05}')",
    "a remainder": "def net(): load('https://h.example/%s' % 'a')",
    "a loop": f"def net():\n for u in ['{A}']: load(u)",
    "a sum in place": f"def net():\n u = '{A}'\n u += 'x'\n load(u)",
    "a name of another function": f"def net(): load(u)\ndef other():\n u = '{A}'",
    "a parameter that hides the module's name": f"u = '{A}'\ndef net(u): load(u)",
    "a parameter that is given another value": f"def net(u):\n u = u or '{A}'\n load(u)",
    "a name that a function changes": f"u = '{A}'\ndef net(): load(u)\ndef other():\n global u\n u = x()",
    "a comprehension's name hides": f"u = '{A}'\ndef net(): [load(u) for u in x]",
    "a with's name hides": f"u = '{A}'\ndef net():\n with x() as u: load(u)",
    "an exception's name hides": f"u = '{A}'\ndef net():\n try: x()\n except E as u: load(u)",
    "a match's name hides": f"u = '{A}'\ndef net(x):\n match x:\n  case u: load(u)",
    "an import's name hides": f"u = '{A}'\ndef net():\n import u\n load(u)",
    "a key that is not there": f"urls = {{'a': '{A}'}}\ndef net(): load(urls['b'])",
    "a table that is unknown": "urls = read()\ndef net(): load(urls['b'])",
    "a table with an unknown one in it": f"urls = {{**x, 'a': '{A}'}}\ndef net(): load(urls['a'])",
    "a parameter as a table": "def net(urls): load(urls['a'])",
    "an attribute that nobody sets": "def net(w): load(w.url)",
    "an attribute that is computed": "class W: pass\ndef net(x): load(W(url=x()).url)",
    "a function given another name": "import torch\nf = torch.hub.load_state_dict_from_url\ndef net(): f(x)",
    "a function handed on": f"from functools import partial\ndef net(): return partial(load, '{A}')",
    "a function of a call with stars": "def net(*a): _net(*a)\ndef _net(url='x'): load(url)",
    "another way to download": "from huggingface_hub import hf_hub_download\ndef net(): hf_hub_download('a', 'b')",
    "another repository": "import torch\ndef net(): torch.hub.load('a/b', 'c')",
    "a method of a library": "from x import Model\ndef net(): return Model.from_pretrained('a')",
    "a file's name that is unknown": f"def net(n): load('{A}', file_name=n)",
    "two files with one name": f"def net(x): load('{A}' if x else '{B}', file_name='n')",
    "a method's parameter": f"class net:\n def get(self, url='{A}'): load(url)",
}


@pytest.mark.parametrize("name", UNRESOLVED)
def test_what_only_running_the_code_would_tell_is_said(name: str) -> None:
    urls, unresolved = found(UNRESOLVED[name])
    assert urls == []
    assert unresolved
    assert all(place.startswith("hubconf.py:") for place in unresolved)


def test_the_place_is_that_of_the_call() -> None:
    assert found("\n\ndef net(url):\n    load(\n        url)\n")[1] == ("hubconf.py:5",)


def test_a_file_can_be_called_otherwise() -> None:
    made = look({"hubconf.py": LOAD + f"def net(): load('{A}?x=1', file_name='net.pth'); load('{B}?x=1')"})
    assert made.weights == ((f"{A}?x=1", "net.pth"), (f"{B}?x=1", "b.pth"))
    assert base_name("https://[") == ""


MODERN = {
    "hubconf.py": "from vision.models.resnet import net, other\nfrom vision.models import get",
    "vision/__init__.py": "from . import models",
    "vision/models/__init__.py": "from .resnet import *\nfrom ._api import get",
    "vision/models/_api.py": """
        from enum import Enum
        from .._internal import load_state_dict_from_url
        class Weights:
            url: str
        class WeightsEnum(Enum):
            def get_state_dict(self, *args, **kwargs):
                return load_state_dict_from_url(self.url, *args, **kwargs)
            @property
            def url(self):
                return self.value.url
        def register(name=None):
            def wrapper(fn):
                return fn
            return wrapper
        def get(name, **config):
            return WeightsEnum(name).get_state_dict()
    """,
    "vision/_internal.py": """
        try:
            from torch.hub import load_state_dict_from_url
        except ImportError:
            from torch.utils.model_zoo import load_url as load_state_dict_from_url
    """,
    "vision/models/resnet.py": f"""
        from functools import partial
        from typing import Optional
        from ._api import register, Weights, WeightsEnum
        class Net_Weights(WeightsEnum):
            V1 = Weights(url="{A}", transforms=partial(object, crop_size=224), meta={{"recipe": "https://x.example"}})
            V2 = Weights(url="{B}")
            DEFAULT = V2
        class Other_Weights(WeightsEnum):
            V1 = Weights(url="{C}")
        def _net(weights: Optional[Other_Weights], progress):
            return weights.get_state_dict(progress=progress, check_hash=True)
        @register()
        def net(*, weights: Optional[Net_Weights] = None, progress: bool = True):
            weights = Net_Weights.verify(weights)
            return _net(weights, progress)
        @register(name="other")
        def other(*, weights: Optional[Other_Weights] = None, progress: bool = True):
            weights = Other_Weights.verify(weights)
            return _net(weights, progress)
    """,
}


def test_weights_by_enumerations_are_those_of_the_entry() -> None:
    made = look(MODERN)
    assert made == HubEntry(True, ("get", "net", "other"), ((A, "a.pth"), (B, "b.pth")))
    assert look(MODERN, "other").weights == ((C, "c.pth"),)
    assert look(MODERN, "get").unresolved == ("vision/models/_api.py:8",)
    assert look(MODERN, "_net") == HubEntry(False, ("get", "net", "other"))
    assert look(MODERN, "") == HubEntry(False, ("get", "net", "other"))


def test_names_are_followed_through_modules() -> None:
    body = "import pkg.sub.tables as t\nfrom pkg import sub\nfrom pkg import *\n"
    files = {
        "hubconf.py": LOAD + body + "def net(): load(t.urls['a']); load(sub.tables.U); load(V)",
        "pkg/__init__.py": f"V = '{C}'",
        "pkg/sub/__init__.py": "from . import tables",
        "pkg/sub/tables.py": f"urls = {{'a': '{A}'}}\nU = '{B}'",
    }
    assert [url for url, _ in look(files).weights] == [A, B, C]
    inside = (
        LOAD
        + "def net():\n from pkg.sub import tables\n load(tables.U)\n from pkg import V\n load(V)\n import pkg.none\n"
    )
    assert [url for url, _ in look({**files, "hubconf.py": inside}).weights] == [B, C]


def test_modules_that_import_each_other_end() -> None:
    files = {
        "hubconf.py": LOAD + "from a import net\nfrom a import x as y",
        "a.py": f"from b import *\nfrom b import x\n{LOAD}def net(): load('{A}'); load(x)",
        "b.py": "from a import *\nfrom a import x",
    }
    made = look(files)
    assert made.weights == ((A, "a.pth"),)
    assert made.unresolved == ("a.py:4",)
    assert not look({"hubconf.py": "from hubconf import net"}).found


def test_without_a_hubconf_there_is_no_entry() -> None:
    assert look({}) == HubEntry(False, ())


@pytest.mark.parametrize(
    "text",
    [
        b"def net(:",
        b"\0",
        b"# coding: utf-7\n",
        b"# coding: none\n",
        b"\xff\xfe",
        b"x = " + b"(" * 5_000 + b")" * 5_000,
        b"x = " + b"-" * 100_000 + b"1",
        b"x = " + b"[]," * 200_001,
        b"#" * (10 << 20),
    ],
    ids=range(9),
)
def test_a_module_that_cannot_be_read_is_said(text: bytes) -> None:
    assert examine({"hubconf.py": text}.get, "net") == HubEntry(True, (), (), ("hubconf.py:1",))
    made = examine({"hubconf.py": b"from a import net, x\ndef one(): x()", "a.py": text}.get, "net")
    assert (made.found, made.weights) == (False, ())
    made = examine({"hubconf.py": b"import a\ndef net(): a.x()", "a.py": text}.get, "net")
    assert (made.weights, made.unresolved) == ((), ("a.py:1",))


def test_code_that_is_nested_deeply_ends() -> None:
    lambdas = "def net(): return " + "lambda: " * 80 + f"load('{A}')"
    assert found(lambdas) == ([], ("hubconf.py:2",))
    terms = "def net(): load(" + " + ".join(["'a'"] * 500) + ")"
    assert found(terms) == ([], ("hubconf.py:2",))


def test_code_that_would_take_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_module, "MAX_STEPS", 20_000)
    doubled = "\n".join(f"x{n} = x{n + 1} + x{n + 1}" for n in range(35))
    assert found(f"{doubled}\nx35 = ''\ndef net(): load(x0)")[1]
    calls = "def f(n): return f(n + 'a') + f(n + 'b')"
    assert found(f"{calls}\ndef net(): load(f(''))")[1]
    choices = " or ".join(f"'https://h.example/{n}'" for n in range(600))
    assert found(f"def net(): load({choices})") == ([], ("hubconf.py:2",))
    loops = "\n".join(f"def f{n}(): return f{(n + 1) % 9}() + f{(n + 2) % 9}()" for n in range(9))
    assert found(f"{loops}\ndef net(): load(f0())")[1]
    product = "x = 'a' or 'b'\ndef net(): load(" + "f'https://" + "{x}" * 12 + "')"
    assert found(product) == ([], ("hubconf.py:3",))
    assert found("x = 'a' or 'b'\ndef net(): load(('{}' * 1).format(x))")[1]
    assert found("x = 'a' or 'b'\ndef net(): load('" + "{}" * 12 + "'.format(" + "x," * 12 + "))")[1]
    long = "x = '" + "a" * 40_000 + "'\ndef net(): load('https://h.example/' + x + x)"
    assert found(long) == ([], ("hubconf.py:3",))
    monkeypatch.setattr(hub_entry, "MAX_VISITS", 10)
    many = "\n".join(f"def f{n}(): f{n + 1}()" for n in range(30))
    assert found(f"{many}\ndef f30(): load('{A}')\ndef net(): f0()") == ([], ("hubconf.py:1",))


def test_a_repository_of_very_many_modules_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_module, "MAX_MODULES", 3)
    files = {f"m{n}.py": f"import m{n + 1}\ndef f(): m{n + 1}.f()" for n in range(9)}
    assert look({"hubconf.py": "import m0\ndef net(): m0.f()", **files}).weights == ()
