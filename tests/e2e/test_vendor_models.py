"""A vendor's model, from `add` to `load`, by the real commands against a server that stands in for the vendors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.chain import Chain
from tests.fakes.vendors import KEY, Vendors
from tests.test_docs_schemas import validate

if TYPE_CHECKING:
    from collections.abc import Iterator

GPT = "gpt-4o-2024-08-06"
LOAD = "import weighbridge; print((weighbridge.load('gpt4o') / 'model.json').read_text())"


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as made:
        made.openai(GPT)
        made.anthropic("claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest")
        made.bedrock("amazon.nova-pro-v1:0", endOfLifeTime="2999-01-01T00:00:00Z")
        yield made


@dataclass(frozen=True)
class Caller(Chain):
    """A chain whose user has addresses and keys of all vendors."""

    vendors: Vendors

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.vendors.environment}


@pytest.fixture
def caller(chain: Chain, vendors: Vendors) -> Caller:
    return Caller(chain.root, chain.home, chain.hub, vendors)


def test_a_model_of_a_vendor_from_add_to_retirement(caller: Caller, vendors: Vendors) -> None:
    ref = f"api:openai/{GPT}#temperature=0.20&seed=7"
    added = caller.json("add", ref, "--name", "gpt4o")
    assert (added["model"]["files"], added["model"]["verdict"]) == (1, "allow")
    assert not caller.json("add", ref, "--name", "gpt4o")["changed"]
    caller.weighbridge("approve", "gpt4o", "--stage", "production")
    said = json.loads(caller.python(LOAD))
    assert (said["vendor"], said["model"]) == ("openai", GPT)
    assert said["parameters"] == {"seed": 7, "temperature": 0.2}
    caller.weighbridge("verify", "gpt4o")
    assert "no-weights" in caller.weighbridge("export", "vllm", "gpt4o", "--stage", "production", expect=2)
    assert f"api:openai/{GPT}" in caller.weighbridge("audit", "gpt4o")
    assert caller.json("outdated")["models"][0]["state"] == "current"
    # Another model under the same id asks for another approval.
    vendors.openai(GPT, created=5)
    assert caller.json("outdated", expect=10)["models"][0]["state"] == "moved"
    assert "model.json" in caller.weighbridge("diff", "gpt4o")
    assert caller.json("update", "gpt4o")["models"][0]["digest"] != added["model"]["digest"]
    assert caller.json("status")["models"][0]["heads"]["production"] == added["model"]["digest"]
    vendors.pages.clear()
    assert caller.json("outdated", expect=10)["models"][0]["state"] == "gone"
    assert json.loads(caller.python(LOAD)) == said
    kept = [path for path in caller.root.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert not kept


def test_retirement_and_moved_aliases_are_told(caller: Caller, vendors: Vendors) -> None:
    assert "vendor-alias" in caller.weighbridge("add", "api:openai/gpt-4o", "--name", "gpt4o", expect=2)
    caller.weighbridge("add", "api:bedrock/amazon.nova-pro-v1:0", "--name", "nova")
    caller.weighbridge("add", "api:anthropic/claude-3-7-sonnet-latest", "--name", "sonnet")
    told = caller.json("outdated")
    validate("outdated.json", told)
    found: Any = {item["name"]: item for item in told["models"]}
    assert (found["nova"]["state"], found["nova"]["retires"]) == ("current", "2999-01-01")
    assert found["nova"]["days_left"] > 1
    assert (found["sonnet"]["retires"], found["sonnet"]["days_left"]) == (None, None)
    assert "retiring on 2999-01-01" in caller.weighbridge("outdated", "nova")
    vendors.bedrock("amazon.nova-pro-v1:0", endOfLifeTime="2020-01-01T00:00:00Z")
    vendors.anthropic("claude-3-7-sonnet-20260101", "claude-3-7-sonnet-latest")
    told = caller.json("outdated", expect=10)
    validate("outdated.json", told)
    found = {item["name"]: item["state"] for item in told["models"]}
    assert found == {"nova": "retired", "sonnet": "moved"}
    assert "retired since 2020-01-01" in caller.weighbridge("outdated", "nova", expect=10)
