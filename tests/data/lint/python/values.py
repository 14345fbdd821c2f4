"""Names of models as programs put them together."""

import argparse
import os
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, pipeline

ORG = "acme"
ENCODERS = {"small": f"{ORG}/encoder-small", "large": f"{ORG}/encoder-large"}
PINNED = {"revision": "0123456789abcdef0123456789abcdef01234567", "use_safetensors": True}


class Size(Enum):
    BASE = "acme/enum-base"


@dataclass
class Config:
    name: str = "acme/configured"
    revision: str = "v2"
    output_dir: str = "out"


class Service:
    default_model = "acme/class-attribute"
    loader = AutoModel

    def __init__(self, config: Config, fallback: str = "acme/fallback") -> None:
        self.config = config
        self.fallback = fallback

    def load(self, name=None):
        one = self.loader.from_pretrained(self.default_model)  # expect: hf-from-pretrained hf:acme/class-attribute
        two = AutoModel.from_pretrained(self.config.name, revision=self.config.revision)  # expect: hf-from-pretrained hf:acme/configured@v2
        three = AutoModel.from_pretrained(name or self.fallback)  # expect: hf-from-pretrained hf:acme/fallback
        four = AutoModel.from_pretrained(name)  # expect: hf-from-pretrained hf:?
        saved = AutoModel.from_pretrained(self.config.output_dir + "/last")
        return one, two, three, four, saved


load_model = AutoModelForCausalLM.from_pretrained
pinned = partial(AutoModel.from_pretrained, **PINNED)
load_model("acme/bound")  # expect: hf-from-pretrained hf:acme/bound
pinned("acme/pinned")  # expect: hf-from-pretrained hf:acme/pinned@0123456789abcdef0123456789abcdef01234567
AutoModel.from_pretrained(ENCODERS["small"], **PINNED)  # expect: hf-from-pretrained hf:acme/encoder-small@0123456789abcdef0123456789abcdef01234567
AutoModel.from_pretrained(Size.BASE.value)  # expect: hf-from-pretrained hf:acme/enum-base

for name, revision in [("acme/first", "v1"), ("acme/second", None)]:
    AutoTokenizer.from_pretrained(
        name,  # expect: hf-from-pretrained hf:acme/first@v1 # expect: hf-from-pretrained hf:acme/second
        revision=revision,
    )

model = AutoModel.from_pretrained(os.environ.get("MODEL", "acme/environment"))  # expect: hf-from-pretrained hf:acme/environment
generate = pipeline("text-generation", model=model, tokenizer="acme/tokenizer")  # expect: hf-pipeline hf:acme/tokenizer
chosen = "acme/left" if os.environ.get("SIDE") == "left" else "acme/right"
AutoModel.from_pretrained(chosen)  # expect: hf-from-pretrained hf:acme/left # expect: hf-from-pretrained hf:acme/right

parser = argparse.ArgumentParser()
parser.add_argument("--model-name", default="acme/option")
args = parser.parse_args()
AutoModel.from_pretrained(args.model_name)  # expect: hf-from-pretrained hf:acme/option

here = Path(__file__).parent
AutoModel.from_pretrained(here / "weights")
AutoModel.from_pretrained(os.path.join("checkpoints", "last"))
print('AutoModel.from_pretrained("acme/printed")')
