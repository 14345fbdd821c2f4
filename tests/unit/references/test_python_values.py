"""Python: what an argument can be, as programs write it."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing

from weighbridge.references.python import PythonExtractor, extract

T = "from transformers import AutoModel, AutoTokenizer\nimport os, sys\nfrom pathlib import Path\n"
L = "AutoModel.from_pretrained"
KNOWN = [
    (f'M = "a/b"\n{L}(M)', ["hf:a/b"]),
    (f'M: str = "a/b"\n{L}(M)', ["hf:a/b"]),
    (f'O = "a"\nN = "b"\n{L}(O + "/" + N)', ["hf:a/b"]),
    (f'O = "a"\n{L}(f"{{O}}/b")', ["hf:a/b"]),
    (f'O = "a"\n{L}("%s/b" % O)', ["hf:a/b"]),
    (f'{L}("{{}}/{{}}".format("a", "b"))', ["hf:a/b"]),
    (f'{L}("{{o}}/b".format(o="a"))', ["hf:a/b"]),
    (f'{L}("A/B".lower())', ["hf:a/b"]),
    (f'{L}("a/b" "-c")', ["hf:a/b-c"]),
    (f'def f(m="a/b"):\n    {L}(m)', ["hf:a/b"]),
    (f'def f(*, m: str = "a/b"):\n    {L}(m)', ["hf:a/b"]),
    (f'D = "a/b"\ndef f(m=D):\n    {L}(m)', ["hf:a/b"]),
    (f'def f(m=None):\n    m = m or "a/b"\n    {L}(m)', ["hf:a/b"]),
    (f'def f(m=None):\n    {L}(m if m else "a/b")', ["hf:a/b"]),
    (f'def f(m=None):\n    if m is None:\n        m = "a/b"\n    {L}(m)', ["hf:a/b"]),
    (f'm = os.getenv("M")\nif not m:\n    m = "a/b"\n{L}(m)', ["hf:a/b"]),
    (f'm = "c/d"\nif not m:\n    m = "a/b"\n{L}(m)', ["hf:a/b", "hf:c/d"]),
    (f'm = sys.argv[1]\nif x:\n    m = "a/b"\n{L}(m)', ["hf:a/b", "hf:?"]),
    (f'class A:\n    M = "a/b"\n    def f(self):\n        {L}(self.M)', ["hf:a/b"]),
    (f'class A:\n    def __init__(self):\n        self.m = "a/b"\n    def f(self):\n        {L}(self.m)', ["hf:a/b"]),
    (
        f'class A:\n    def __init__(self, m="a/b"):\n        self.m = m\n    def f(self):\n        {L}(self.m)',
        ["hf:a/b"],
    ),
    (f'class B:\n    M = "a/b"\nclass A(B):\n    def f(self):\n        {L}(self.M)', ["hf:a/b"]),
    (f'class C:\n    M = "a/b"\n{L}(C.M)\n{L}(C().M)', ["hf:a/b", "hf:a/b"]),
    (f'@dataclass\nclass C:\n    m: str = "a/b"\nc = C()\n{L}(c.m)', ["hf:a/b"]),
    (f'@dataclass\nclass C:\n    m: str = "a/b"\nc = C(m="c/d")\n{L}(c.m)', ["hf:c/d"]),
    (f'class C:\n    m: str = Field(default="a/b")\ndef f(c: C):\n    {L}(c.m)', ["hf:a/b"]),
    (f'class E(Enum):\n    X = "a/b"\n{L}(E.X.value)\n{L}(E.X)', ["hf:a/b", "hf:a/b"]),
    (f'class E(Enum):\n    X = "a/b"\n    Y = "c/d"\nfor e in E:\n    {L}(e.value)', ["hf:a/b", "hf:c/d"]),
    (f'{L}(os.environ.get("M", "a/b"))', ["hf:a/b"]),
    (f'{L}(os.getenv("M", default="a/b"))', ["hf:a/b"]),
    (f'{L}(os.getenv("M") or "a/b")', ["hf:a/b"]),
    (f'{L}("a/b" if x else "c/d")', ["hf:a/b", "hf:c/d"]),
    (f'M = {{"x": "a/b", "y": "c/d"}}\n{L}(M["x"])', ["hf:a/b"]),
    (f'M = {{"x": "a/b", "y": "c/d"}}\ndef f(k):\n    {L}(M[k])', ["hf:a/b", "hf:c/d"]),
    (f'M = {{"x": {{"id": "a/b"}}}}\n{L}(M["x"]["id"])', ["hf:a/b"]),
    (f'M = {{"x": "a/b"}}\n{L}(M.get("x"))', ["hf:a/b"]),
    (f'M = ["a/b", "c/d"]\n{L}(M[1])', ["hf:c/d"]),
    (f'for m in ("a/b", "c/d"):\n    {L}(m)', ["hf:a/b", "hf:c/d"]),
    (f'for m, r in [("a/b", "1"), ("c/d", "2")]:\n    {L}(m, revision=r)', ["hf:a/b@1", "hf:c/d@2"]),
    (f'for i, m in enumerate(["a/b"]):\n    {L}(m)', ["hf:a/b"]),
    (f'M = {{"x": "a/b", "y": "c/d"}}\nfor k, m in M.items():\n    {L}(m)', ["hf:a/b", "hf:c/d"]),
    (f'x = [{L}(m) for m in ["a/b", "c/d"]]', ["hf:a/b", "hf:c/d"]),
    (f'x = {{k: {L}(m) for k, m in {{"x": "a/b"}}.items()}}', ["hf:a/b"]),
    (f'm, r = "a/b", "v"\n{L}(m, revision=r)', ["hf:a/b@v"]),
    ('for c in (AutoModel, AutoTokenizer):\n    c.from_pretrained("a/b")', ["hf:a/b"]),
    (f'def g():\n    return "a/b"\n{L}(g())', ["hf:a/b"]),
    (f'def g(n):\n    return f"a/{{n}}"\n{L}(g("b"))', ["hf:a/b"]),
    (
        f'class A:\n    @property\n    def m(self):\n        return "a/b"\n    def f(self):\n        {L}(self.m)',
        ["hf:a/b"],
    ),
    (f'if (m := "a/b"):\n    {L}(m)', ["hf:a/b"]),
    (
        f'p.add_argument("-m", "--model-name", default="a/b")\nargs = p.parse_args()\n{L}(args.model_name)',
        ["hf:a/b"],
    ),
    (f'@click.option("--model", default="a/b")\ndef f(model):\n    {L}(model)', ["hf:a/b"]),
    (f'def f(model: str = typer.Option("a/b")):\n    {L}(model)', ["hf:a/b"]),
    (f'{L}(*["a/b"])', ["hf:a/b"]),
]
ORDER = [
    (f'm = "a/b"\n{L}(m)\nm = "c/d"\n{L}(m)', ["hf:a/b", "hf:c/d"]),
    (f'if x:\n    m = "a/b"\n    {L}(m)\nelse:\n    m = "c/d"\n    {L}(m)', ["hf:a/b", "hf:c/d"]),
    (f'm = "z/z"\nif x:\n    m = "a/b"\n{L}(m)', ["hf:a/b", "hf:z/z"]),
    (f'm = "a"\nm = m + "/b"\n{L}(m)', ["hf:a/b"]),
    (f'm = "a"\nm += "/b"\n{L}(m)', ["hf:a/b"]),
    (f'try:\n    m = "a/b"\nexcept E:\n    m = "c/d"\n{L}(m)', ["hf:a/b", "hf:c/d"]),
    (f'm = "a/b"\ndef f():\n    global m\n    m = g()\ndef h():\n    {L}(m)', ["hf:a/b", "hf:?"]),
    (f'def f():\n    {L}(m)\nm = "a/b"', ["hf:a/b"]),
]
NAMES = [
    ('load = AutoModel.from_pretrained\nload("a/b")', ["hf:a/b"]),
    ('M = AutoModel\nM.from_pretrained("a/b")', ["hf:a/b"]),
    ('import functools\nf = functools.partial(AutoModel.from_pretrained, revision="v")\nf("a/b")', ["hf:a/b@v"]),
    ('from functools import partial\npartial(AutoModel.from_pretrained, "a/b")()', ["hf:a/b"]),
    ('L = {"m": AutoModel.from_pretrained}\nL["m"]("a/b")', ["hf:a/b"]),
    ('getattr(AutoModel, "from_pretrained")("a/b")', ["hf:a/b"]),
    (
        'class A:\n    model_cls = AutoModel\n    def f(self):\n        self.model_cls.from_pretrained("a/b")',
        ["hf:a/b"],
    ),
    ('class A:\n    def f(self):\n        self.unknown_cls.from_pretrained("a/b")', ["hf:a/b"]),
    ('class MyModel(PreTrainedModel): ...\nMyModel.from_pretrained("a/b")', []),
    ('from transformers import PreTrainedModel\nclass M(PreTrainedModel): ...\nM.from_pretrained("a/b")', ["hf:a/b"]),
    ('class M:\n    @classmethod\n    def from_pretrained(cls, x): ...\nM.from_pretrained("a/b")', []),
    ("class M:\n    @classmethod\n    def from_pretrained(cls, x):\n        return cls.from_pretrained(x)", []),
    (
        "from torch.nn import P\nclass M(P):\n  def from_pretrained(x): P.from_pretrained(x)\nM.from_pretrained('a/b')",
        ["hf:a/b", "hf:a/b"],
    ),
    ('from transformers import *\npipeline("x", model="a/b")', ["hf:a/b"]),
    ('def from_pretrained(x): ...\nfrom_pretrained("a/b")', []),
    ('def snapshot_download(x): ...\nsnapshot_download("a/b")', []),
]
WORDS = [
    (f'K = {{"revision": "v"}}\n{L}("a/b", **K)', ["hf:a/b@v"]),
    (f'K = dict(pretrained_model_name_or_path="a/b", revision="v")\n{L}(**K)', ["hf:a/b@v"]),
    (f'K = {{}}\nK["revision"] = "v"\n{L}("a/b", **K)', ["hf:a/b@v"]),
    (f'B = {{"revision": "v"}}\nK = {{**B, "x": 1}}\n{L}("a/b", **K)', ["hf:a/b@v"]),
    (f'class A:\n    K = {{"revision": "v"}}\n    def f(self):\n        {L}("a/b", **self.K)', ["hf:a/b@v"]),
    (f'def f(**kw):\n    {L}("a/b", **kw)', ["hf:a/b@?"]),
    (f"def f(*a, **kw):\n    {L}(*a, **kw)", ["hf:?@?"]),
    (f'def f(r):\n    {L}("a/b", revision=r)', ["hf:a/b@?"]),
    (f'def f(r="v"):\n    {L}("a/b", revision=r)', ["hf:a/b@v"]),
    (f'{L}("a/b", revision=None)', ["hf:a/b"]),
    (f'{L}("a/b@v")', ["hf:a/b@v"]),
]
NOT_MODELS = [
    f'model.save_pretrained("out")\n{L}("out")',
    f'O = "acme/tuned"\nTrainingArguments(output_dir=O)\n{L}(O)\n{L}(f"{{O}}")',
    f'os.makedirs("bert", exist_ok=True)\n{L}("bert")',
    f'{L}("./x")\n{L}("../x")\n{L}("/models/x")\n{L}("~/x")\n{L}("models/x")',
    f'{L}(Path("a") / "b")',
    f'p = Path("a")\n{L}(p / "b")\n{L}(str(p))\n{L}(p)',
    f'{L}(os.path.join("a", "b"))',
    f"import tempfile\nwith tempfile.TemporaryDirectory() as t:\n    {L}(t)",
    f'def test(tmp_path):\n    {L}(tmp_path)\n    {L}(f"{{tmp_path}}/x")',
    f"def f(output_dir):\n    {L}(output_dir)",
    f"def f(p: Path):\n    {L}(p)",
    f'# {L}("a/b")\nx = \'{L}("a/b")\'',
    f'"""\n{L}("a/b")\n"""',
    f'def f():\n    """>>> {L}("a/b")"""',
    f'from huggingface_hub import snapshot_download\np = snapshot_download("a/b", repo_type="dataset")\n{L}(p)',
]
UNKNOWN = [
    f"def f(m):\n    {L}(m)",
    f"{L}(sys.argv[1])",
    f'{L}(os.environ["M"])',
    f'{L}(f"a/{{x()}}")',
    f"{L}(config.model)",
    f"from elsewhere import M\n{L}(M)",
    f"m = m2 = load()\n{L}(m)",
]


@pytest.mark.parametrize(("code", "expected"), [*KNOWN, *ORDER, *NAMES, *WORDS])
def test_a_value_is_told(code: str, expected: list[str]) -> None:
    assert sorted(models(extract("m.py", (T + code).encode(), nothing).mentions)) == sorted(expected)


@pytest.mark.parametrize("code", NOT_MODELS)
def test_what_names_no_model_is_none(code: str) -> None:
    assert models(extract("m.py", (T + code).encode(), nothing).mentions) == []


@pytest.mark.parametrize("code", UNKNOWN)
def test_what_cannot_be_told_is_said_once(code: str) -> None:
    assert models(extract("m.py", (T + code).encode(), nothing).mentions) == ["hf:?"]


def test_a_model_that_is_loaded_before_its_name_is_a_folder_is_one() -> None:
    code = T + f'{L}("gpt2")\nTrainingArguments(output_dir="gpt2")\n{L}("gpt2")\nmodel.save_pretrained(unknown)\n{L}(x)'
    assert models(extract("m.py", code.encode(), nothing).mentions) == ["hf:gpt2", "hf:?"]


def test_a_folder_that_was_fetched_is_told_of_once() -> None:
    code = T + f'from huggingface_hub import snapshot_download\np = snapshot_download("a/b")\n{L}(p)'
    assert models(extract("m.py", code.encode(), nothing).mentions) == ["hf:a/b"]


@pytest.mark.parametrize("switch", ["trust_remote_code=True", "**{'trust_remote_code': True}"])
def test_remote_code_is_told(switch: str) -> None:
    found = extract("m.py", (T + f'{L}("a/b", {switch})').encode(), nothing).mentions
    assert [each.runs_code for each in found] == [True]


MODULES = {
    "app/names.py": b'M = "a/b"\nclass C:\n    M = "c/d"\n',
    "app/__init__.py": b"from .names import M as AGAIN\n",
    "src/pkg/consts.py": b'M = "e/f"\n',
    "src/pkg/__init__.py": b"from pkg.consts import *\n",
    "tools/config.py": b'M = "g/h"\nfrom loop import X\n',
    "loop.py": b"from tools.config import X\n",
    "clients.py": b"from openai import OpenAI\nclient = OpenAI()\ndef make():\n    return OpenAI()\n",
    "broken.py": b"M = (",
    "web/settings.py": (
        b'class Settings(BaseSettings):\n    model: str = "a/b"\n    rev: str = Field("v1")\n'
        b"@lru_cache\ndef get() -> 'Settings':\n    return Settings.load()\nsettings = get()\n"
    ),
}


@pytest.mark.parametrize(
    ("path", "code", "expected"),
    [
        ("main.py", f"from app.names import M\n{L}(M)", "hf:a/b"),
        ("main.py", f"import app.names\n{L}(app.names.M)", "hf:a/b"),
        ("main.py", f"from app import names\n{L}(names.M)\n", "hf:a/b"),
        ("main.py", f"from app import AGAIN\n{L}(AGAIN)", "hf:a/b"),
        ("main.py", f"from app.names import C\n{L}(C.M)", "hf:c/d"),
        ("app/main.py", f"from .names import M\n{L}(M)", "hf:a/b"),
        ("app/sub/main.py", f"from ..names import M\n{L}(M)", "hf:a/b"),
        ("app/sub/main.py", f"from .. import names as n\n{L}(n.M)", "hf:a/b"),
        ("tests/t.py", f"from pkg.consts import M\n{L}(M)", "hf:e/f"),
        ("tests/t.py", f"from pkg import M\n{L}(M)", "hf:e/f"),
        ("tools/t.py", f"from config import M\n{L}(M)", "hf:g/h"),
        ("t.py", f"from loop import X\n{L}(X)", "hf:?"),
        ("t.py", f"from broken import M\n{L}(M)", "hf:?"),
        ("web/t.py", f"from web.settings import settings as s\n{L}(s.model, revision=s.rev)", "hf:a/b@v1"),
        ("web/t.py", f"from web.settings import get\n{L}(get().model)", "hf:a/b"),
        ("web/t.py", f"from web import settings\n{L}(settings.settings.model)", "hf:a/b"),
        ("web/t.py", f"from settings import Settings\ndef f(s: Settings = Depends(x)):\n    {L}(s.model)", "hf:a/b"),
        (
            "web/t.py",
            f"from settings import Settings\ndef f(s: Optional[Settings] = None):\n    {L}(s.model)",
            "hf:a/b",
        ),
        ("web/t.py", f"from settings import *\ndef f(s: 'Settings | None'):\n    {L}(s.model)", "hf:a/b"),
        (
            "web/t.py",
            f"from settings import Settings\nclass A:\n    s: Settings\n    def f(self):\n        {L}(self.s.model)",
            "hf:a/b",
        ),
        (
            "web/t.py",
            f"from settings import get\ndef f(s=None):\n    s = s or get()\n    {L}(s.model)",
            "hf:a/b",
        ),
        ("t.py", 'from clients import client\nclient.chat.completions.create(model="gpt-4o")', "api:openai/gpt-4o"),
        ("t.py", 'from clients import make\nmake().chat.completions.create(model="gpt-4o")', "api:openai/gpt-4o"),
    ],
)
def test_names_are_followed_through_the_repository(path: str, code: str, expected: str) -> None:
    read: list[str] = []

    def repository(name: str) -> bytes | None:
        read.append(name)
        return MODULES.get(name)

    extractor = PythonExtractor(repository)
    assert models(extractor.extract(path, (T + code).encode()).mentions) == [expected]
    before = len(read)
    assert models(extractor.extract(path, (T + code).encode()).mentions) == [expected]
    assert len(read) == before, "what a file imports is read once for all"


def test_a_mention_stands_where_its_argument_does() -> None:
    code = T + f'x = "é"; {L}("a/b")\n{L}(\n    revision="v",\n    pretrained_model_name_or_path=\n        "c/d",\n)'
    for text in (code, code.replace("\n", "\r\n"), "\ufeff" + code, code.replace("import os", "\fimport os")):
        found = extract("m.py", text.encode(), nothing).mentions
        assert [(each.spot.line, each.spot.column) for each in found] == [(4, 36), (8, 9)]
