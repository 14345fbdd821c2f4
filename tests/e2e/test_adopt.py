"""`weighbridge adopt`, by the real command: a repository that uses models becomes one that governs them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.chain import BIN, FILES, REPOSITORY, Chain
from tests.fakes.vendors import Vendors
from tests.fakes.weights import safetensors
from tests.test_docs_schemas import validate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GPT = "gpt-4o-2024-08-06"
OTHER = "team/embed"
OTHER_FILES = {"README.md": b"---\nlicense: apache-2.0\n---\n", "model.safetensors": safetensors(bytes(range(256)) * 9)}
PROGRAM = f"""\
import openai
from transformers import AutoModel

model = AutoModel.from_pretrained("{REPOSITORY}")
again = AutoModel.from_pretrained("{REPOSITORY}", revision="main")
answer = openai.OpenAI().chat.completions.create(model="{GPT}", messages=[])
dynamic = AutoModel.from_pretrained(input())
"""
SERVING = f"""\
services:
  embed:
    image: vllm/vllm-openai:v0.8.0
    command: --model {OTHER}
"""


@dataclass(frozen=True)
class Caller(Chain):
    """A chain whose user has addresses and keys of all vendors."""

    vendors: Vendors

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.vendors.environment}

    def adopt(self, *options: str, expect: int = 0) -> Any:
        """The command's object, which its schema allows."""
        told = self.json("adopt", *options, expect=expect)
        validate("error.json" if "error" in told else "adopt.json", told)
        return told

    def state(self) -> dict[str, bytes]:
        """weighbridge.toml, every lock and the pipeline."""
        paths = [self.root / "weighbridge.toml", self.root / "dvc.yaml", *self.root.glob("models/*/lock.json")]
        return {str(path): path.read_bytes() for path in paths if path.exists()}


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as made:
        made.openai(GPT)
        yield made


@pytest.fixture
def user(chain: Chain, vendors: Vendors) -> Caller:
    assert chain.hub
    chain.hub.create_repo(OTHER, card={"license": "apache-2.0"}).commit(OTHER_FILES)
    (chain.root / "app.py").write_text(PROGRAM, encoding="utf-8")
    (chain.root / "compose.yaml").write_text(SERVING, encoding="utf-8")
    return Caller(chain.root, chain.home, chain.hub, vendors)


def by_name(told: Any) -> dict[str, Any]:
    return {item["name"]: item for item in told["models"]}


def test_a_repository_adopts_what_it_uses(user: Caller) -> None:
    before = user.state()
    text = user.weighbridge("adopt", expect=10)
    assert "nobody said yes" in text
    assert user.state() == before
    shown = user.adopt("--dry-run")
    assert set(by_name(shown)) == {"tiny", "embed", GPT}
    print(text)
    told = user.adopt("--yes")
    print(told)
    assert told["changed"]
