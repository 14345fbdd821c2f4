"""A thin layer over the libraries, as many code bases have one."""

from functools import partial

import transformers
import transformers as tf
from huggingface_hub import snapshot_download as fetch
from transformers import AutoModel
from transformers.models.auto import AutoTokenizer as Tokens

load = AutoModel.from_pretrained
load_main = partial(AutoModel.from_pretrained, revision="main", low_cpu_mem_usage=True)
load_query = partial(transformers.AutoModel.from_pretrained, "acme-shop/query-encoder")  # expect: hf-from-pretrained hf:acme-shop/query-encoder@v2
PINNED = dict(revision="v4", trust_remote_code=True)
COMMON = {"low_cpu_mem_usage": True}

first = load("acme-shop/first")  # expect: hf-from-pretrained hf:acme-shop/first
second = load_main("acme-shop/second")  # expect: hf-from-pretrained hf:acme-shop/second@main
third = load_query(revision="v2")
fourth = transformers.AutoModelForMaskedLM.from_pretrained("acme-shop/fourth")  # expect: hf-from-pretrained hf:acme-shop/fourth
fifth = tf.pipeline("fill-mask", model="acme-shop/fifth")  # expect: hf-pipeline hf:acme-shop/fifth
sixth = fetch("acme-shop/sixth")  # expect: hf-download hf:acme-shop/sixth
seventh = Tokens.from_pretrained("acme-shop/seventh")  # expect: hf-from-pretrained hf:acme-shop/seventh
eighth = AutoModel.from_pretrained("acme-shop/eighth", **PINNED)  # expect: hf-from-pretrained hf:acme-shop/eighth@v4
ninth = AutoModel.from_pretrained("acme-shop/ninth", **COMMON)  # expect: hf-from-pretrained hf:acme-shop/ninth
tenth = getattr(transformers, "AutoModel").from_pretrained("acme-shop/tenth")  # expect: hf-from-pretrained hf:acme-shop/tenth
unpacked = AutoModel.from_pretrained(*("acme-shop/eleventh",))  # expect: hf-from-pretrained hf:acme-shop/eleventh
(walrus := AutoModel).from_pretrained("acme-shop/twelfth")  # expect: hf-from-pretrained hf:acme-shop/twelfth
parts = AutoModel.from_pretrained("/".join(["acme-shop", "thirteenth"]))  # expect: hf-from-pretrained hf:acme-shop/thirteenth
implicit = AutoModel.from_pretrained("acme-" "shop/fourteenth")  # expect: hf-from-pretrained hf:acme-shop/fourteenth
both = AutoModel.from_pretrained(None or "acme-shop/fifteenth")  # expect: hf-from-pretrained hf:acme-shop/fifteenth


class Encoder:
    name = "acme-shop/own"
    backbone = AutoModel

    def __init__(self, model_name: str = "acme-shop/default-encoder", revision: str | None = None):
        self.model_name = model_name
        self.model = AutoModel.from_pretrained(self.model_name)  # expect: hf-from-pretrained hf:acme-shop/default-encoder
        self.other = self.backbone.from_pretrained(self.name)  # expect: hf-from-pretrained hf:acme-shop/own

    @classmethod
    def from_pretrained(cls, path: str) -> "Encoder":
        return cls(path)


def lazy():
    from transformers import BertModel

    name = "acme-shop/lazy"
    if len(name) > 3:
        return BertModel.from_pretrained(name)  # expect: hf-from-pretrained hf:acme-shop/lazy
    return None


def matched(kind: str):
    match kind:
        case "a":
            name = "acme-shop/match-a"
        case _:
            name = "acme-shop/match-b"
    # expect: hf-from-pretrained hf:acme-shop/match-a
    # expect: hf-from-pretrained hf:acme-shop/match-b
    return AutoModel.from_pretrained(name)


async def concurrently(run):
    return await run(AutoModel.from_pretrained, "acme-shop/executor")  # expect: hf-from-pretrained hf:acme-shop/executor


models = [AutoModel.from_pretrained(name) for name in ("acme-shop/list-a", "acme-shop/list-b")]  # expect: hf-from-pretrained hf:acme-shop/list-a # expect: hf-from-pretrained hf:acme-shop/list-b
