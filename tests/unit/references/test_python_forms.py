"""Python: rarer forms of values and calls."""

from __future__ import annotations

import pytest
from tests.unit.references.labels import models, nothing

from weighbridge.references.python import extract

T = "from transformers import AutoModel, pipeline\nimport os, torch\n"
L = "AutoModel.from_pretrained"
OPTIONS = 'class O:\n    m: str = field(default="a/b", metadata={})\nclass P:\n    m: str = "c/d"\n'
TEXTS = [
    ('f("a/b".replace("b", "c"))', ["hf:a/c"]),
    ('f("/".join(["a", "b"]))', ["hf:a/b"]),
    ('f("/".join(x))', ["hf:?"]),
    ('f("a/b".removesuffix(k))', ["hf:?"]),
    ('f("{}/{}".format("a"))', ["hf:?"]),
    ('f("{/b".format("a"))', ["hf:?"]),
    ('f("%s/%s" % ("a", "b"))', ["hf:a/b"]),
    ('f("%d/%s" % ("a", "b"))', ["hf:?"]),
    ('f("a/" + x)', ["hf:?"]),
    ('f("a/b" * 2)', []),
    ('f("x" + None)', ["hf:?"]),
    ('f(f"{1:>3}/b")', ["hf:?"]),
    ('f(f"a/{x!r}")', ["hf:?"]),
    ('f(f"a/b-{7}")', ["hf:a/b-7"]),
    ('f(str("a/b"))', ["hf:a/b"]),
    ('f(typing.cast(str, "a/b"))', ["hf:a/b"]),
    ('f(getattr(x, "model", "a/b"))', ["hf:a/b"]),
    ('f(x.get("m", "a/b"))', ["hf:a/b"]),
    ('f(await_ := "a/b")', ["hf:a/b"]),
    ("f(lambda: 1)", []),
    ("f(__file__)", []),
    ("f(b'a/b')", []),
    ("f(Net())", []),
    ("f(training_args.output_dir)", []),
    ("f(m.config.name_or_path)", []),
    ("f(os.path.expanduser('~/x'))", []),
    ("f(root.joinpath('x'))", []),
    ('f("VERY_LARGE")', []),
    ('f(("a/b", "c/d")[0])', ["hf:a/b"]),
    ('f([*("a/b",)][0])', ["hf:a/b"]),
    ('f((["a/b"] + ["c/d"])[1])', ["hf:c/d"]),
    ('f("a/b c/d".split()[0])', ["hf:a/b"]),
    ('f("a/b,c/d".split(",")[1])', ["hf:c/d"]),
    ("f(x.split()[0])", ["hf:?"]),
    ("f('a/b'.split('')[0])", ["hf:?"]),
    ('f({"x": "a/b"} ["y"])', ["hf:?"]),
    ('f(({"x": "c/d"} | {"x": "a/b"})["x"])', ["hf:a/b", "hf:c/d"]),
    ('f(dict({"x": "a/b"})["x"])', ["hf:a/b"]),
    ('f({**{"x": "a/b"}}["x"])', ["hf:a/b"]),
    ("f([x for x in y][0])", ["hf:?"]),
    ('for a, b in zip(["a/b"], ["v"]):\n    f(a, revision=b)', ["hf:a/b@v"]),
    ('for a in sorted({"a/b": 1}):\n    f(a)', ["hf:a/b"]),
    ('for a in {"x": "a/b"}.values():\n    f(a)', ["hf:a/b"]),
    ('for a, *b in [("a/b", 1)]:\n    f(b)', ["hf:?"]),
    ('for (a, (b, c)) in [(1, ("a/b", 2))]:\n    f(b)', ["hf:a/b"]),
    ('class S: pass\ns = S()\ns.m = "a/b"\nf(s.m)', ["hf:a/b"]),
    ('s = SimpleNamespace(m="a/b")\nf(s.m)', ["hf:?"]),
    ('from types import SimpleNamespace\ns = SimpleNamespace(m="a/b")\nf(s.m)', ["hf:a/b"]),
    ('class E(str, Enum):\n    X = "a/b"\nf(E["X"])\nf(E("a/b"))', ["hf:a/b", "hf:a/b"]),
    ('while (m := "a/b"):\n    f(m)', ["hf:a/b"]),
    ('match x:\n    case 1:\n        m = "a/b"\n    case {"m": y, **z}:\n        m = y\nf(m)', ["hf:a/b", "hf:?"]),
    ('try:\n    pass\nexcept E as e:\n    f(e)\nfinally:\n    f("a/b")', ["hf:?", "hf:a/b"]),
    ('def g():\n    yield "a/b"\nf(g())', ["hf:?"]),
    ('def g():\n    if x:\n        return "a/b"\n    return "c/d"\nf(g())', ["hf:a/b", "hf:c/d"]),
    ('def g():\n    return "a/b", "v"\nm, r = g()\nf(m, revision=r)', ["hf:a/b@v"]),
    ("m, r = unknown()\nf(m)", ["hf:?"]),
    ('g = lambda m="a/b": f(m)', ["hf:a/b"]),
    ('def g():\n    m = "a/b"\n    def h():\n        nonlocal m\n        f(m)', ["hf:a/b"]),
    ('class A:\n    m: str = field(default_factory=lambda: "a/b")\nf(A.m)', ["hf:a/b"]),
    ('def d():\n    return "a/b"\nclass A:\n    m: str = field(default_factory=d)\nf(A.m)', ["hf:a/b"]),
    ('class A:\n    def n(self):\n        return "a/b"\n    def g(self):\n        f(self.n())', ["hf:a/b"]),
    ('p.set_defaults(m="a/b")\nf(args.m)', ["hf:a/b"]),
    ('p.add_argument("--x", dest="m", default="a/b")\nf(args.m)', ["hf:a/b"]),
    (OPTIONS + "o, p = HfArgumentParser((O, P)).parse_args_into_dataclasses()\nf(o.m)\nf(p.m)", ["hf:a/b", "hf:c/d"]),
    (OPTIONS + "q = HfArgumentParser(O)\n(o,) = q.parse_args_into_dataclasses()\nf(o.m)", ["hf:a/b"]),
    (OPTIONS + "q = HfArgumentParser(O)\no = q.parse_args_into_dataclasses()[0]\nf(o.m)", ["hf:a/b"]),
    (OPTIONS + "import tyro\no = tyro.cli(O)\nf(o.m)", ["hf:a/b"]),
    ("o = parser.parse_args_into_dataclasses()[0]\nf(o.m)", ["hf:?"]),
    ("def g(m: 'str'):\n    f(m)", ["hf:?"]),
    ("def g(m: 'nn.Module'):\n    f(m)", []),
    ("def g(m: nn.Module):\n    f(m)", []),
    ("def g(m: 'Path | None'):\n    f(m)", ["hf:?"]),
    ("def g(m: os.PathLike):\n    f(m)", []),
    ("def g(m: str | None):\n    f(m)", ["hf:?"]),
]
CALLS = [
    ('g = AutoModel if x else Other\ng.from_pretrained("a/b")', ["hf:a/b"]),
    (
        'class A:\n    def __init__(self):\n        self.load = f\n    def g(self):\n        self.load("a/b")',
        ["hf:a/b"],
    ),
    ('h: object = f\nh("a/b")', ["hf:a/b"]),
    ('asyncio.to_thread(f, "a/b", revision="v")', ["hf:a/b@v"]),
    ('p = partial(f)\nq = partial(p, revision="v")', []),
    ('from functools import partial\np = partial(f, revision="v")\nq = partial(p)\nq("a/b")', ["hf:a/b@v"]),
    ('(yield)("a/b")', []),
    ("AutoModel.from_pretrained()", []),
    ('f("a/b", **{"revision": None})', ["hf:a/b"]),
    ('K = dict(revision="v", **x)\nf("a/b", **K)', ["hf:a/b@v"]),
    ('f("a/b", **(A | {"x": 1}))', ["hf:a/b@?"]),
    ('f("a/b", **{**A})', ["hf:a/b@?"]),
    ('f("a/b", revision="v" if x else "w")', ["hf:a/b@?"]),
    ('from huggingface_hub import hf_hub_download as d\nd("a/b", "x", repo_type=t)', ["hf:a/b"]),
    ("import timm\ntimm.create_model(n, pretrained=True)", ["https:?"]),
    ('import timm\ntimm.create_model(f"/x/{n}", pretrained=True)', []),
    ('import whisper\nwhisper.load_model("/x/m.pt")', []),
    ('import whisper\nwhisper.load_model("https://x.org/m.pt")', ["https:https://x.org/m.pt"]),
    ('torch.hub.load(f"{o}/{n}", "m")', ["torchhub:?"]),
    ('torch.hub.load(f"a/b:{v}", "m")', ["torchhub:a/b@?"]),
    ('torch.hub.load("m", "m")', []),
    ('import open_clip\nopen_clip.get_tokenizer("hf-hub:a/b")\nopen_clip.get_tokenizer("ViT-B-32")', ["hf:a/b"]),
    (
        'from torchvision.models import get_model\nget_model("resnet50", weights="DEFAULT")',
        ["https:torchvision/resnet50"],
    ),
    ('import keras\nkeras.models.load_model("hf://a/b")\nkeras.models.load_model("m.keras")', ["hf:a/b"]),
    ('import keras_hub\nkeras_hub.models.X.from_preset("./x")', []),
    ('from diffusers import P\nP.from_single_file("a/b/c.safetensors")', ["hf:a/b"]),
    ('from pydantic_ai import Agent\nAgent(f"openai:{m}")\nAgent(m)', ["api:?", "api:?"]),
    ('from pydantic_ai import Agent\nAgent("google-gla:gemini-2.0-flash")', ["api:google/gemini-2.0-flash"]),
    ('import openai\nopenai.OpenAI(base_url="http://[")\n', []),
    (
        'import openai\nopenai.OpenAI(base_url="http://[").completions.create(model="gpt-4o")',
        ["api:openai/gpt-4o"],
    ),
    ('class M: ...\nM.from_pretrained("a/b")', []),
    ('class B: ...\nclass M(B): ...\nM.from_pretrained("a/b")', []),
    ('class M(torch.nn.Module): ...\nM.from_pretrained("a/b")', ["hf:a/b"]),
    ('class B(torch.nn.Module): ...\nclass M(B): ...\nM.from_pretrained("a/b")', ["hf:a/b"]),
    ('class M(M): ...\nM.from_pretrained("a/b")', []),
    ('class M(A):\n    from_pretrained = AutoModel.from_pretrained\nM.from_pretrained("a/b")', ["hf:a/b"]),
    ('f(("a/b"), revision=("v"))', ["hf:a/b@v"]),
]


@pytest.mark.parametrize(("code", "expected"), [*TEXTS, *CALLS])
def test_a_form_is_told(code: str, expected: list[str]) -> None:
    found = extract("m.py", f"{T}f = {L}\n{code}".encode(), nothing)
    assert found.unreadable == ""
    assert sorted(models(found.mentions)) == sorted(expected)


@pytest.mark.parametrize(
    ("call", "pinned"),
    [
        (f'{L}("a/b")', True),
        (f'{L}(("a/b"))', False),
        (f'{L}("a/b", **kw)', False),
        (f'{L}("a/b", revision=None)', False),
        (f'asyncio.to_thread({L}, "a/b")', False),
        (f'{L}(**{{"model_id": "a/b"}})', True),
        ('torch.hub.load("a/b", "m")', False),
    ],
)
def test_where_a_revision_can_be_written_in(call: str, pinned: bool) -> None:  # noqa: FBT001  a table's column
    (found,) = extract("m.py", f"{T}{call}".encode(), nothing).mentions
    assert (found.insertion is not None) == pinned
